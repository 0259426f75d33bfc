import { closeSync, copyFileSync, existsSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type Database from 'better-sqlite3';
import { keepForOwner } from '../../sqlite/own-files';
import { StoreUnavailable } from '../event-store';
import { lockDataDirectory, onceUnlocked } from './data-directory-lock';
import { openLogDatabase } from './log-database';

/** The data directory holds a log already; a restore never writes over one. */
export class LogExists extends Error {
  readonly code = 'LOG_EXISTS';
  override readonly name = 'LogExists';
}

/** The directory to restore from holds no copy of a log. */
export class BackupMissing extends Error {
  readonly code = 'BACKUP_MISSING';
  override readonly name = 'BackupMissing';
}

/**
 * Copies a log from a backup into a data directory that has none, or one without any event. It is written under another name and renamed when
 * whole, so that an interrupted restore leaves no half log behind.
 *
 * @throws LogExists BackupMissing StoreUnavailable DataDirectoryLocked
 */
export function restoreLog(fromDirectory: string, dataDirectory: string, file: string): void {
  const source = join(fromDirectory, file);
  const target = join(dataDirectory, file);
  if (!existsSync(source)) throw new BackupMissing(`There is no backup of a log in ${fromDirectory}.`);
  mkdirSync(dataDirectory, { recursive: true, mode: 0o700 });
  const lock = onceUnlocked(() => lockDataDirectory(dataDirectory));
  try {
    lock.note();
    if (existsSync(target) && !isEmptyLog(target)) throw new LogExists(`There is a log in ${dataDirectory} already.`);
    copyWhole(source, target);
  } finally {
    lock.release();
  }
}

/** True for what a start leaves that found the log gone. */
function isEmptyLog(path: string): boolean {
  let log: Database.Database | undefined;
  try {
    log = openLogDatabase(path);
    return log.prepare<[], number>('SELECT count(*) FROM (SELECT 1 FROM events LIMIT 1)').pluck().get() === 0;
  } catch {
    // Whatever it is, it is not ours to write over.
    return false;
  } finally {
    log?.close();
  }
}

function copyWhole(source: string, target: string): void {
  const unfinished = `${target}.part`;
  try {
    copyFileSync(source, unfinished);
    keepForOwner(unfinished);
    const copy = openSync(unfinished, 'r+');
    fsyncSync(copy);
    closeSync(copy);
    // What a lost log left beside it must not be taken for a part of this one.
    for (const ending of ['-wal', '-shm']) rmSync(`${target}${ending}`, { force: true });
    renameSync(unfinished, target);
  } catch {
    rmSync(unfinished, { force: true });
    throw new StoreUnavailable('The log was not restored: the copy could not be written.');
  }
}
