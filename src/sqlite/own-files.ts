import { chmodSync, closeSync, existsSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { makeDirectory } from '../make-directory';

/** Databases of ours as files: their owner's alone, and not taken for ours where they are another's. */

const OWNER_ONLY = 0o600;
/** What SQLite makes beside a database takes its mode; what a crash of an older release left has its own. */
const ENDINGS = ['', '-wal', '-shm'];
/** Nodes of one machine may share a file; a transaction is short, so one that waits longer waits for something broken. */
const BUSY_TIMEOUT_MS = 5_000;

/**
 * Makes a database's files reachable by their owner alone, and the database itself, empty, where it is absent: its
 * directory may be open to others. A file that is there is not opened: to close it again would free its locks.
 */
export function reserveForOwner(path: string): void {
  try {
    closeSync(openSync(path, 'ax', OWNER_ONLY));
  } catch (error) {
    if (!existsSync(path)) throw error;
  }
  for (const ending of ENDINGS) keepForOwner(`${path}${ending}`);
}

/** A file system that knows no modes, or another owner, keeps the file as it is. */
export function keepForOwner(path: string): void {
  try {
    chmodSync(path, OWNER_ONLY);
  } catch {}
}

/**
 * Opens a file that other nodes may have open too, or a database in memory (`:memory:`). Its directory is made, and it
 * is closed again where that which is made of it throws.
 */
export function openSharedFile<Opened>(path: string, make: (database: Database.Database) => Opened): Opened {
  if (path !== ':memory:') {
    makeDirectory(dirname(path));
    reserveForOwner(path);
  }
  const database = new Database(path, { timeout: BUSY_TIMEOUT_MS });
  try {
    return make(database);
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Runs `work` without waiting for whoever else has the file open. */
export function withoutWaiting<T>(database: Database.Database, work: () => T): T {
  database.pragma('busy_timeout = 0');
  try {
    return work();
  } finally {
    database.pragma(`busy_timeout = ${BUSY_TIMEOUT_MS}`);
  }
}

/** True of a file without anything in it. */
export function isEmpty(database: Database.Database): boolean {
  return database.prepare<[], number>('SELECT count(*) FROM sqlite_schema').pluck().get() === 0;
}

/** 0 of a file without anything in it; else what was marked. */
export function formatOf(database: Database.Database): number {
  return Number(database.pragma('user_version', { simple: true }));
}

/** True of another application's file, or a newer release's: asked before anything is set or written. */
export function isOfOthers(database: Database.Database, applicationId: number, newestFormat: number): boolean {
  if (isEmpty(database)) return false;
  const format = formatOf(database);
  return database.pragma('application_id', { simple: true }) !== applicationId || format < 1 || format > newestFormat;
}

export function markAsOurs(database: Database.Database, applicationId: number, format: number): void {
  database.pragma(`application_id = ${applicationId}`);
  database.pragma(`user_version = ${format}`);
}
