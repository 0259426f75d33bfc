import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { Position } from '../../src/event-store/event-store';
import { leafOf } from '../../src/ledger/leaf';
import { guardedBy } from '../../src/ledger/ledger';
import { ensureLedgerKey } from '../../src/ledger/ledger-keys';
import { emptyDirectories } from '../support/sqlite-log-files';
import { ALTERATIONS } from './support/alterations';
import { fill, OTHER } from './support/filled-log';
import { rewriteLog, withLogFile } from './support/log-files';
import { factsOf } from './support/log-with-tree';
import { openedLedgers, openTestLedger } from './support/test-ledger';

describe('a log that was rewritten', () => {
  const emptyDirectory = emptyDirectories();
  const opened = openedLedgers();

  /**
   * A log of 120 events with two checkpoints, and some events that no checkpoint covers yet. The node was closed twice on
   * the way, so that leaves stand in runs from 0, 36 and 72 on.
   */
  async function closedLog(directory = emptyDirectory()): Promise<string> {
    for (const [session, rounds] of [12, 12, 6].entries()) {
      const node = await openTestLedger(directory);
      await fill(node.store, rounds);
      node.clock.nowMs += session * 5_000;
      if (rounds === 12) await node.ledger.checkpoint();
      await node.close();
    }
    return directory;
  }

  test.each<[string, string, string, readonly string[]]>([
    ...ALTERATIONS,
    [
      'the last event, which is gone',
      'LOG_SHORTER',
      '121',
      ['DELETE FROM events WHERE position > 120 AND position < 122'],
    ],
    ['all events since the last checkpoint', 'LOG_SHORTER', '99', ['DELETE FROM events WHERE position > 98']],
  ])('is found at the start where it is %s', async (_, divergence, position, statements) => {
    const directory = await closedLog();
    rewriteLog(directory, ...statements);
    const { ledger, store, said } = await opened(directory);
    expect(ledger.state()).toMatchObject({
      phase: 'DIVERGED',
      reason: expect.stringMatching(`^${divergence}: .*position ${position}\\b`),
    });
    expect(said).toContainEqual({
      level: 'error',
      message: expect.stringContaining('Nothing more is written'),
      details: expect.objectContaining({ from: position, to: position }),
    });
    const append = guardedBy(store, ledger).append(OTHER, factsOf(OTHER, 30, 1), 30);
    await expect(append).rejects.toMatchObject({ code: 'LEDGER_DIVERGED', divergence });
    await expect(ledger.checkpoint()).rejects.toMatchObject({ code: 'LEDGER_DIVERGED' });
  });

  test('is not what a log is that was only closed', async () => {
    const directory = await closedLog();
    const { ledger, store, said } = await opened(directory);
    expect(ledger.state()).toMatchObject({ phase: 'SOUND', reason: undefined, size: 90, signed: 72 });
    expect(said).toEqual([]);
    await guardedBy(store, ledger).append(OTHER, factsOf(OTHER, 30, 1), 30);
  });

  test('is found where the leaf was altered with the event', async () => {
    const directory = await closedLog();
    withLogFile(directory, (database) => alterWithLeaf(database, 17));
    const { ledger } = await opened(directory);
    expect(ledger.state()).toMatchObject({
      phase: 'DIVERGED',
      reason: expect.stringMatching(/^(TREE_ALTERED|ROOT_DIFFERS): /),
    });
  });

  test('is found where the whole tree was made anew over it, between the checkpoints where it happened', async () => {
    const directory = await closedLog();
    withLogFile(directory, (database) => {
      database.exec(`UPDATE events SET data = '{}' WHERE position = 62`);
      database.exec('DELETE FROM ledger_leaves; DELETE FROM ledger_nodes; UPDATE events SET mark = NULL');
    });
    const { ledger, said } = await opened(directory);
    expect(ledger.state()).toMatchObject({ phase: 'DIVERGED', reason: expect.stringMatching(/^ROOT_DIFFERS: /) });
    const [{ from, to } = {}] = said.filter(({ level }) => level === 'error').map(({ details }) => details);
    expect(Number(from)).toBeLessThanOrEqual(62);
    expect(Number(from)).toBeGreaterThan(48);
    expect(Number(to)).toBeGreaterThanOrEqual(62);
    expect(Number(to)).toBeLessThan(99);
  });

  test.each<[string, string]>([
    ['leaves', 'DELETE FROM ledger_leaves WHERE first = 36'],
    ['its end, with the marks', 'DELETE FROM ledger_leaves WHERE first >= 36; UPDATE events SET mark = NULL'],
    ['the beginning of the leaves', 'DELETE FROM ledger_leaves WHERE first = 0'],
    ['what a leaf holds', 'UPDATE ledger_leaves SET leaves = zeroblob(length(leaves)) WHERE first = 36'],
    ['how many leaves there are', 'UPDATE ledger_leaves SET leaves = zeroblob(64) WHERE first = 36'],
    ['the form of a leaf', `UPDATE ledger_leaves SET leaves = x'00' WHERE first = 36`],
    [
      'the form of the last leaf',
      `UPDATE ledger_leaves SET leaves = x'00' WHERE first = (SELECT max(first) FROM ledger_leaves)`,
    ],
    ['the form of a position', `UPDATE ledger_leaves SET positions = '' WHERE first = 36`],
    [
      'a position that is none',
      `UPDATE ledger_leaves SET positions = 'x' WHERE first = (SELECT max(first) FROM ledger_leaves)`,
    ],
    ['where the events of leaves are', `UPDATE ledger_leaves SET positions = '9000' WHERE first = 36`],
    ['where the last events are', `UPDATE ledger_leaves SET positions = '9000' WHERE first = 72`],
  ])('is told apart from a tree that lost or altered %s, which is made anew from the log', async (_, statement) => {
    const directory = await closedLog();
    rewriteLog(directory, statement);
    const { ledger, checkpoints } = await opened(directory);
    expect(ledger.state().phase).toBe('DIVERGED');
    await ledger.rebuild();
    expect(ledger.state()).toMatchObject({ phase: 'SOUND', reason: undefined, size: 90, signed: 72 });
    expect(await checkpoints()).toHaveLength(2);
  });

  test('is not mended by making the tree anew', async () => {
    const directory = await closedLog();
    rewriteLog(directory, `UPDATE events SET data = '{}' WHERE position = 17`);
    const { ledger } = await opened(directory);
    await ledger.rebuild();
    expect(ledger.state()).toMatchObject({ phase: 'DIVERGED', reason: expect.stringMatching(/^ROOT_DIFFERS: /) });
  });

  test('is found where it was cut off together with its tree, before the last checkpoint', async () => {
    const directory = await closedLog();
    rewriteLog(
      directory,
      'DELETE FROM events WHERE position BETWEEN 80 AND 97 OR position > 98',
      'UPDATE events SET position = 80 WHERE position = 98',
      'DELETE FROM ledger_leaves WHERE first >= 36',
    );
    const { ledger } = await opened(directory);
    expect(ledger.state()).toMatchObject({ phase: 'DIVERGED', reason: expect.stringMatching(/^LOG_SHORTER: /) });
  });

  test('gets its first tree where it was written before there were any', async () => {
    const directory = emptyDirectory();
    const node = await openTestLedger(directory);
    await fill(node.store, 400);
    await node.close();
    rewriteLog(directory, 'DROP TABLE ledger_leaves', 'DROP TABLE ledger_nodes', 'DROP TABLE ledger_settings');
    rewriteLog(directory, 'ALTER TABLE events DROP COLUMN mark', 'PRAGMA user_version = 1');
    const { ledger, said } = await opened(directory);
    expect(ledger.state()).toMatchObject({ phase: 'SOUND', size: 1_200 });
    expect(said).toEqual([]);
    expect((await ledger.checkpoint())?.size).toBe(1_200);
  });

  test.each<[string, string]>([
    ['the note', `UPDATE events SET data = replace(data, 'samtykke/', 'samtykkE/') WHERE position = 98`],
    ['the size', `UPDATE events SET data = json_set(data, '$.size', 71) WHERE position = 98`],
    ['the root', `UPDATE events SET data = json_set(data, '$.rootHash', 'AAAA') WHERE position = 98`],
    ['the keys', `UPDATE events SET data = json_set(data, '$.keys', json('[]')) WHERE position = 98`],
    ['the form', `UPDATE events SET data = '{}' WHERE position = 98`],
  ])('is found where %s of the last checkpoint was altered', async (_, statement) => {
    const directory = await closedLog();
    rewriteLog(directory, statement);
    const { ledger } = await opened(directory);
    expect(ledger.state()).toMatchObject({
      phase: 'DIVERGED',
      reason: expect.stringMatching(/^CHECKPOINT_ALTERED: Checkpoint 2 /),
    });
  });

  test('whose checkpoints were signed again by somebody else is not signed on', async () => {
    const directory = await closedLog();
    const strange = emptyDirectory();
    ensureLedgerKey(join(strange, 'keys'), 'samtykke/none', () => undefined);
    await closedLog(strange);
    const theirs = new Database(join(strange, 'data', 'events.db'));
    const forged = theirs.prepare<[], { data: string }>('SELECT data FROM events WHERE position = 98').get();
    theirs.close();
    withLogFile(directory, (database) => {
      database.prepare('UPDATE events SET data = ? WHERE position = 98').run(forged?.data);
    });
    const { ledger } = await opened(directory);
    expect(['KEY_UNKNOWN', 'DIVERGED']).toContain(ledger.state().phase);
    expect(() => ledger.assertSound()).toThrow();
  });
});

function alterWithLeaf(database: Database.Database, position: number): void {
  interface Row {
    readonly first: number;
    readonly leaves: Buffer;
  }
  database.prepare(`UPDATE events SET recorded_at = 0 WHERE position = ?`).run(position);
  const event = database
    .prepare<[number], { id: string; data: string; metadata: string; version: number; stream: string; type: string }>(`
      SELECT lower(hex(id)) AS id, data, metadata, version, categories.name || '-' || lower(hex(uuid)) AS stream, event_types.name AS type
      FROM events JOIN streams USING (stream) JOIN categories ON categories.category = events.category JOIN event_types USING (event_type)
      WHERE position = ?`)
    .get(position);
  if (event === undefined) throw new Error('There is no such event.');
  const dashed = (text: string) => text.replace(/(\w{8})(\w{4})(\w{4})(\w{4})(\w{12})$/, '$1-$2-$3-$4-$5');
  const leaf = leafOf({
    ...event,
    id: dashed(event.id),
    stream: dashed(event.stream),
    position: '0' as Position,
    recordedAt: 0,
    data: JSON.parse(event.data),
    metadata: JSON.parse(event.metadata),
  });
  const index = position - 1 - Math.floor((position - 1) / 4);
  const row = database
    .prepare<[number], Row>('SELECT first, leaves FROM ledger_leaves WHERE first <= ? ORDER BY first DESC')
    .get(index);
  if (row === undefined) throw new Error('There is no such leaf.');
  leaf.copy(row.leaves, (index - row.first) * 64);
  database.prepare('UPDATE ledger_leaves SET leaves = ? WHERE first = ?').run(row.leaves, row.first);
}
