import { closeSync, copyFileSync, existsSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { StoreUnavailable } from '../event-store';
import { lockDataDirectory } from './data-directory-lock';

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
 * Copies a log from a backup into a data directory that has none. It is written under another name and renamed when
 * whole, so that an interrupted restore leaves no half log behind.
 *
 * @throws LogExists BackupMissing StoreUnavailable DataDirectoryLocked
 */
export function restoreLog(fromDirectory: string, dataDirectory: string, file: string): void {
  const source = join(fromDirectory, file);
  const target = join(dataDirectory, file);
  if (!existsSync(source)) throw new BackupMissing(`There is no backup of a log in ${fromDirectory}.`);
  mkdirSync(dataDirectory, { recursive: true, mode: 0o700 });
  const lock = lockDataDirectory(dataDirectory);
  try {
    if (existsSync(target)) throw new LogExists(`There is a log in ${dataDirectory} already.`);
    copyWhole(source, target);
  } finally {
    lock.release();
  }
}

function copyWhole(source: string, target: string): void {
  const unfinished = `${target}.part`;
  try {
    copyFileSync(source, unfinished);
    const copy = openSync(unfinished, 'r+');
    fsyncSync(copy);
    closeSync(copy);
    renameSync(unfinished, target);
  } catch {
    rmSync(unfinished, { force: true });
    throw new StoreUnavailable('The log was not restored: the copy could not be written.');
  }
}
