import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Gives each test that asks one an empty directory, removed after it. Call it once in a describe block. */
export function emptyDirectories(): () => string {
  let made: string[] = [];
  afterEach(() => {
    for (const directory of made) {
      rmSync(directory, { recursive: true, force: true });
    }
    made = [];
  });
  return () => {
    const directory = mkdtempSync(join(tmpdir(), 'samtykke-'));
    made.push(directory);
    return directory;
  };
}

const WAL_HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;

/**
 * Commits that stand in a write-ahead log that was begun once and not yet moved to its database: the frames whose
 * header tells the size of the database after the commit (https://sqlite.org/fileformat2.html#walformat).
 */
export function commitsInWal(path: string): number {
  const wal = readFileSync(path);
  const frameBytes = FRAME_HEADER_BYTES + wal.readUInt32BE(8);
  let commits = 0;
  for (let at = WAL_HEADER_BYTES; at + frameBytes <= wal.length; at += frameBytes) {
    commits += wal.readUInt32BE(at + 4) === 0 ? 0 : 1;
  }
  return commits;
}
