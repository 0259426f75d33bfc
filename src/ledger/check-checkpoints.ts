import { type Verifier, verifierKeyText } from './checkpoint-note';
import { type CheckpointStream, firstWhere, type SignedCheckpoint } from './checkpoint-stream';
import { LedgerDiverged, LedgerKeyUnknown } from './ledger-faults';
import type { LedgerTree } from './ledger-tree';
import { rootOf } from './merkle-tree';

/** True when the tree begins as the checkpoint says. */
export function isBeginning(tree: LedgerTree, { size, root }: Pick<SignedCheckpoint, 'size' | 'root'>): boolean {
  return size <= tree.size() && Buffer.compare(rootOf(tree, size), root) === 0;
}

/** Where a tree leaves the checkpoints: behind the last that it agrees with, up to the first that it does not. */
export async function whereRootsDiffer(
  tree: LedgerTree,
  checkpoints: CheckpointStream,
  newest: SignedCheckpoint,
): Promise<LedgerDiverged> {
  const first = await firstWhere(newest, checkpoints.at, (each) => !isBeginning(tree, each));
  const before = first.version === 1 ? 0 : (await checkpoints.at(first.version - 1)).size;
  const from = Math.min(before, tree.size() - 1);
  const to = Math.min(first.size, tree.size()) - 1;
  const message = `The log does not have the root that checkpoint ${first.version} signs over ${first.size} leaves`;
  if (from < 0 || to < from) return new LedgerDiverged('ROOT_DIFFERS', `${message}.`);
  const place = { from: tree.positionOf(from), to: tree.positionOf(to) };
  const where = `it was altered between positions ${place.from} and ${place.to} of the store`;
  return new LedgerDiverged('ROOT_DIFFERS', `${message}: ${where}.`, place);
}

/**
 * Goes through the checkpoints from the newest to the first: each is signed by a key that the one after it was signed
 * by, the newest by one that is at hand; sizes never decrease; each signs the root of the log.
 *
 * @param trusted whose keys are at hand
 * @param pause called now and then, so that others have their turn
 * @throws LedgerDiverged LedgerKeyUnknown StoreUnavailable
 */
export async function checkCheckpoints(
  tree: LedgerTree,
  checkpoints: Pick<CheckpointStream, 'backwards'>,
  trusted: () => readonly Verifier[],
  pause: () => Promise<void>,
): Promise<void> {
  let known: ReadonlySet<string> | undefined;
  let after: SignedCheckpoint | undefined;
  for await (const each of checkpoints.backwards()) {
    const altered = (why: string) =>
      new LedgerDiverged('CHECKPOINT_ALTERED', `Checkpoint ${each.version} of the log ${why}.`);
    if (after !== undefined && each.version !== after.version - 1) throw missingBefore(after);
    // Only now: a key that was put back meanwhile counts.
    if (after === undefined) known = new Set(trusted().map(verifierKeyText));
    const signers = each.signers.map(verifierKeyText);
    if (known !== undefined && !signers.some((key) => known?.has(key))) {
      throw after === undefined ? new LedgerKeyUnknown() : altered('is signed by nobody whose key is known');
    }
    if (after !== undefined && each.size > after.size) throw altered('does not come before the one after it');
    if (each.size <= tree.size() && !isBeginning(tree, each)) throw altered('does not sign the root of the log');
    // Nobody vouches for a key that was lost, so who signed with it is taken as they are.
    known = each.replacesLost ? undefined : new Set([...(known ?? []), ...signers]);
    after = each;
    await pause();
  }
  if (after !== undefined && after.version !== 1) throw missingBefore(after);
}

function missingBefore({ version }: SignedCheckpoint): LedgerDiverged {
  return new LedgerDiverged('CHECKPOINT_MISSING', `Checkpoint ${version - 1} of the log is missing.`);
}
