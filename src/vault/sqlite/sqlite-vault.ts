import { randomBytes, randomUUID } from 'node:crypto';
import type Database from 'better-sqlite3';
import { type HeldKeys, openHeldKeys } from '../held-keys';
import type { KeyEncryptionKeys } from '../key-encryption-keys';
import { KEY_BYTES } from '../sealed-box';
import { KEY_HANDLE_MS, KEY_LIFE_MS, MAX_KEYS_HELD, type Vault, VaultUnavailable } from '../vault';
import { checkActorClaim, checkBatch, checkExternalIds, checkId, checkPage } from '../vault-input';
import { openActors } from './actors';
import type { VaultIdentity } from './directory';
import { openEpochs } from './epochs';
import { openPeppers } from './peppers';
import { openSubjects } from './subjects';
import { backUpVault } from './vault-backup';
import { answeringFaults, emptyWriteAheadLog, openVaultDatabase } from './vault-database';
import { openWrappedKeys, places } from './wrapped-keys';

export interface SqliteVaultOptions {
  /** File of the vault, or `:memory:`. Nodes of one machine may open the same file. */
  readonly path: string;
  readonly keys: KeyEncryptionKeys;
  /** The time of day, by which epochs and erasures are dated. */
  readonly nowMs?: () => number;
  /** Counts up steadily; by it the keys in memory age. */
  readonly steadyMs?: () => number;
}

/**
 * Opens a vault in SQLite, making it when it is new.
 *
 * @throws VaultKeyMissing
 * @throws VaultKeyWrong
 * @throws VaultCorrupt
 * @throws VaultUnavailable
 */
export async function openSqliteVault(options: SqliteVaultOptions): Promise<Vault> {
  const { path, keys, nowMs = Date.now, steadyMs = () => performance.now() } = options;
  const database = openVaultDatabase(path);
  try {
    const identity = answeringFaults(() => identify(database, keys, nowMs));
    return vaultOver(database, identity, steadyMs);
  } catch (error) {
    database.close();
    throw error;
  }
}

/** One transaction, so that two nodes that find the file new agree. */
function identify(database: Database.Database, keys: KeyEncryptionKeys, nowMs: () => number): VaultIdentity {
  const find = database.prepare<[], { id: string; bytes: Uint8Array; epoch: number }>(
    'SELECT id, lookup_key AS bytes, epoch FROM vault',
  );
  return database
    .transaction((): VaultIdentity => {
      const present = find.get();
      const id = present?.id ?? randomUUID();
      const epochs = openEpochs(database, id, { keys, nowMs });
      const wrapped = openWrappedKeys(database, id, epochs);
      const parts = { id, wrapped, epochs, nowMs };
      if (present !== undefined) return { ...parts, lookupKey: wrapped.unwrap(present, places.lookupKey) };
      const lookupKey = randomBytes(KEY_BYTES);
      const { bytes, epoch } = wrapped.wrap(lookupKey, places.lookupKey);
      database.prepare('INSERT INTO vault (vault, id, lookup_key, epoch) VALUES (1, ?, ?, ?)').run(id, bytes, epoch);
      return { ...parts, lookupKey };
    })
    .immediate();
}

function vaultOver(database: Database.Database, identity: VaultIdentity, steadyMs: () => number): Vault {
  const held = openHeldKeys({ steadyMs, lifeMs: KEY_LIFE_MS, handleMs: KEY_HANDLE_MS, max: MAX_KEYS_HELD });
  const runs = runsOf(database);
  return {
    id: identity.id,
    isUsed: () => runs.answer(() => isUsed(database)),
    ...actorsAndPeppers(database, identity, runs),
    ...subjectsIn(database, identity, runs, held),
    ...keysAndEpochs(identity, runs),
    backup: async (toDirectory) => {
      await runs.answer(() => undefined);
      await backUpVault(database, toDirectory);
    },
    close: async () => {
      held.clear();
      database.close();
    },
  };
}

function isUsed(database: Database.Database): boolean {
  const rows = ['directory', 'tombstones', 'peppers'].map((table) => `EXISTS (SELECT 1 FROM ${table})`);
  return database.prepare<[], number>(`SELECT ${rows.join(' OR ')}`).pluck().get() === 1;
}

/** How a call reaches the file. */
interface Runs {
  answer<T>(work: () => T): Promise<T>;
  inTransaction<T>(work: () => T): Promise<T>;
  /** One state of the file for all that is asked at once. */
  inReading<T>(work: () => T): Promise<T>;
  emptyLog(): Promise<void>;
}

function runsOf(database: Database.Database): Runs {
  const answer = async <T>(work: () => T): Promise<T> => {
    if (!database.open) throw new VaultUnavailable('The vault is closed.');
    return answeringFaults(work);
  };
  return {
    answer,
    inTransaction: (work) => answer(() => database.transaction(work).immediate()),
    inReading: (work) => answer(() => database.transaction(work).deferred()),
    emptyLog: () => answer(() => emptyWriteAheadLog(database)),
  };
}

type ActorsAndPeppers = Pick<Vault, 'actorOf' | 'actorName' | 'eraseActor' | 'pepperOf'>;

function actorsAndPeppers(database: Database.Database, identity: VaultIdentity, runs: Runs): ActorsAndPeppers {
  const actors = openActors(database, identity);
  const peppers = openPeppers(database, identity.wrapped);
  return {
    actorOf: async (person) => {
      checkActorClaim(person);
      return runs.answer(() => actors.actorOf(person));
    },
    actorName: (actorId) => runs.answer(() => actors.actorName(actorId)),
    eraseActor: async (actorId) => {
      const erasure = await runs.inTransaction(() => actors.eraseActor(actorId));
      await runs.emptyLog();
      return erasure;
    },
    pepperOf: async (organisationId) => {
      checkId(organisationId);
      return runs.answer(() => peppers.pepperOf(organisationId));
    },
  };
}

type KeysAndEpochs = Pick<Vault, 'beginEpoch' | 'rewrap' | 'epochs' | 'destroyUnusedKeys'>;

function keysAndEpochs({ wrapped, epochs }: VaultIdentity, runs: Runs): KeysAndEpochs {
  return {
    beginEpoch: () => runs.inTransaction(() => epochs.begin()),
    rewrap: async () => {
      const rewrapped = await runs.inTransaction(() => wrapped.rewrap());
      if (rewrapped === 0) await runs.emptyLog();
      return rewrapped;
    },
    epochs: () => runs.answer(() => epochs.list()),
    destroyUnusedKeys: () => runs.inTransaction(() => epochs.destroyUnused()),
  };
}

type SubjectsIn = Omit<Vault, 'id' | 'isUsed' | 'backup' | 'close' | keyof ActorsAndPeppers | keyof KeysAndEpochs>;

function subjectsIn(
  database: Database.Database,
  identity: VaultIdentity,
  { answer, inTransaction, inReading, emptyLog }: Runs,
  held: HeldKeys,
): SubjectsIn {
  const subjects = openSubjects(database, identity, held);
  return {
    subjectOf: async (organisationId, externalId) => {
      checkId(organisationId);
      checkExternalIds([externalId]);
      return answer(() => subjects.subjectOf(organisationId, externalId));
    },
    subjectsOf: async (organisationId, externalIds) => {
      checkId(organisationId);
      checkExternalIds(externalIds);
      return answer(() => subjects.subjectsOf(organisationId, externalIds));
    },
    findSubjects: async (organisationId, externalIds) => {
      checkId(organisationId);
      checkExternalIds(externalIds);
      return inReading(() => externalIds.map((externalId) => subjects.find(organisationId, externalId)));
    },
    addAnonymousSubject: async (subjectId) => {
      checkId(subjectId);
      return inTransaction(() => subjects.addAnonymousSubject(subjectId));
    },
    externalIdsOf: async (subjectIds) => {
      checkBatch(subjectIds);
      return inReading(() => subjectIds.map(subjects.externalIdOf));
    },
    subjectKey: (subjectId) => answer(() => subjects.subjectKey(subjectId)),
    subjectStates: async (subjectIds) => {
      checkBatch(subjectIds);
      return inReading(() => subjectIds.map(subjects.stateOf));
    },
    eraseSubject: async (subjectId) => {
      const erasure = await inTransaction(() => subjects.eraseSubject(subjectId));
      held.drop(subjectId);
      await emptyLog();
      return erasure;
    },
    subjects: async (after, limit) => {
      checkPage(limit);
      return answer(() => subjects.subjects(after ?? '', limit));
    },
    tombstones: async (after, limit) => {
      checkPage(limit);
      return answer(() => subjects.tombstones(after ?? '', limit));
    },
  };
}
