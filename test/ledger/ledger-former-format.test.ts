import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { restoreLog } from '../../src/event-store/sqlite/restore-log';
import { rootOf } from '../../src/ledger/merkle-tree';
import { collect } from '../support/event-store-samples';
import { emptyDirectories } from '../support/sqlite-log-files';
import { fill } from './support/filled-log';
import { toFormerFormat } from './support/former-format';
import { copyAsKilled, rewriteLog, runsIn, withLogFile } from './support/log-files';
import { expectTreeOfLog, hex } from './support/log-with-tree';
import { openTestLedger } from './support/test-ledger';

describe('a log of the format before events had marks', () => {
  const emptyDirectory = emptyDirectories();

  async function formerLog(rounds: number, together: number): Promise<{ directory: string; root: string }> {
    const directory = emptyDirectory();
    const node = await openTestLedger(directory);
    await fill(node.store, rounds);
    await node.ledger.checkpoint();
    const root = hex(rootOf(node.tree, node.tree.size()));
    await node.close();
    toFormerFormat(join(directory, 'data', 'events.db'), together);
    return { directory, root };
  }

  const formatOf = (directory: string): unknown =>
    withLogFile(directory, (database) => database.pragma('user_version', { simple: true }));

  test.each([
    [12, 1],
    [12, 7],
    [100, 1],
    [100, 300],
    [256, 64],
  ])(
    'of %i rounds, %i leaves together, keeps its root, goes on from there, and is whole after a kill',
    async (rounds, together) => {
      const { directory, root } = await formerLog(rounds, together);
      expect(formatOf(directory)).toBe(1);
      const node = await openTestLedger(directory);
      expect(node.ledger.state()).toMatchObject({ phase: 'SOUND', size: 3 * rounds, signed: 3 * rounds });
      expect(hex(rootOf(node.tree, node.tree.size()))).toBe(root);
      expect(node.said).toEqual([]);
      await fill(node.store, 90);
      await expectTreeOfLog(node);
      const killed = copyAsKilled(directory, emptyDirectory());
      await node.close();
      expect(formatOf(directory)).toBe(2);
      // The run that goes on where the last of the former release ends, inside a block, is a whole one's rest.
      const ends = runsIn(killed).map(([first, count]) => first + count);
      expect(ends.at(-1)).toBe(3 * (rounds + 90) - ((3 * (rounds + 90)) % 256));
      for (const each of [directory, killed]) {
        const again = await openTestLedger(each);
        expect(again.ledger.state()).toMatchObject({ phase: 'SOUND', size: 3 * (rounds + 90) });
        await expectTreeOfLog(again);
        await again.close();
      }
    },
  );

  test('has every event as it was', async () => {
    const { directory } = await formerLog(20, 1);
    const rows = withLogFile(directory, (before) =>
      before.prepare('SELECT position, data, metadata FROM events ORDER BY position').all(),
    );
    const { store, close } = await openTestLedger(directory);
    const read = (await collect(store.readAll())).map(({ position, data, metadata }) => ({
      position: Number(position),
      data: JSON.stringify(data),
      metadata: JSON.stringify(metadata),
    }));
    expect(read).toEqual(rows);
    await close();
  });

  test.each<[string, string, string]>([
    ['an event was altered', 'EVENT_ALTERED', `UPDATE events SET data = '{}' WHERE position = 17`],
    ['the last event is gone', 'LOG_SHORTER', 'DELETE FROM events WHERE position = 79'],
    ['a leaf is gone', 'TREE_ALTERED', 'DELETE FROM ledger_leaves WHERE first = 20'],
    ['the last leaf is gone', 'TREE_ALTERED', 'DELETE FROM ledger_leaves WHERE first = 59'],
  ])('is found out where %s, before it is opened for the first time', async (_, divergence, statement) => {
    const { directory } = await formerLog(20, 1);
    rewriteLog(directory, statement);
    const { ledger, close } = await openTestLedger(directory);
    expect(ledger.state()).toMatchObject({ phase: 'DIVERGED', divergence });
    await close();
  });

  test('is restored from a backup, and opened', async () => {
    const { directory, root } = await formerLog(100, 1);
    const backup = emptyDirectory();
    mkdirSync(backup, { recursive: true });
    cpSync(join(directory, 'data', 'events.db'), join(backup, 'events.db'));
    rmSync(join(directory, 'data', 'events.db'));
    restoreLog(backup, join(directory, 'data'), 'events.db');
    const node = await openTestLedger(directory);
    expect(node.ledger.state()).toMatchObject({ phase: 'SOUND', size: 300, signed: 300 });
    expect(hex(rootOf(node.tree, 300))).toBe(root);
    await node.close();
  });
});
