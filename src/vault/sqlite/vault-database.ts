import { chmodSync, closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { VaultCorrupt, VaultUnavailable } from '../vault';

/** "SAMV": tells our files from other people's. */
const APPLICATION_ID = 0x53414d56;
/** Raised by one when a release writes what the release before cannot read. */
const FORMAT = 1;
/** Nodes of one machine share the file; a transaction is short, so one that waits longer waits for something broken. */
const BUSY_TIMEOUT_MS = 5_000;
const OWNER_ONLY_FILE = 0o600;
const OWNER_ONLY_DIRECTORY = 0o700;

/**
 * `directory` holds people of every kind; `lookup` is the keyed hash by which they are found. `epoch` is always that of
 * the key-encryption key that wrapped the key beside it.
 */
const SCHEMA = `
  CREATE TABLE vault (
    vault INTEGER PRIMARY KEY CHECK (vault = 1),
    id TEXT NOT NULL,
    lookup_key BLOB NOT NULL,
    epoch INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE epochs (epoch INTEGER PRIMARY KEY, proof BLOB NOT NULL) STRICT;
  CREATE TABLE directory (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    lookup BLOB UNIQUE,
    key_id TEXT NOT NULL UNIQUE,
    key BLOB NOT NULL,
    epoch INTEGER NOT NULL,
    sealed BLOB NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX directory_by_epoch ON directory (epoch);
  CREATE TABLE tombstones (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    key_id TEXT NOT NULL,
    epoch INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE peppers (organisation TEXT PRIMARY KEY, pepper BLOB NOT NULL, epoch INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE INDEX peppers_by_epoch ON peppers (epoch);
`;

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

/** Before anything is set or written: the file may be somebody's. */
function refuseForeign(database: Database.Database): void {
  if (isEmpty(database)) return;
  const application = database.pragma('application_id', { simple: true });
  const format = database.pragma('user_version', { simple: true });
  if (application !== APPLICATION_ID || format !== FORMAT) {
    throw new VaultCorrupt('The file is of another application or of a newer release.');
  }
}

function makeTables(database: Database.Database): void {
  database
    .transaction(() => {
      if (!isEmpty(database)) return;
      database.exec(SCHEMA);
      database.pragma(`application_id = ${APPLICATION_ID}`);
      database.pragma(`user_version = ${FORMAT}`);
    })
    .immediate();
}

function isEmpty(database: Database.Database): boolean {
  return database.prepare<[], number>('SELECT count(*) FROM sqlite_schema').pluck().get() === 0;
}

/** Moves everything out of the write-ahead log and empties it, so that what was removed is not in it either. */
export function emptyWriteAheadLog(database: Database.Database): void {
  database.pragma('wal_checkpoint(TRUNCATE)');
}

/** Makes a file reachable by its owner alone. */
export function keepForOwner(path: string): void {
  chmodSync(path, OWNER_ONLY_FILE);
}
