import { closeSync, openSync } from 'node:fs';
import Database from 'better-sqlite3';
import { PreparedFilesCorrupt, PreparedFilesUnavailable } from '../prepared-files';

/** "SAME": tells our files from other people's. */
const APPLICATION_ID = 0x53414d45;
/** Raised by one when a release writes what the release before cannot read. */
const FORMAT = 3;
const BUSY_TIMEOUT_MS = 5_000;
const OWNER_ONLY_FILE = 0o600;

const FIRST_TABLE = `
  CREATE TABLE orders (
    place INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    subject TEXT,
    status TEXT NOT NULL DEFAULT 'PREPARING',
    sha256 TEXT,
    bytes INTEGER,
    rows_done INTEGER,
    rows_total INTEGER,
    failure TEXT,
    expires_at INTEGER
  ) STRICT;
  CREATE INDEX orders_by_subject ON orders (subject);
  CREATE INDEX orders_by_status ON orders (status, place);
`;

/** What each format has more than the one before it. */
const CHANGES: { readonly [format: number]: string } = {
  1: FIRST_TABLE,
  2: `
    ALTER TABLE orders ADD COLUMN organisation TEXT;
    ALTER TABLE orders ADD COLUMN personal INTEGER;
    ALTER TABLE orders ADD COLUMN mark_bytes INTEGER;
    ALTER TABLE orders ADD COLUMN mark_sha256 TEXT;
    ALTER TABLE orders ADD COLUMN mark_state TEXT;
    CREATE INDEX orders_by_organisation ON orders (organisation);
  `,
  // No column: orders may be GONE, which releases before do not know.
  3: '',
};

/**
 * Opens the file, or one in memory (`:memory:`), making the table when it is new.
 *
 * @throws PreparedFilesCorrupt PreparedFilesUnavailable
 */
export function openPreparedFilesDatabase(path: string): Database.Database {
  return answeringFaults(() => {
    // The files that SQLite puts beside this one take its mode.
    closeSync(openSync(path, 'a', OWNER_ONLY_FILE));
    const database = new Database(path, { timeout: BUSY_TIMEOUT_MS });
    try {
      refuseForeign(database);
      database.pragma('journal_mode = WAL');
      database.pragma('synchronous = NORMAL');
      database.transaction(() => makeTable(database)).immediate();
      return database;
    } catch (error) {
      database.close();
      throw error;
    }
  });
}

/** Runs `work`, turning the driver's and the file system's errors into the port's. */
export function answeringFaults<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw portErrorOf(error);
  }
}

export function portErrorOf(error: unknown): unknown {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  if (typeof code !== 'string') return error;
  if (/^SQLITE_(NOTADB|CORRUPT)/.test(code))
    return new PreparedFilesCorrupt(`The prepared files are damaged (${code}).`);
  if (/^(SQLITE_|E[A-Z]+$)/.test(code))
    return new PreparedFilesUnavailable(`The prepared files did not answer (${code}).`);
  return error;
}

/** Before anything is set or written: the file may be somebody's. */
function refuseForeign(database: Database.Database): void {
  if (isEmpty(database)) return;
  const application = database.pragma('application_id', { simple: true });
  if (application !== APPLICATION_ID || formatOf(database) > FORMAT) {
    throw new PreparedFilesCorrupt('The file is of another application or of a newer release.');
  }
}

function makeTable(database: Database.Database): void {
  for (let format = formatOf(database) + 1; format <= FORMAT; format += 1) database.exec(CHANGES[format] ?? '');
  database.pragma(`application_id = ${APPLICATION_ID}`);
  database.pragma(`user_version = ${FORMAT}`);
}

/** 0 of a file without anything in it. */
function formatOf(database: Database.Database): number {
  return Number(database.pragma('user_version', { simple: true }));
}

function isEmpty(database: Database.Database): boolean {
  return database.prepare<[], number>('SELECT count(*) FROM sqlite_schema').pluck().get() === 0;
}
