import type { CheckedLog } from './check-leaves';
import { leafOf } from './leaf';
import { LedgerDiverged } from './ledger-faults';
import { createTree, hashLeaf, rootOf } from './merkle-tree';
import type { NotedCheckpoint } from './noted-checkpoint';

/**
 * Makes sure that a log goes on from the checkpoint that was noted beside the keys, by its events alone.
 * @throws LedgerDiverged StoreUnavailable
 */
export async function assertLogGoesOnFrom(
  { store, prefixes }: CheckedLog,
  noted: NotedCheckpoint | undefined,
): Promise<void> {
  if (noted === undefined) return;
  const tree = createTree();
  let size = 0;
  for await (const event of store.readAll({ prefixes, limit: noted.size })) {
    tree.append(hashLeaf(leafOf(event)));
    size += 1;
  }
  if (size < noted.size) {
    const message = `The log has ${size} events, and the checkpoint noted beside the keys signs ${noted.size} leaves.`;
    throw new LedgerDiverged('LOG_SHORTER', message);
  }
  if (Buffer.compare(rootOf(tree, size), noted.root) === 0) return;
  throw new LedgerDiverged(
    'ROOT_DIFFERS',
    `The log does not have the root that the checkpoint noted beside the keys signs over ${size} leaves.`,
  );
}
