import { closeSync, copyFileSync, existsSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { portErrorOf } from '../../sqlite/driver-faults';
import { keepForOwner } from '../../sqlite/own-files';
import { VaultBackupExists } from '../vault';
import { VAULT_FAULTS } from './vault-database';

/** Name of the vault's file in a data directory and in a backup. */
export const VAULT_FILE = 'vault.db';

/**
 * Copies the vault by SQLite's online backup, which follows what is written meanwhile. It is written under another name
 * and renamed when whole.
 *
 * @throws VaultBackupExists
 * @throws VaultUnavailable
 */
export async function backUpVault(database: Database.Database, directory: string): Promise<void> {
  const target = join(directory, VAULT_FILE);
  const unfinished = `${target}.part`;
  if (existsSync(target)) throw new VaultBackupExists(`There is a vault in ${directory} already.`);
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    rmSync(unfinished, { force: true });
    await database.backup(unfinished);
    keepForOwner(unfinished);
    intoOneFile(unfinished);
    renameSync(unfinished, target);
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw portErrorOf(error, VAULT_FAULTS);
  }
}

/**
 * Puts a copy made by `backup` where a vault is opened, whole or not at all. The keys that it needs are kept elsewhere.
 *
 * @throws VaultBackupExists when there is a vault already
 * @throws VaultUnavailable
 */
export function restoreVault(fromDirectory: string, path: string): void {
  const unfinished = `${path}.part`;
  if (existsSync(path)) throw new VaultBackupExists(`There is a vault at ${path} already.`);
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    copyFileSync(join(fromDirectory, VAULT_FILE), unfinished);
    keepForOwner(unfinished);
    syncFile(unfinished);
    // What a lost vault left beside it must not be taken for a part of this one.
    for (const ending of ['-wal', '-shm']) rmSync(`${path}${ending}`, { force: true });
    renameSync(unfinished, path);
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw portErrorOf(error, VAULT_FAULTS);
  }
}

function syncFile(path: string): void {
  const file = openSync(path, 'r+');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function intoOneFile(path: string): void {
  const copy = new Database(path, { fileMustExist: true });
  try {
    copy.pragma('journal_mode = DELETE');
  } finally {
    copy.close();
  }
}
