import Database from 'better-sqlite3';
import { driverCode } from '../../sqlite/driver-faults';
import { isEmpty, reserveForOwner } from '../../sqlite/own-files';

/** The file is no log of Samtykke, or one that a newer release wrote. Nothing in it was touched. */
export class LogFormatUnknown extends Error {
  readonly code = 'LOG_FORMAT_UNKNOWN';
  override readonly name = 'LogFormatUnknown';
}

/** An event stands where no append puts one: before the first place, or behind the last that can be counted. */
export class LogAltered extends Error {
  readonly code = 'LOG_ALTERED';
  override readonly name = 'LogAltered';
  constructor(position: string) {
    super(
      `An event stands at position ${position}, where none was ever written. Keep the file as evidence, and restore the log.`,
    );
  }
}

/** "SAMT": tells our files from other people's. */
const APPLICATION_ID = 0x53414d54;
/** Raised by one when a release writes what the release before cannot read. */
const FORMAT = 2;
/** The format before: its events have no marks. */
const WITHOUT_MARKS = 1;

const PAGE_CACHE_KIB = 16 * 1024;
/** Pages in the write-ahead log before they are moved to the database: fewer, larger moves wear less on a busy log. */
const CHECKPOINT_PAGES = 2_000;
const IDLE_WAL_BYTES = 64 * 1024 * 1024;

/**
 * Names are stored once and events carry their numbers, so that the log takes little more room than its payloads.
 * `events` is in log order by itself; the unique key finds a stream's events, the index a category's. A mark is what a
 * sink had stored beside an event: there it costs no page that is not written anyway.
 */
const SCHEMA = `
  CREATE TABLE categories (category INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
  CREATE TABLE streams (
    stream INTEGER PRIMARY KEY,
    uuid BLOB NOT NULL,
    category INTEGER NOT NULL,
    UNIQUE (uuid, category)
  ) STRICT;
  CREATE TABLE event_types (event_type INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
  CREATE TABLE events (
    position INTEGER PRIMARY KEY,
    stream INTEGER NOT NULL,
    version INTEGER NOT NULL,
    category INTEGER NOT NULL,
    event_type INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    id BLOB NOT NULL,
    data TEXT NOT NULL,
    metadata TEXT NOT NULL,
    mark BLOB,
    UNIQUE (stream, version)
  ) STRICT;
  CREATE INDEX events_by_category ON events (category);
`;

/**
 * Opens the file that holds the log, or a log in memory (`:memory:`), making its tables when it is new. The file is
 * held by this connection alone until it closes: whoever opens it meanwhile is told SQLITE_BUSY at once.
 *
 * @throws LogFormatUnknown LogAltered
 */
export function openLogDatabase(path: string): Database.Database {
  if (path !== ':memory:') reserveForOwner(path);
  const database = new Database(path, { timeout: 0 });
  try {
    configure(database);
    prepareTables(database);
    assertPlaces(database);
    return database;
  } catch (error) {
    database.close();
    if (driverCode(error) === 'SQLITE_NOTADB') {
      throw new LogFormatUnknown('The file of the log is no SQLite database.');
    }
    throw error;
  }
}

function configure(database: Database.Database): void {
  // Before anything else: the first look at the file then takes the lock, and no file of shared memory is made.
  database.pragma('locking_mode = EXCLUSIVE');
  database.pragma('journal_mode = WAL');
  // Without this line the driver reports FULL but syncs like NORMAL, and the last commits die with the power.
  database.pragma('synchronous = FULL');
  database.pragma('fullfsync = ON');
  // Savepoints keep their undo copies in memory rather than in a temporary file.
  database.pragma('temp_store = MEMORY');
  database.pragma(`cache_size = -${PAGE_CACHE_KIB}`);
  database.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
  database.pragma(`journal_size_limit = ${IDLE_WAL_BYTES}`);
}

function prepareTables(database: Database.Database): void {
  const application = database.pragma('application_id', { simple: true });
  const format = database.pragma('user_version', { simple: true });
  if (isEmpty(database)) {
    database.transaction(() => {
      database.exec(SCHEMA);
      database.pragma(`application_id = ${APPLICATION_ID}`);
      database.pragma(`user_version = ${FORMAT}`);
    })();
    return;
  }
  if (application === APPLICATION_ID && format === WITHOUT_MARKS) addMarks(database);
  else if (application !== APPLICATION_ID || format !== FORMAT) {
    throw new LogFormatUnknown('The file of the log is of another application or of a newer release.');
  }
}

/** No row is written anew for it, however long the log is. */
function addMarks(database: Database.Database): void {
  database.transaction(() => {
    database.exec('ALTER TABLE events ADD COLUMN mark BLOB');
    database.pragma(`user_version = ${FORMAT}`);
  })();
}

/** Reads begin behind place 0 and count in whole numbers: what stands elsewhere is seen by its stream, and not by the log. */
function assertPlaces(database: Database.Database): void {
  const outside = database
    .prepare<[number], string>(
      `SELECT CAST(place AS TEXT) FROM (
        SELECT * FROM (SELECT position AS place FROM events ORDER BY position LIMIT 1)
        UNION ALL SELECT * FROM (SELECT position FROM events ORDER BY position DESC LIMIT 1)
      ) WHERE place < 1 OR place > ?`,
    )
    .pluck()
    .get(Number.MAX_SAFE_INTEGER);
  if (outside !== undefined) throw new LogAltered(outside);
}
