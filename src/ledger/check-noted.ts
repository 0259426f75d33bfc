import { isBeginning } from './check-checkpoints';
import type { SignedCheckpoint } from './checkpoint-stream';
import { type DivergencePlace, LedgerDiverged } from './ledger-faults';
import type { LedgerTree } from './ledger-tree';
import type { NotedCheckpoint } from './noted-checkpoint';
import type { SigningParts } from './sign-checkpoints';

/**
 * Makes sure that the log goes on from the checkpoint that was noted beside the keys, and still has it.
 *
 * @param noted read before `last` was: another node may note one that came after
 * @param last the newest checkpoint of the log, from which the tree is known to go on
 * @throws LedgerDiverged StoreUnavailable
 */
export async function assertHasNoted(
  parts: SigningParts,
  noted: NotedCheckpoint | undefined,
  last: SignedCheckpoint | undefined,
): Promise<void> {
  if (noted === undefined || (last?.version === noted.version && last.note === noted.note)) return;
  const { tree, inStep, checkpoints } = parts;
  const size = tree.size();
  // A tree that follows its log may be behind; that it was cut off is found by the checkpoint, which the log has not.
  if (inStep && size < noted.size) throw cutShort(tree, noted, last);
  if (size >= noted.size && !isBeginning(tree, noted)) throw rewritten(tree, noted, last);
  if (last === undefined || last.version < noted.version) {
    const has = last === undefined ? 'none' : `${last.version}`;
    throw new LedgerDiverged(
      'CHECKPOINT_MISSING',
      `Checkpoint ${noted.version} of ${noted.size} leaves was noted beside the keys, and the log has ${has}.`,
      placeBetween(tree, last?.size ?? 0, noted.size),
    );
  }
  if ((await checkpoints.at(noted.version)).note === noted.note) return;
  throw new LedgerDiverged(
    'CHECKPOINT_ALTERED',
    `Checkpoint ${noted.version} of the log is not the one that was noted beside the keys.`,
  );
}

function cutShort(tree: LedgerTree, noted: NotedCheckpoint, last: SignedCheckpoint | undefined): LedgerDiverged {
  const place = placeBetween(tree, last?.size ?? 0, tree.size());
  const where = place === undefined ? '' : `, behind or between positions ${place.from} and ${place.to} of the store`;
  return new LedgerDiverged(
    'LOG_SHORTER',
    `Checkpoint ${noted.version} was noted beside the keys and signs ${noted.size} leaves, and the log has ` +
      `${tree.size()}: events are gone${where}.`,
    place,
  );
}

function rewritten(tree: LedgerTree, noted: NotedCheckpoint, last: SignedCheckpoint | undefined): LedgerDiverged {
  const place = placeBetween(tree, last?.size ?? 0, noted.size);
  const where =
    place === undefined ? '' : `: it was altered between positions ${place.from} and ${place.to} of the store`;
  return new LedgerDiverged(
    'ROOT_DIFFERS',
    `The log does not have the root that checkpoint ${noted.version}, noted beside the keys, signs over ` +
      `${noted.size} leaves${where}.`,
    place,
  );
}

/** Of the leaves from one on, up to another; undefined where the tree has none of them. */
function placeBetween(tree: LedgerTree, from: number, end: number): DivergencePlace | undefined {
  const last = Math.min(end, tree.size()) - 1;
  if (last < 0) return undefined;
  return { from: tree.positionOf(Math.min(from, last)), to: tree.positionOf(last) };
}
