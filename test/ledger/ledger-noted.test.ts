import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EventStore } from '../../src/event-store/event-store';
import { guardedBy, type LedgerPace } from '../../src/ledger/ledger';
import { rotateLedgerKey } from '../../src/ledger/ledger-keys';
import { noteRestoredLog } from '../../src/ledger/noted-checkpoint';
import { collect } from '../support/event-store-samples';
import { emptyDirectories } from '../support/sqlite-log-files';
import { rewriteLog } from './support/log-files';
import { factsOf, openLogWithTree, uuidOf } from './support/log-with-tree';
import { LOG_ID, openedLedgers, openTestLedger, until } from './support/test-ledger';

const STREAM = `subject-${uuidOf('someone')}`;
const NOTE = `ledger-${LOG_ID}.checkpoint`;
const QUICK: Partial<LedgerPace> = { scrub: { pauseMs: 0, restMs: 3_600_000, keepMs: 0 } };

async function fill(store: EventStore, count: number): Promise<void> {
  const seen = (await collect(store.readStream(STREAM))).length;
  await store.append(STREAM, factsOf(STREAM, seen, count), seen);
}

const emptyDirectory = emptyDirectories();
const opened = openedLedgers();

/** Ten events and a checkpoint, five times over: events at 1–10, the checkpoint at 11, and so on up to 55; then three. */
async function closedLog(): Promise<string> {
  const directory = emptyDirectory();
  const node = await openTestLedger(directory);
  for (let round = 0; round < 5; round += 1) {
    await fill(node.store, 10);
    node.clock.nowMs += 5_000;
    await node.ledger.checkpoint();
  }
  await fill(node.store, 3);
  await node.close();
  return directory;
}

const WITHOUT_TABLES = 'DELETE FROM ledger_leaves; DELETE FROM ledger_nodes; DELETE FROM ledger_settings';
const WITHOUT_TREE = `${WITHOUT_TABLES}; UPDATE events SET mark = NULL`;
const CHECKPOINTS = `category = (SELECT category FROM categories WHERE name = 'ledger')`;
/** A copy of an event of the stream, as its next. */
const added = (position: number, category: string, mark = 'NULL') => `
  INSERT INTO events SELECT ${position}, stream, (SELECT max(version) + 1 FROM events WHERE stream = e.stream), ${category},
  event_type, recorded_at, randomblob(16), data, metadata, ${mark} FROM events e WHERE position = 5`;

describe('the newest checkpoint, noted beside the keys', () => {
  test('is for its owner alone, moves on with the log, and is kept when the key changes', async () => {
    const directory = await closedLog();
    const note = join(directory, 'keys', NOTE);
    expect(statSync(note).mode & 0o777).toBe(0o600);
    expect(readFileSync(note, 'utf8')).toMatch(/^5\nsamtykke\/[^\n]+\n50\n/);
    rotateLedgerKey(join(directory, 'keys'));
    expect(readFileSync(note, 'utf8')).toMatch(/^5\n/);
    const { ledger, said } = await opened(directory);
    await ledger.checkpoint();
    expect(readFileSync(note, 'utf8')).toMatch(/^6\nsamtykke\/[^\n]+\n53\n/);
    expect(said).toEqual([]);
    expect(readdirSync(join(directory, 'keys')).filter((name) => name.endsWith('.draft'))).toEqual([]);
  });

  test.each<[string, string, readonly string[]]>([
    [
      'an event with every checkpoint after it and the tree',
      'LOG_SHORTER',
      ['DELETE FROM events WHERE position = 25', `DELETE FROM events WHERE position > 32 AND position <> 34`],
    ],
    [
      'an event that others took the place of',
      'ROOT_DIFFERS',
      ['DELETE FROM events WHERE position = 25', `DELETE FROM events WHERE position > 25 AND ${CHECKPOINTS}`],
    ],
    ['all checkpoints', 'CHECKPOINT_MISSING', [`DELETE FROM events WHERE ${CHECKPOINTS}`]],
    ['the newest checkpoint', 'CHECKPOINT_MISSING', ['DELETE FROM events WHERE position = 55']],
    ['everything behind an older checkpoint', 'LOG_SHORTER', ['DELETE FROM events WHERE position > 33']],
  ])('tells of a log that lost %s, whatever became of the tree', async (_, divergence, statements) => {
    for (const gone of [WITHOUT_TREE, WITHOUT_TABLES, undefined]) {
      const directory = await closedLog();
      rewriteLog(directory, ...statements, ...(gone === undefined ? [] : [gone]));
      const { ledger, store } = await opened(directory);
      expect(ledger.state()).toMatchObject({
        phase: 'DIVERGED',
        ...(gone === WITHOUT_TREE && { divergence, reason: expect.stringContaining('noted beside the keys') }),
      });
      const append = guardedBy(store, ledger).append(STREAM, factsOf(STREAM, 53, 1), 53);
      await expect(append).rejects.toMatchObject({ code: 'LEDGER_DIVERGED' });
      await expect(ledger.checkpoint()).rejects.toMatchObject({ code: 'LEDGER_DIVERGED' });
    }
  });

  test('that another checkpoint took the place of is found, though the same key signed it', async () => {
    const directory = await closedLog();
    const note = join(directory, 'keys', NOTE);
    const [, ...lines] = readFileSync(note, 'utf8').split('\n');
    writeFileSync(note, ['4', ...lines].join('\n'));
    const { ledger } = await opened(directory);
    expect(ledger.state()).toMatchObject({ phase: 'DIVERGED', divergence: 'CHECKPOINT_ALTERED' });
  });

  test('that is older than the newest of the log is fine, and moves on', async () => {
    const directory = await closedLog();
    const note = join(directory, 'keys', NOTE);
    const older = readFileSync(note, 'utf8');
    const first = await openTestLedger(directory);
    await first.ledger.checkpoint();
    await first.close();
    writeFileSync(note, older);
    const { ledger, said } = await opened(directory);
    expect(ledger.state()).toMatchObject({ phase: 'SOUND' });
    expect(readFileSync(note, 'utf8')).toMatch(/^6\n/);
    expect(said).toEqual([]);
  });

  test('that is not there is said once, and there from then on', async () => {
    const directory = await closedLog();
    rmSync(join(directory, 'keys', NOTE));
    const first = await openTestLedger(directory);
    expect(first.ledger.state().phase).toBe('SOUND');
    expect(first.said).toEqual([expect.objectContaining({ level: 'warn', details: { noted: '50' } })]);
    await first.close();
    const { said } = await opened(directory);
    expect(said).toEqual([]);
  });

  test.each(['', 'x', '5\n', '0\nsamtykke/x\n', '5\nsamtykke/x\nten\n'])('that is %j stops the start', async (text) => {
    const directory = await closedLog();
    writeFileSync(join(directory, 'keys', NOTE), text);
    await expect(openTestLedger(directory)).rejects.toMatchObject({ code: 'KEY_FILE_UNUSABLE' });
  });

  test('keeps a tree from being made anew over another log, and what is left of the old tree with it', async () => {
    const directory = await closedLog();
    rewriteLog(directory, `UPDATE events SET data = '{}' WHERE position = 25`);
    const { ledger, tree } = await opened(directory);
    const before = [...tree.leaves(0, tree.size())];
    await ledger.rebuild();
    expect(ledger.state()).toMatchObject({ phase: 'DIVERGED', divergence: 'ROOT_DIFFERS' });
    expect([...tree.leaves(0, tree.size())]).toEqual(before);
  });

  test('is set back where an older backup is restored, saying from where to where', async () => {
    const directory = await closedLog();
    rewriteLog(directory, 'DELETE FROM events WHERE position > 33', WITHOUT_TREE);
    const keys = join(directory, 'keys');
    const { store } = openLogWithTree(join(directory, 'data'));
    expect(await noteRestoredLog(store, LOG_ID, keys)).toEqual({ from: 50, to: 30 });
    expect(await noteRestoredLog(store, LOG_ID, keys)).toBeUndefined();
    await store.close();
    const node = await openTestLedger(directory);
    expect(node.ledger.state()).toMatchObject({ phase: 'SOUND', signed: 30 });
    await node.close();
    rewriteLog(directory, `DELETE FROM events WHERE ${CHECKPOINTS}`);
    const again = openLogWithTree(join(directory, 'data'));
    expect(await noteRestoredLog(again.store, LOG_ID, keys)).toEqual({ from: 30, to: 0 });
    await again.store.close();
    expect(readdirSync(keys)).not.toContain(NOTE);
  });
});

describe('checkpoints of a log that was rewritten', () => {
  test.each<[string, string, string]>([
    ['was altered', 'CHECKPOINT_ALTERED', `UPDATE events SET data = json_set(data, '$.size', 19) WHERE position = 22`],
    ['is gone', 'CHECKPOINT_MISSING', 'DELETE FROM events WHERE position = 22'],
    ['is gone, the first', 'CHECKPOINT_MISSING', 'DELETE FROM events WHERE position = 11'],
  ])('are looked at after every start, also where the scrub goes on: one %s', async (_, divergence, statement) => {
    const directory = await closedLog();
    const first = await openTestLedger(directory);
    first.tree.keepScrubbed(20);
    await first.close();
    rewriteLog(directory, statement);
    const { ledger } = await opened(directory, QUICK);
    expect(ledger.state()).toMatchObject({ phase: 'SOUND', scrub: { leaves: 20 } });
    ledger.start();
    await until(() => ledger.state().phase === 'DIVERGED');
    expect(ledger.state()).toMatchObject({ divergence });
  });
});

describe('a checkpoint that cannot be read', () => {
  test.each([
    ['the newest', 55],
    ['an older one', 22],
  ])('is told, and no fault of the node: %s', async (_, position) => {
    const directory = await closedLog();
    rewriteLog(directory, `UPDATE events SET data = 'x' WHERE position = ${position}`);
    const { ledger } = await opened(directory, QUICK);
    ledger.start();
    await until(() => ledger.state().phase === 'DIVERGED');
    expect(ledger.state().divergence).toMatch(/^(CHECKPOINT|EVENT)_ALTERED$/);
  });
});

describe('an event that was put in', () => {
  test.each<[string, number]>([
    ['at position 0', 0],
    ['before it', -5],
    ['behind what can be counted', 2 ** 53],
  ])('%s keeps the log from being opened', async (_, position) => {
    const directory = await closedLog();
    rewriteLog(directory, added(position, 'category'));
    await expect(openTestLedger(directory)).rejects.toMatchObject({ code: 'LOG_ALTERED' });
  });

  const OF_LEDGER = `(SELECT category FROM categories WHERE name = 'ledger')`;
  test.each<[string, string, string, readonly string[]]>([
    ['at the end', 'EVENT_ADDED', '5000', [added(5_000, 'category')]],
    ['at the end, as if it were a checkpoint', 'EVENT_ADDED', '5000', [added(5_000, OF_LEDGER)]],
    ['at the end, of no category that there is', 'EVENT_ADDED', '5000', [added(5_000, '999')]],
    ['at the end, before another', 'EVENT_ADDED', '59', [added(59, 'category'), added(60, 'category')]],
    ["in a checkpoint's place", 'EVENT_ADDED', '22', ['DELETE FROM events WHERE position = 22', added(22, OF_LEDGER)]],
    [
      'at the end, where it cannot be read',
      'EVENT_ADDED',
      '58',
      [added(5_000, 'category'), `UPDATE events SET data = '{' WHERE position = 5000`],
    ],
  ])('%s is found at the start and not adopted', async (_, divergence, position, statements) => {
    const directory = await closedLog();
    rewriteLog(directory, ...statements);
    const { ledger, tree } = await opened(directory);
    expect(ledger.state()).toMatchObject({
      phase: 'DIVERGED',
      divergence,
      reason: expect.stringMatching(`position ${position}\\b`),
    });
    expect(tree.size()).toBe(53);
  });

  test('is not what a tree lacks that was being made when the process ended', async () => {
    const directory = await closedLog();
    rewriteLog(
      directory,
      'DELETE FROM ledger_leaves WHERE first > 0',
      `INSERT INTO ledger_settings VALUES ('making', 'yes')`,
    );
    const { ledger } = await opened(directory);
    expect(ledger.state()).toMatchObject({ phase: 'SOUND', size: 53 });
  });
});
