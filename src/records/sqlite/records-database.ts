import type Database from 'better-sqlite3';
import { answeringFaults, type FileFaults } from '../../sqlite/driver-faults';
import { isEmpty, isOfOthers, markAsOurs, openSharedFile } from '../../sqlite/own-files';
import { RecordsCorrupt, RecordsUnavailable } from '../records';

/** Name of the file in a data directory. */
export const RECORDS_FILE = 'records.db';
/** "SAMR": tells our files from other people's. */
const APPLICATION_ID = 0x53414d52;
/** Raised by one when a release writes what the release before cannot read. */
const FORMAT = 1;

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
  return answeringFaults(RECORDS_FAULTS, () =>
    openSharedFile(path, (database) => {
      if (isOfOthers(database, APPLICATION_ID, FORMAT)) {
        throw new RecordsCorrupt('The file is of another application or of a newer release.');
      }
      database.pragma('journal_mode = WAL');
      database.pragma('synchronous = NORMAL');
      database.pragma('secure_delete = ON');
      database.pragma('temp_store = MEMORY');
      database.transaction(() => makeTable(database)).immediate();
      return database;
    }),
  );
}

export const RECORDS_FAULTS: FileFaults = {
  damaged: (code) => new RecordsCorrupt(`The records' file is damaged (${code}).`),
  unavailable: (code) => new RecordsUnavailable(`The records did not answer (${code}).`),
};

function makeTable(database: Database.Database): void {
  if (!isEmpty(database)) return;
  database.exec(SCHEMA);
  markAsOurs(database, APPLICATION_ID, FORMAT);
}
