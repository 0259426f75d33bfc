import type Database from 'better-sqlite3';
import { answeringFaults, type FileFaults } from '../../sqlite/driver-faults';
import { formatOf, isOfOthers, markAsOurs, openSharedFile } from '../../sqlite/own-files';
import { PreparedFilesCorrupt, PreparedFilesUnavailable } from '../prepared-files';

/** "SAME": tells our files from other people's. */
const APPLICATION_ID = 0x53414d45;
/** Raised by one when a release writes what the release before cannot read. */
const FORMAT = 3;

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
  return answeringFaults(PREPARED_FILES_FAULTS, () =>
    openSharedFile(path, (database) => {
      if (isOfOthers(database, APPLICATION_ID, FORMAT)) {
        throw new PreparedFilesCorrupt('The file is of another application or of a newer release.');
      }
      database.pragma('journal_mode = WAL');
      database.pragma('synchronous = NORMAL');
      database.transaction(() => makeTable(database)).immediate();
      return database;
    }),
  );
}

export const PREPARED_FILES_FAULTS: FileFaults = {
  damaged: (code) => new PreparedFilesCorrupt(`The prepared files are damaged (${code}).`),
  unavailable: (code) => new PreparedFilesUnavailable(`The prepared files did not answer (${code}).`),
};

function makeTable(database: Database.Database): void {
  for (let format = formatOf(database) + 1; format <= FORMAT; format += 1) database.exec(CHANGES[format] ?? '');
  markAsOurs(database, APPLICATION_ID, FORMAT);
}
