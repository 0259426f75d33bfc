import type Database from 'better-sqlite3';
import { VaultCorrupt } from '../vault';

/** "SAMV": tells our files from other people's. */
const APPLICATION_ID = 0x53414d56;
/**
 * Raised by one when a release writes what the release before cannot read. 1: actors and peppers. 2: times of epochs and
 * erasures, so that it can be said when an erasure is final; persons in the directory.
 */
const FORMAT = 2;

/**
 * `directory` holds people of every kind; `lookup` is the keyed hash by which they are found, NULL for the anonymous.
 * `epoch` is always that of the key-encryption key that wrapped the key beside it. Times are milliseconds since 1970,
 * NULL where format 1 did not note them; `unused_since` and `destroyed_at` also as long as it has not happened.
 */
const FORMAT_1 = `
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
const FROM_1_TO_2 = `
  ALTER TABLE epochs ADD COLUMN begun_at INTEGER;
  ALTER TABLE epochs ADD COLUMN unused_since INTEGER;
  ALTER TABLE epochs ADD COLUMN destroyed_at INTEGER;
  ALTER TABLE tombstones ADD COLUMN erased_at INTEGER;
  CREATE INDEX tombstones_by_epoch ON tombstones (epoch);
`;

/** Before anything is set or written: the file may be somebody's. @throws VaultCorrupt */
export function refuseForeign(database: Database.Database): void {
  if (isEmpty(database)) return;
  const application = database.pragma('application_id', { simple: true });
  const format = formatOf(database);
  if (application !== APPLICATION_ID || format < 1 || format > FORMAT) {
    throw new VaultCorrupt('The file is of another application or of a newer release.');
  }
}

/** Makes the tables of a new file, and brings those of an older release to this one's format. */
export function makeTables(database: Database.Database): void {
  database
    .transaction(() => {
      if (isEmpty(database)) {
        database.exec(FORMAT_1);
        database.pragma(`application_id = ${APPLICATION_ID}`);
        database.pragma('user_version = 1');
      }
      if (formatOf(database) === 1) {
        database.exec(FROM_1_TO_2);
        database.pragma(`user_version = ${FORMAT}`);
      }
    })
    .immediate();
}

function formatOf(database: Database.Database): number {
  return Number(database.pragma('user_version', { simple: true }));
}

function isEmpty(database: Database.Database): boolean {
  return database.prepare<[], number>('SELECT count(*) FROM sqlite_schema').pluck().get() === 0;
}
