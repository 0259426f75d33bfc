import { randomBytes, randomUUID } from 'node:crypto';
import type Database from 'better-sqlite3';
import type { KeyEncryptionKeys } from '../key-encryption-keys';
import { KEY_BYTES } from '../sealed-box';
import { type Vault, VaultUnavailable } from '../vault';
import { checkActorClaim, checkId } from '../vault-input';
import { openActors, type VaultIdentity } from './actors';
import { openPeppers } from './peppers';
import { backUpVault } from './vault-backup';
import { answeringFaults, emptyWriteAheadLog, openVaultDatabase } from './vault-database';
import { openWrappedKeys, places } from './wrapped-keys';

export interface SqliteVaultOptions {
  /** File of the vault, or `:memory:`. Nodes of one machine may open the same file. */
  readonly path: string;
  readonly keys: KeyEncryptionKeys;
}

/**
 * Opens a vault in SQLite, making it when it is new.
 *
 * @throws VaultKeyMissing
 * @throws VaultKeyWrong
 * @throws VaultCorrupt
 * @throws VaultUnavailable
 */
export async function openSqliteVault({ path, keys }: SqliteVaultOptions): Promise<Vault> {
  const database = openVaultDatabase(path);
  try {
    const identity = answeringFaults(() => identify(database, keys));
    return vaultOver(database, identity);
  } catch (error) {
    database.close();
    throw error;
  }
}

/** One transaction, so that two nodes that find the file new agree. */
function identify(database: Database.Database, keys: KeyEncryptionKeys): VaultIdentity {
  const find = database.prepare<[], { id: string; bytes: Uint8Array; epoch: number }>(
    'SELECT id, lookup_key AS bytes, epoch FROM vault',
  );
  return database
    .transaction((): VaultIdentity => {
      const present = find.get();
      const id = present?.id ?? randomUUID();
      const wrapped = openWrappedKeys(database, id, keys);
      if (present !== undefined) return { id, wrapped, lookupKey: wrapped.unwrap(present, places.lookupKey) };
      const lookupKey = randomBytes(KEY_BYTES);
      const { bytes, epoch } = wrapped.wrap(lookupKey, places.lookupKey);
      database.prepare('INSERT INTO vault (vault, id, lookup_key, epoch) VALUES (1, ?, ?, ?)').run(id, bytes, epoch);
      return { id, wrapped, lookupKey };
    })
    .immediate();
}

function vaultOver(database: Database.Database, { id, wrapped, lookupKey }: VaultIdentity): Vault {
  const actors = openActors(database, { id, wrapped, lookupKey });
  const peppers = openPeppers(database, wrapped);
  const answer = async <T>(work: () => T): Promise<T> => {
    if (!database.open) throw new VaultUnavailable('The vault is closed.');
    return answeringFaults(work);
  };
  const inTransaction = <T>(work: () => T): Promise<T> => answer(() => database.transaction(work).immediate());

  return {
    id,
    actorOf: async (person) => {
      checkActorClaim(person);
      return answer(() => actors.actorOf(person));
    },
    actorName: (actorId) => answer(() => actors.actorName(actorId)),
    eraseActor: async (actorId) => {
      const erasure = await inTransaction(() => actors.eraseActor(actorId));
      await answer(() => emptyWriteAheadLog(database));
      return erasure;
    },
    pepperOf: async (organisationId) => {
      checkId(organisationId);
      return answer(() => peppers.pepperOf(organisationId));
    },
    beginEpoch: () => inTransaction(() => wrapped.beginEpoch()),
    rewrap: async () => {
      const rewrapped = await inTransaction(() => wrapped.rewrap());
      if (rewrapped === 0) await answer(() => emptyWriteAheadLog(database));
      return rewrapped;
    },
    backup: async (toDirectory) => {
      await answer(() => undefined);
      await backUpVault(database, toDirectory);
    },
    close: async () => {
      database.close();
    },
  };
}
