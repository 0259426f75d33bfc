import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { keepForOwner } from '../../sqlite/own-files';
import { type Position, StoreUnavailable } from '../event-store';
import { positionAt } from './event-writer';

/** The directory holds a log already; a backup never writes over one. */
export class BackupExists extends Error {
  readonly code = 'BACKUP_EXISTS';
  override readonly name = 'BackupExists';
}

export interface BackupMade {
  /** Position of the last event in the copy; undefined when the log is empty. */
  readonly position: Position | undefined;
}

/**
 * Copies the log by SQLite's online backup, which follows appends made meanwhile, so that the copy is the log at one
 * instant. It is written under another name and renamed when whole: a broken copy is never taken for a backup.
 *
 * @throws BackupExists
 * @throws StoreUnavailable
 */
export async function backUpLog(database: Database.Database, directory: string, file: string): Promise<BackupMade> {
  const target = join(directory, file);
  const unfinished = `${target}.part`;
  if (existsSync(target)) {
    throw new BackupExists(`There is a log in ${directory} already.`);
  }
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    rmSync(unfinished, { force: true });
    await database.backup(unfinished);
    keepForOwner(unfinished);
    const position = lastPosition(unfinished);
    renameSync(unfinished, target);
    return { position };
  } catch (error) {
    removeQuietly(unfinished);
    throw new StoreUnavailable(`The backup was not written: ${codeOf(error)}.`);
  }
}

/** What cannot be removed is no backup either, and the fault that came first is the one to tell. */
function removeQuietly(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {}
}

function lastPosition(path: string): Position | undefined {
  const copy = new Database(path, { fileMustExist: true });
  try {
    // One file that needs no other beside it; opening it as a log makes it a write-ahead log again.
    copy.pragma('journal_mode = DELETE');
    const last = copy.prepare<[], number | null>('SELECT max(position) FROM events').pluck().get();
    return typeof last === 'number' ? positionAt(last) : undefined;
  } finally {
    copy.close();
  }
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'an unknown fault';
}
