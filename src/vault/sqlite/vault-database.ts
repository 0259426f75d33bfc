import { chmodSync, closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { VaultCorrupt, VaultUnavailable } from '../vault';
import { makeTables, refuseForeign } from './vault-format';

/** Nodes of one machine share the file; a transaction is short, so one that waits longer waits for something broken. */
const BUSY_TIMEOUT_MS = 5_000;
const OWNER_ONLY_FILE = 0o600;
const OWNER_ONLY_DIRECTORY = 0o700;

/**
 * Opens the file that holds the vault, or a vault in memory (`:memory:`), making its tables when it is new.
 *
 * @throws VaultCorrupt
 * @throws VaultUnavailable
 */
export function openVaultDatabase(path: string): Database.Database {
  return answeringFaults(() => {
    if (path !== ':memory:') reserveForOwner(path);
    const database = new Database(path, { timeout: BUSY_TIMEOUT_MS });
    try {
      refuseForeign(database);
      configure(database);
      makeTables(database);
      return database;
    } catch (error) {
      database.close();
      throw error;
    }
  });
}

/** Runs `work`, turning the driver's errors into the port's. */
export function answeringFaults<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw portErrorOf(error);
  }
}

/** The port's error for one of the driver or the file system; any other is itself. */
export function portErrorOf(error: unknown): unknown {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  if (typeof code !== 'string') return error;
  if (/^SQLITE_(NOTADB|CORRUPT)/.test(code))
    return new VaultCorrupt(`The vault's file is damaged or no vault (${code}).`);
  if (/^(SQLITE_|E[A-Z]+$)/.test(code)) return new VaultUnavailable(`The vault did not answer (${code}).`);
  return error;
}

/** The files that SQLite puts beside this one take its mode. */
function reserveForOwner(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: OWNER_ONLY_DIRECTORY });
  closeSync(openSync(path, 'a', OWNER_ONLY_FILE));
}

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
 * Moves everything out of the write-ahead log and empties it, so that what was removed is not in it either.
 *
 * @throws VaultUnavailable when a reader, of this process or another, keeps it from being emptied
 */
export function emptyWriteAheadLog(database: Database.Database): void {
  if (database.pragma('wal_checkpoint(TRUNCATE)', { simple: true }) !== 0) {
    throw new VaultUnavailable('What was removed is still in the write-ahead log, which is being read.');
  }
}

/** Makes a file reachable by its owner alone. */
export function keepForOwner(path: string): void {
  chmodSync(path, OWNER_ONLY_FILE);
}
