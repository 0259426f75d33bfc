import type Database from 'better-sqlite3';
import { formatOf, isEmpty, isOfOthers, markAsOurs } from '../../sqlite/own-files';
import { VaultCorrupt } from '../vault';

/** "SAMV": tells our files from other people's. */
const APPLICATION_ID = 0x53414d56;
/**
 * Raised by one when a release writes what the release before cannot read. 1: actors and peppers, people found by
 * hashes under one key for ever. 2: persons, times of epochs and erasures, hashes under a key of the epoch.
 */
const FORMAT = 2;

/**
 * `directory` holds people of every kind. What must be gone at once when somebody is erased stands in `secrets`: a slot
 * is written once, at the end of the table, and only ever overwritten by as many bytes, so that no copy of it is left
 * where SQLite moved a row, which `secure_delete` does not reach. `lookups` moves its rows: what is left of them says
 * nothing once the epoch's key is destroyed.
 *
 * `epoch` is that of the key-encryption key that wrapped the key and keyed the hash. Times are milliseconds since 1970,
 * NULL where format 1 did not note them; `unused_since` and `destroyed_at` also as long as it has not happened.
 */
const PEOPLE = `
  CREATE TABLE directory (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    key_id TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    slot INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX directory_by_kind_and_epoch ON directory (kind, epoch);
  CREATE TABLE lookups (
    epoch INTEGER NOT NULL,
    lookup BLOB NOT NULL,
    id TEXT NOT NULL,
    PRIMARY KEY (epoch, lookup)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE secrets (slot INTEGER PRIMARY KEY, key BLOB NOT NULL, lookup BLOB, entry BLOB NOT NULL) STRICT;
`;
const SCHEMA = `
  CREATE TABLE vault (vault INTEGER PRIMARY KEY CHECK (vault = 1), id TEXT NOT NULL) STRICT;
  CREATE TABLE epochs (
    epoch INTEGER PRIMARY KEY,
    proof BLOB NOT NULL,
    begun_at INTEGER,
    unused_since INTEGER,
    destroyed_at INTEGER
  ) STRICT;
  ${PEOPLE}
  CREATE TABLE tombstones (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    key_id TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    erased_at INTEGER
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX tombstones_by_epoch ON tombstones (epoch);
  CREATE TABLE peppers (organisation TEXT PRIMARY KEY, pepper BLOB NOT NULL, epoch INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE INDEX peppers_by_epoch ON peppers (epoch);
`;
/** Afterwards the people have places for their hashes, which only whoever has the keys can fill. */
const FROM_1_TO_2 = `
  ALTER TABLE epochs ADD COLUMN begun_at INTEGER;
  ALTER TABLE epochs ADD COLUMN unused_since INTEGER;
  ALTER TABLE epochs ADD COLUMN destroyed_at INTEGER;
  ALTER TABLE tombstones ADD COLUMN erased_at INTEGER;
  CREATE INDEX tombstones_by_epoch ON tombstones (epoch);
  ALTER TABLE vault DROP COLUMN lookup_key;
  ALTER TABLE vault DROP COLUMN epoch;
  DROP INDEX directory_by_epoch;
  ALTER TABLE directory RENAME TO directory_1;
  ${PEOPLE}
  INSERT INTO secrets (slot, key, lookup, entry)
    SELECT row_number() OVER (ORDER BY id), key, zeroblob(length(lookup)), sealed FROM directory_1;
  INSERT INTO directory (id, kind, key_id, epoch, slot)
    SELECT id, kind, key_id, epoch, row_number() OVER (ORDER BY id) FROM directory_1;
  DROP TABLE directory_1;
`;

/** @throws VaultCorrupt */
export function refuseForeign(database: Database.Database): void {
  if (!isOfOthers(database, APPLICATION_ID, FORMAT)) return;
  throw new VaultCorrupt('The file is of another application or of a newer release.');
}

/**
 * Makes the tables of a new file, or brings those of an older release to this one's format. True: of format 1, whose
 * people must be given their hashes before the transaction ends. Call within a transaction.
 */
export function bringToFormat(database: Database.Database): boolean {
  if (isEmpty(database)) {
    database.exec(SCHEMA);
    markAsOurs(database, APPLICATION_ID, FORMAT);
  }
  if (formatOf(database) === FORMAT) return false;
  database.exec(FROM_1_TO_2);
  markAsOurs(database, APPLICATION_ID, FORMAT);
  return true;
}
