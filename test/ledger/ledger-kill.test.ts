import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { rootOf } from '../../src/ledger/merkle-tree';
import { emptyDirectories } from '../support/sqlite-log-files';
import { startTypescript } from '../support/typescript-child';
import { hex, openLogWithTree, treeOfLog } from './support/log-with-tree';

const KILLS = process.env.SOAK === '1' ? 40 : 6;
const MAX_RUN_MS = 120;

describe('SIGKILL under load', () => {
  const emptyDirectory = emptyDirectories();

  test(`after ${KILLS} kills the tree has a leaf for every event that the log has, and for no other`, async () => {
    const directory = emptyDirectory();
    let before = 0;
    for (let kill = 0; kill < KILLS; kill += 1) {
      const child = startTypescript('test/ledger/support/ledger-storm.child.ts', directory);
      await once(child.stdout ?? child, 'data');
      await delay((kill / KILLS) * MAX_RUN_MS);
      child.kill('SIGKILL');
      await once(child, 'close');
      const { store, tree } = openLogWithTree(directory);
      const expected = await treeOfLog(store);
      expect(tree.size()).toBe(expected.events.length);
      expect(hex(rootOf(tree, tree.size()))).toBe(hex(rootOf(expected.tree, tree.size())));
      await store.close();
      expect(expected.events.length).toBeGreaterThan(before);
      before = expected.events.length;
    }
  }, 120_000);
});
