import { rmSync } from 'node:fs';
import type Database from 'better-sqlite3';
import { tellsDamage } from '../../sqlite/driver-faults';
import { isEmpty, openSharedFile } from '../../sqlite/own-files';
import { ReadModelDamaged } from '../read-model-damaged';

/** The file is a database of another application. */
export class ReadModelFileUnknown extends Error {
  override readonly name = 'ReadModelFileUnknown';
  readonly code = 'READ_MODEL_FILE_UNKNOWN';
}

/** "SAMR": tells our files from other people's. */
const APPLICATION_ID = 0x53414d52;
const PAGE_CACHE_KIB = 64 * 1024;
/**
 * How much of the file is mapped into memory: a seek there costs no system call and no copy. The system counts mapped
 * pages as the process's memory, though it may take them back at any time.
 */
const MAPPED_BYTES = 2_000_000_000;
const CHECKPOINT_PAGES = 4_000;
const IDLE_WAL_BYTES = 64 * 1024 * 1024;

/**
 * How far each projection's tables have come. `build` is 'live' for the tables that answer and 'next' for those that
 * a rebuild is making beside them. `previous` is the position of the event before the last, `origin` the id of the
 * log's first event: they tell this log from another.
 */
const SCHEMA = `
  CREATE TABLE checkpoints (
    build TEXT NOT NULL,
    projection TEXT NOT NULL,
    version INTEGER NOT NULL,
    n INTEGER NOT NULL,
    position TEXT,
    previous TEXT,
    event_id TEXT,
    origin TEXT,
    PRIMARY KEY (build, projection, version)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE settings (name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
`;

/**
 * Opens the file of the read models, or a database in memory (`:memory:`). Rows and checkpoint are one transaction, so
 * a crash loses at most the last of them, which the log gives again: NORMAL is durable enough.
 *
 * @throws ReadModelFileUnknown ReadModelDamaged
 */
export function openReadModelDatabase(
  path: string,
  mappedBytes = MAPPED_BYTES,
  cacheKib = PAGE_CACHE_KIB,
): Database.Database {
  try {
    return openSharedFile(path, (database) => {
      database.pragma('journal_mode = WAL');
      database.pragma('synchronous = NORMAL');
      database.pragma('temp_store = MEMORY');
      database.pragma(`cache_size = -${cacheKib}`);
      database.pragma(`mmap_size = ${mappedBytes}`);
      database.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
      database.pragma(`journal_size_limit = ${IDLE_WAL_BYTES}`);
      prepare(database, path);
      return database;
    });
  } catch (error) {
    throw tellsDamage(error) ? new ReadModelDamaged(path) : error;
  }
}

/**
 * Removes the file when it is damaged anywhere, and what stands beside it, so that it is made anew. It is not kept: it
 * holds nothing that the log does not, and may hold what was erased since. Reads the whole file.
 *
 * @throws ReadModelFileUnknown
 */
export function removeDamagedReadModel(path: string): void {
  if (!isDamaged(path)) return;
  for (const ending of ['', '-wal', '-shm']) rmSync(`${path}${ending}`, { force: true });
}

function isDamaged(path: string): boolean {
  let database: Database.Database | undefined;
  try {
    database = openReadModelDatabase(path);
    return database.pragma('quick_check(1)', { simple: true }) !== 'ok';
  } catch (error) {
    if (error instanceof ReadModelDamaged || tellsDamage(error)) return true;
    throw error;
  } finally {
    database?.close();
  }
}

function prepare(database: Database.Database, path: string): void {
  if (isEmpty(database)) {
    database.transaction(() => {
      database.exec(SCHEMA);
      database.pragma(`application_id = ${APPLICATION_ID}`);
    })();
    return;
  }
  if (database.pragma('application_id', { simple: true }) !== APPLICATION_ID) {
    throw new ReadModelFileUnknown(`${path} is a database of another application. Move it out of the way.`);
  }
}
