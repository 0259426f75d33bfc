import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { RecordsCorrupt, RecordsUnavailable } from '../records';

/** Name of the file in a data directory. */
export const RECORDS_FILE = 'records.db';
/** "SAMR": tells our files from other people's. */
const APPLICATION_ID = 0x53414d52;
/** Raised by one when a release writes what the release before cannot read. */
const FORMAT = 1;
/** Nodes of one machine may share the file; a transaction is short. */
const BUSY_TIMEOUT_MS = 5_000;
const OWNER_ONLY_FILE = 0o600;
const OWNER_ONLY_DIRECTORY = 0o700;

/** `place` is never used twice, so that who reads on from one misses nothing. */
const SCHEMA = `
  CREATE TABLE records (
    place INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    organisation TEXT NOT NULL,
    channel TEXT NOT NULL,
    at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX records_by_term ON records (organisation, at);
  CREATE INDEX records_by_subject ON records (subject);
`;

/**
 * Opens the file, or records in memory (`:memory:`), making the table when it is new.
 *
 * @throws RecordsCorrupt
 * @throws RecordsUnavailable
 */
export function openRecordsDatabase(path: string): Database.Database {
  return answeringFaults(() => {
    if (path !== ':memory:') reserveForOwner(path);
    const database = new Database(path, { timeout: BUSY_TIMEOUT_MS });
    try {
      refuseForeign(database);
      database.pragma('journal_mode = WAL');
      database.pragma('synchronous = NORMAL');
      database.pragma('secure_delete = ON');
      database.pragma('temp_store = MEMORY');
      database.transaction(() => makeTable(database)).immediate();
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

function portErrorOf(error: unknown): unknown {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  if (typeof code !== 'string') return error;
  if (/^SQLITE_(NOTADB|CORRUPT)/.test(code)) return new RecordsCorrupt(`The records' file is damaged (${code}).`);
  if (/^(SQLITE_|E[A-Z]+$)/.test(code)) return new RecordsUnavailable(`The records did not answer (${code}).`);
  return error;
}

/** The files that SQLite puts beside this one take its mode. */
function reserveForOwner(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: OWNER_ONLY_DIRECTORY });
  closeSync(openSync(path, 'a', OWNER_ONLY_FILE));
}

/** Before anything is set or written: the file may be somebody's. */
function refuseForeign(database: Database.Database): void {
  if (isEmpty(database)) return;
  const application = database.pragma('application_id', { simple: true });
  if (application !== APPLICATION_ID || database.pragma('user_version', { simple: true }) !== FORMAT) {
    throw new RecordsCorrupt('The file is of another application or of a newer release.');
  }
}

function makeTable(database: Database.Database): void {
  if (!isEmpty(database)) return;
  database.exec(SCHEMA);
  database.pragma(`application_id = ${APPLICATION_ID}`);
  database.pragma(`user_version = ${FORMAT}`);
}

function isEmpty(database: Database.Database): boolean {
  return database.prepare<[], number>('SELECT count(*) FROM sqlite_schema').pluck().get() === 0;
}
