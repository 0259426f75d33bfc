import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

const OWNER_ONLY = 0o700;

/**
 * Makes a directory that somebody named, and those above it that are missing. Node's own recursive form never ends
 * where the system says of a directory that is there that nothing is there, as for one below /proc.
 *
 * @throws what the system says when it cannot be made
 */
export function makeDirectory(path: string): void {
  if (existsSync(path) && statSync(path).isDirectory()) return;
  if (!existsSync(dirname(path))) makeDirectory(dirname(path));
  try {
    mkdirSync(path, { mode: OWNER_ONLY });
  } catch (error) {
    // Another process may have been first.
    if (!existsSync(path) || !statSync(path).isDirectory()) throw error;
  }
}
