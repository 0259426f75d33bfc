import { guardedBy } from '../../src/ledger/ledger';
import { emptyDirectories } from '../support/sqlite-log-files';
import { ALTERATIONS } from './support/alterations';
import { fill, OTHER } from './support/filled-log';
import { copyAsKilled, rewriteLog, runsIn } from './support/log-files';
import { expectTreeOfLog, factsOf } from './support/log-with-tree';
import { openedLedgers, openTestLedger } from './support/test-ledger';

describe('a log whose process was killed, the last leaves of which are marks beside their events alone', () => {
  const emptyDirectory = emptyDirectories();
  const opened = openedLedgers();

  /** A log of so many rounds, with a checkpoint behind each number of them but the last. */
  async function killedLog(...rounds: readonly number[]): Promise<string> {
    const directory = emptyDirectory();
    const node = await openTestLedger(directory);
    for (const [index, each] of rounds.entries()) {
      await fill(node.store, each);
      node.clock.nowMs += 5_000;
      if (index < rounds.length - 1) await node.ledger.checkpoint();
    }
    const killed = copyAsKilled(directory, emptyDirectory());
    await node.close();
    return killed;
  }

  test('is sound, has its tree, and goes on', async () => {
    const directory = await killedLog(12, 12, 6);
    expect(runsIn(directory)).toEqual([]);
    const first = await openTestLedger(directory);
    expect(first.ledger.state()).toMatchObject({ phase: 'SOUND', reason: undefined, size: 90, signed: 72 });
    await expectTreeOfLog(first);
    await fill(first.store, 60);
    await expectTreeOfLog(first);
    const again = copyAsKilled(directory, emptyDirectory());
    expect(runsIn(again)).toEqual([[0, 256]]);
    const second = await opened(again);
    await expectTreeOfLog(second);
    await first.close();
    expect(runsIn(directory)).toEqual([
      [0, 256],
      [256, 14],
    ]);
  });

  const marked = (mark: string, position = 17) => `UPDATE events SET mark = ${mark} WHERE position = ${position}`;
  test.each<[string, string, string, readonly string[]]>([
    ...ALTERATIONS,
    [
      'the last event, which is gone, with another behind it',
      'EVENT_MISSING',
      '121',
      ['DELETE FROM events WHERE position = 121'],
    ],
    [
      'what was kept of an event',
      'EVENT_ALTERED',
      '17',
      [marked('CAST(substr(mark, 1, 2) || randomblob(15) AS BLOB)')],
    ],
    ['all that was kept of an event', 'EVENT_ALTERED', '17', [marked('zeroblob(17)')]],
    ['how much was kept of an event', 'EVENT_ALTERED', '17', [marked(`x''`)]],
    ['what was kept of an event, which is gone', 'EVENT_ALTERED', '17', [marked('NULL')]],
    ['what was kept of the last event, which is gone', 'EVENT_ADDED', '121', [marked('NULL', 121)]],
    [
      'what was kept of every event from one on, which is gone',
      'EVENT_ADDED',
      '115',
      ['UPDATE events SET mark = NULL WHERE position > 114'],
    ],
    [
      'an event, with what was kept of it gone',
      'EVENT_ALTERED',
      '17',
      [`UPDATE events SET data = '{}', mark = NULL WHERE position = 17`],
    ],
    [
      'an event that another took the place of, without a mark',
      'EVENT_ALTERED',
      '17',
      [
        'DELETE FROM events WHERE position = 17',
        `INSERT INTO events SELECT 17, stream, 99, category, event_type, recorded_at, randomblob(16), data, metadata, NULL
         FROM events WHERE position = 18`,
      ],
    ],
    ['several events, which are gone', 'EVENT_MISSING', '17', ['DELETE FROM events WHERE position IN (17, 18, 19)']],
    [
      'an event that is there twice, mark and all',
      'EVENT_ALTERED',
      '123',
      [
        `INSERT INTO events SELECT 123, stream, 99, category, event_type, recorded_at, id, data, metadata, mark
         FROM events WHERE position = 121`,
      ],
    ],
  ])('is found at the start where it is %s', async (_, divergence, position, statements) => {
    const directory = await killedLog(12, 12, 6);
    rewriteLog(directory, ...statements);
    const { ledger, store } = await opened(directory);
    expect(ledger.state()).toMatchObject({
      phase: 'DIVERGED',
      divergence,
      reason: expect.stringMatching(`position ${position}\\b`),
    });
    const append = guardedBy(store, ledger).append(OTHER, factsOf(OTHER, 30, 1), 30);
    await expect(append).rejects.toMatchObject({ code: 'LEDGER_DIVERGED', divergence });
    await expect(ledger.checkpoint()).rejects.toMatchObject({ code: 'LEDGER_DIVERGED' });
  });

  test('is found where its end was cut off together with a checkpoint that was noted', async () => {
    const directory = await killedLog(12, 12, 6);
    rewriteLog(directory, 'DELETE FROM events WHERE position > 90');
    const { ledger } = await opened(directory);
    expect(ledger.state()).toMatchObject({ phase: 'DIVERGED', divergence: 'LOG_SHORTER' });
  });

  test.each<[string, string, string]>([
    ['altered', 'EVENT_ALTERED', `UPDATE events SET data = '{}' WHERE position = 6157`],
    ['added', 'EVENT_ADDED', `UPDATE events SET category = 1, stream = 1, version = 9999 WHERE position = 6156`],
    ['gone', 'EVENT_MISSING', 'DELETE FROM events WHERE position = 6157'],
  ])(
    'is found at every start where an event is %s that a checkpoint covers already',
    async (_, divergence, statement) => {
      // Of so many leaves under a checkpoint a start looks at some.
      const directory = await killedLog(1_540, 0);
      rewriteLog(directory, statement);
      const { ledger } = await opened(directory);
      expect(ledger.state()).toMatchObject({
        divergence,
        reason: expect.stringMatching(/position 615[67]\b/),
      });
    },
  );

  test('is told apart from one whose marks were damaged, by making the tree anew, which then needs none', async () => {
    const directory = await killedLog(12, 12, 6);
    rewriteLog(directory, marked('zeroblob(17)'), marked('NULL', 115));
    const node = await openTestLedger(directory);
    expect(node.ledger.state().phase).toBe('DIVERGED');
    await node.ledger.rebuild();
    expect(node.ledger.state()).toMatchObject({ phase: 'SOUND', reason: undefined, size: 90, signed: 72 });
    await fill(node.store, 2);
    await expectTreeOfLog(node);
    const killed = copyAsKilled(directory, emptyDirectory());
    expect(runsIn(killed)).toEqual([[0, 90]]);
    const again = await opened(killed);
    expect(again.ledger.state()).toMatchObject({ phase: 'SOUND', size: 96 });
    await expectTreeOfLog(again);
    await node.close();
  });

  test('does not count marks while its tree is being made', async () => {
    const directory = await killedLog(12, 12, 6);
    rewriteLog(directory, `INSERT INTO ledger_settings VALUES ('making', 'yes')`, marked('zeroblob(17)'));
    const node = await opened(directory);
    expect(node.ledger.state()).toMatchObject({ phase: 'SOUND', size: 90 });
    await expectTreeOfLog(node);
  });

  test('has lost a part of its tree where the run of a whole block is gone', async () => {
    const directory = await killedLog(120, 120, 6);
    expect(runsIn(directory)).toEqual([
      [0, 256],
      [256, 256],
    ]);
    rewriteLog(directory, 'DELETE FROM ledger_leaves WHERE first = 256');
    const node = await opened(directory);
    expect(node.ledger.state()).toMatchObject({ phase: 'DIVERGED', divergence: 'TREE_ALTERED' });
    await node.ledger.rebuild();
    expect(node.ledger.state()).toMatchObject({ phase: 'SOUND', size: 738 });
    await expectTreeOfLog(node);
  });

  test('gets its tree anew where all of that is gone, saying so', async () => {
    const directory = await killedLog(120, 120, 6);
    rewriteLog(directory, 'DELETE FROM ledger_leaves; DELETE FROM ledger_nodes; DELETE FROM ledger_settings');
    const node = await opened(directory);
    expect(node.ledger.state()).toMatchObject({ phase: 'SOUND', size: 738 });
    expect(node.said).toContainEqual(expect.objectContaining({ level: 'warn', details: { leaves: '738' } }));
    await expectTreeOfLog(node);
  });

  test('keeps what a run holds that was closed before the kill', async () => {
    const directory = emptyDirectory();
    const first = await openTestLedger(directory);
    await fill(first.store, 5);
    await first.close();
    const second = await openTestLedger(directory);
    await fill(second.store, 5);
    const killed = copyAsKilled(directory, emptyDirectory());
    await second.close();
    expect(runsIn(killed)).toEqual([[0, 15]]);
    rewriteLog(killed, 'DELETE FROM events WHERE position = 25');
    const { ledger } = await opened(killed);
    expect(ledger.state()).toMatchObject({
      divergence: 'EVENT_MISSING',
      reason: expect.stringMatching('position 25\\b'),
    });
  });
});
