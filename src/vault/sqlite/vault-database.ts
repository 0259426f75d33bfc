import { setTimeout as pause } from 'node:timers/promises';
import type Database from 'better-sqlite3';
import { answeringFaults, type FileFaults } from '../../sqlite/driver-faults';
import { openSharedFile, withoutWaiting } from '../../sqlite/own-files';
import { VaultCorrupt, VaultUnavailable } from '../vault';
import { refuseForeign } from './vault-format';

/** How long an erasure waits for readers of the write-ahead log, and how often it looks. */
const EMPTYING_PATIENCE_MS = 2_000;
const EMPTYING_PAUSE_MS = 50;

/**
 * Opens the file that holds the vault, or a vault in memory (`:memory:`). It may still be empty, or of an older format.
 *
 * @throws VaultCorrupt
 * @throws VaultUnavailable
 */
export function openVaultDatabase(path: string): Database.Database {
  return answeringFaults(VAULT_FAULTS, () =>
    openSharedFile(path, (database) => {
      refuseForeign(database);
      configure(database);
      return database;
    }),
  );
}

export const VAULT_FAULTS: FileFaults = {
  damaged: (code) => new VaultCorrupt(`The vault's file is damaged or no vault (${code}).`),
  unavailable: (code) => new VaultUnavailable(`The vault did not answer (${code}).`),
};

function configure(database: Database.Database): void {
  database.pragma('journal_mode = WAL');
  // Without this line the driver reports FULL but syncs like NORMAL, and an erasure would not outlive a power cut.
  database.pragma('synchronous = FULL');
  database.pragma('fullfsync = ON');
  // Overwrites what is deleted: a destroyed key must not linger in a free page.
  database.pragma('secure_delete = ON');
  database.pragma('temp_store = MEMORY');
}

/**
 * Moves everything out of the write-ahead log and empties it, so that what was removed is not in it either. Waits for
 * readers, of this process and others, without holding this one up.
 *
 * @throws VaultUnavailable when somebody goes on reading
 */
export async function emptyWriteAheadLog(database: Database.Database): Promise<void> {
  for (let waitedMs = 0; waitedMs <= EMPTYING_PATIENCE_MS; waitedMs += EMPTYING_PAUSE_MS) {
    if (waitedMs > 0) await pause(EMPTYING_PAUSE_MS);
    if (answeringFaults(VAULT_FAULTS, () => emptiedNow(database))) return;
  }
  throw new VaultUnavailable('What was removed is still in the write-ahead log, which is being read.');
}

function emptiedNow(database: Database.Database): boolean {
  if (!database.open) throw new VaultUnavailable('The vault was closed before its write-ahead log was emptied.');
  return withoutWaiting(database, () => database.pragma('wal_checkpoint(TRUNCATE)', { simple: true }) === 0);
}
