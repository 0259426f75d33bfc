import { randomUUID } from 'node:crypto';
import type Database from 'better-sqlite3';
import { answeringFaults } from '../../sqlite/driver-faults';
import { type HeldKeys, openHeldKeys } from '../held-keys';
import type { KeyEncryptionKeys } from '../key-encryption-keys';
import { organisationKeyOver } from '../organisation-key';
import {
  KEY_HANDLE_MS,
  KEY_LIFE_MS,
  MAX_KEYS_HELD,
  MAX_SUBJECTS_AT_ONCE,
  REWRAP_BATCH,
  type Vault,
  VaultUnavailable,
} from '../vault';
import { checkActorClaim, checkBatch, checkExternalIds, checkId, checkPage } from '../vault-input';
import { openActors } from './actors';
import type { VaultIdentity } from './directory';
import { openEpochs } from './epochs';
import { openPeppers } from './peppers';
import { openSubjectPages, openSubjects } from './subjects';
import { backUpVault } from './vault-backup';
import { emptyWriteAheadLog, openVaultDatabase, VAULT_FAULTS } from './vault-database';
import { bringToFormat } from './vault-format';
import { openWrappedKeys } from './wrapped-keys';

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
    const identity = answeringFaults(VAULT_FAULTS, () => identify(database, keys, nowMs));
    const vault = noting(vaultOver(database, identity, steadyMs), keys);
    await forgetAgain(vault, keys);
    return vault;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Notes beside the keys who is to be forgotten before they are: a crash in between is made up for at the next start. */
function noting(vault: Vault, keys: KeyEncryptionKeys): Vault {
  return {
    ...vault,
    eraseSubject: async (subjectId) => {
      const [state] = await vault.subjectStates([subjectId]);
      if (state !== 'ABSENT') keys.noteForgotten(subjectId);
      return vault.eraseSubject(subjectId);
    },
  };
}

/** Forgets whom a vault that was put back from an older backup still knows (rule E2). */
async function forgetAgain(vault: Vault, keys: KeyEncryptionKeys): Promise<void> {
  const ids = [...keys.forgotten()];
  for (let start = 0; start < ids.length; start += MAX_SUBJECTS_AT_ONCE) {
    const some = ids.slice(start, start + MAX_SUBJECTS_AT_ONCE);
    const states = await vault.subjectStates(some);
    for (const [index, id] of some.entries()) if (states[index] === 'KEPT') await vault.eraseSubject(id);
  }
}

/** One transaction, so that two nodes that find the file new, or old, agree. */
function identify(database: Database.Database, keys: KeyEncryptionKeys, nowMs: () => number): VaultIdentity {
  return database
    .transaction((): VaultIdentity => {
      const withoutLookups = bringToFormat(database);
      const id = idOf(database);
      const epochs = openEpochs(database, id, { keys, nowMs });
      const identity = { id, epochs, wrapped: openWrappedKeys(id, epochs), nowMs };
      if (withoutLookups) openActors(database, identity).giveLookups();
      return identity;
    })
    .immediate();
}

function idOf(database: Database.Database): string {
  const present = database.prepare<[], string>('SELECT id FROM vault').pluck().get();
  if (present !== undefined) return present;
  const id = randomUUID();
  database.prepare('INSERT INTO vault (vault, id) VALUES (1, ?)').run(id);
  return id;
}

function vaultOver(database: Database.Database, identity: VaultIdentity, steadyMs: () => number): Vault {
  const held = openHeldKeys({ steadyMs, lifeMs: KEY_LIFE_MS, handleMs: KEY_HANDLE_MS, max: MAX_KEYS_HELD });
  const runs = runsOf(database);
  return {
    id: identity.id,
    isUsed: () => runs.answer(() => isUsed(database)),
    ...partsOf(database, identity, runs, held),
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
  return (
    database
      .prepare<[], number>(`SELECT ${rows.join(' OR ')}`)
      .pluck()
      .get() === 1
  );
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
    return answeringFaults(VAULT_FAULTS, work);
  };
  return {
    answer,
    inTransaction: (work) => answer(() => database.transaction(work).immediate()),
    inReading: (work) => answer(() => database.transaction(work).deferred()),
    emptyLog: () => emptyWriteAheadLog(database),
  };
}

function partsOf(database: Database.Database, identity: VaultIdentity, runs: Runs, held: HeldKeys) {
  const actors = openActors(database, identity);
  const peppers = openPeppers(database, identity);
  const subjects = openSubjects(database, identity, held);
  const renew = [peppers.renew, actors.renew, subjects.renew];
  return {
    ...actorsAndPeppers(actors, peppers, runs),
    ...subjectsIn(subjects, openSubjectPages(database, identity), runs, held),
    ...keysAndEpochs(identity, renew, runs),
  };
}

type ActorsAndPeppers = Pick<Vault, 'actorOf' | 'actorName' | 'eraseActor' | 'pepperOf' | 'organisationKey'>;

function actorsAndPeppers(
  actors: ReturnType<typeof openActors>,
  peppers: ReturnType<typeof openPeppers>,
  runs: Runs,
): ActorsAndPeppers {
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
    organisationKey: async (organisationId) => {
      checkId(organisationId);
      return organisationKeyOver(await runs.answer(() => peppers.pepperOf(organisationId)));
    },
  };
}

type KeysAndEpochs = Pick<Vault, 'beginEpoch' | 'rewrap' | 'epochs' | 'destroyUnusedKeys'>;

function keysAndEpochs(
  { epochs }: VaultIdentity,
  renew: readonly ((limit: number) => number)[],
  runs: Runs,
): KeysAndEpochs {
  return {
    beginEpoch: () => runs.inTransaction(() => epochs.begin()),
    rewrap: async () => {
      const rewrapped = await runs.inTransaction(() => {
        const done = renew.reduce((sum, each) => sum + each(REWRAP_BATCH - sum), 0);
        epochs.noteUnused();
        return done;
      });
      if (rewrapped === 0) await runs.emptyLog();
      return rewrapped;
    },
    epochs: () => runs.answer(() => epochs.list()),
    destroyUnusedKeys: () => runs.inTransaction(() => epochs.destroyUnused()),
  };
}

type SubjectsIn = Omit<Vault, 'id' | 'isUsed' | 'backup' | 'close' | keyof ActorsAndPeppers | keyof KeysAndEpochs>;

function subjectsIn(
  subjects: ReturnType<typeof openSubjects>,
  pages: ReturnType<typeof openSubjectPages>,
  { answer, inTransaction, inReading, emptyLog }: Runs,
  held: HeldKeys,
): SubjectsIn {
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
      return answer(() => pages.subjects(after ?? '', limit));
    },
    tombstones: async (after, limit) => {
      checkPage(limit);
      return answer(() => pages.tombstones(after ?? '', limit));
    },
  };
}
