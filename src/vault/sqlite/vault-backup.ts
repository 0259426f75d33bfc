import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { VaultBackupExists } from '../vault';
import { keepForOwner, portErrorOf } from './vault-database';

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
    throw portErrorOf(error);
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
