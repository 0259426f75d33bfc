import { chmodSync, closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { VaultCorrupt, VaultUnavailable } from '../vault';
import { refuseForeign } from './vault-format';

/** Nodes of one machine share the file; a transaction is short, so one that waits longer waits for something broken. */
const BUSY_TIMEOUT_MS = 5_000;
/** How long an erasure waits for readers of the write-ahead log, and how often it looks. */
const EMPTYING_PATIENCE_MS = 2_000;
const EMPTYING_PAUSE_MS = 50;
const OWNER_ONLY_FILE = 0o600;
const OWNER_ONLY_DIRECTORY = 0o700;

/**
 * Opens the file that holds the vault, or a vault in memory (`:memory:`). It may still be empty, or of an older format.
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
 * Moves everything out of the write-ahead log and empties it, so that what was removed is not in it either. Waits for
 * readers, of this process and others, without holding this one up.
 *
 * @throws VaultUnavailable when somebody goes on reading
 */
export async function emptyWriteAheadLog(database: Database.Database): Promise<void> {
  for (let waitedMs = 0; waitedMs <= EMPTYING_PATIENCE_MS; waitedMs += EMPTYING_PAUSE_MS) {
    if (waitedMs > 0) await pause(EMPTYING_PAUSE_MS);
    if (answeringFaults(() => emptiedNow(database))) return;
  }
  throw new VaultUnavailable('What was removed is still in the write-ahead log, which is being read.');
}

function emptiedNow(database: Database.Database): boolean {
  if (!database.open) throw new VaultUnavailable('The vault was closed before its write-ahead log was emptied.');
  database.pragma('busy_timeout = 0');
  try {
    return database.pragma('wal_checkpoint(TRUNCATE)', { simple: true }) === 0;
  } finally {
    database.pragma(`busy_timeout = ${BUSY_TIMEOUT_MS}`);
  }
}

/** Makes a file reachable by its owner alone. */
export function keepForOwner(path: string): void {
  chmodSync(path, OWNER_ONLY_FILE);
}
