import { chmodSync, closeSync, existsSync, openSync } from 'node:fs';

const OWNER_ONLY = 0o600;
/** What SQLite makes beside a database takes its mode; what a crash of an older release left has its own. */
const ENDINGS = ['', '-wal', '-shm'];

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
function keepForOwner(path: string): void {
  try {
    chmodSync(path, OWNER_ONLY);
  } catch {}
}
