import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openLogDatabase } from '../../src/event-store/sqlite/log-database';
import { storms } from '../support/append-storm';
import { commitsInWal, emptyDirectories } from '../support/sqlite-log-files';

const APPENDS = 40;
/** Whether this machine lets one process watch another's system calls. */
const canTrace = spawnSync('strace', ['-f', '-e', 'trace=fsync', 'true']).status === 0;

describe('durability', () => {
  const emptyDirectory = emptyDirectories();
  const startStorm = storms();

  test('the log is a write-ahead log that is synced in full', () => {
    const database = openLogDatabase(join(emptyDirectory(), 'events.db'));
    expect(database.pragma('journal_mode', { simple: true })).toBe('wal');
    expect(database.pragma('synchronous', { simple: true })).toBe(2);
    database.close();
  });

  const traced = canTrace ? test : test.skip;
  if (!canTrace) {
    console.warn(
      'SKIPPED: that every acknowledged append is synced. It needs strace and leave to trace: apt-get install strace.',
    );
  }

  traced('before each acknowledgement of a lone writer the write-ahead log was synced', async () => {
    const directory = emptyDirectory();
    const trace = join(directory, 'trace');
    const wrapper = ['strace', '-f', '-y', '-s', '200', '-e', 'trace=fsync,fdatasync,write', '-o', trace];
    const storm = startStorm(directory, { writers: 1, most: APPENDS, wrapper });
    expect(await storm.ended).toBe(0);
    const acknowledged = /write\(1<[^>]*>, "storm-/;
    const synced = /(?:fsync|fdatasync)\(\d+<[^>]*events\.db-wal>/;
    let syncs = 0;
    let acknowledgements = 0;
    for (const line of readFileSync(trace, 'utf8').split('\n')) {
      if (synced.test(line)) {
        syncs += 1;
      } else if (acknowledged.test(line)) {
        acknowledgements += 1;
        expect(syncs).toBeGreaterThanOrEqual(acknowledgements);
      }
    }
    expect(acknowledgements).toBe(APPENDS);
  });

  test('an append that was answered stands in the write-ahead log as a commit of its own', async () => {
    const directory = emptyDirectory();
    const storm = startStorm(directory, { writers: 1 });
    await storm.untilLines(1 + APPENDS);
    await storm.kill();
    expect(commitsInWal(join(directory, 'events.db-wal'))).toBeGreaterThanOrEqual(APPENDS);
  });
});
