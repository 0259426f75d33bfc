import { WrongExpectedVersion } from '../event-store/event-store';
import { isBeginning, whereRootsDiffer } from './check-checkpoints';
import type { CheckedLog } from './check-leaves';
import { assertHasNoted } from './check-noted';
import { verifierKeyText } from './checkpoint-note';
import type { CheckpointStream, SignedCheckpoint } from './checkpoint-stream';
import { LedgerDiverged, LedgerKeyUnknown } from './ledger-faults';
import type { LedgerKey } from './ledger-keys';
import { rootOf } from './merkle-tree';
import type { CheckpointMemory } from './noted-checkpoint';

export interface SigningParts extends CheckedLog {
  readonly origin: string;
  readonly checkpoints: CheckpointStream;
  /** Keys of this log, oldest first; read anew each time, since a command may have added one. */
  readonly keys: () => readonly LedgerKey[];
  /** The newest checkpoint that was seen, kept apart from the log. */
  readonly memory: CheckpointMemory;
}

/** Other nodes may be first so often before this one gives up for now; what they signed is as good. */
const MAX_CONFLICTS = 20;

/**
 * The newest checkpoint, after making one where the tree has grown or the key has changed since. At a change of keys
 * the checkpoint is signed by the old and the new one (rule L3).
 *
 * @returns undefined for a tree without leaves; one that reaches further than this node's tree where that is behind
 * @throws LedgerDiverged LedgerKeyUnknown StoreUnavailable
 */
export async function signCheckpoint(parts: SigningParts): Promise<SignedCheckpoint | undefined> {
  const { tree, checkpoints, origin, keys } = parts;
  let last: SignedCheckpoint | undefined;
  for (let conflicts = 0; conflicts <= MAX_CONFLICTS; conflicts += 1) {
    const noted = parts.memory.read();
    last = await checkpoints.last();
    await assertExtends(parts, last);
    await assertHasNoted(parts, noted, last);
    const size = tree.size();
    const { signers, replacesLost } = signersAfter(last, keys());
    const isCurrent = last !== undefined && last.size >= size && signers.length === 1 && !replacesLost;
    if (isCurrent || size === 0 || (last !== undefined && last.size > size)) return last;
    try {
      await checkpoints.append({ origin, size, root: rootOf(tree, size) }, signers, last?.version ?? 0, replacesLost);
    } catch (error) {
      if (!(error instanceof WrongExpectedVersion)) throw error;
    }
  }
  return last;
}

/**
 * Makes sure that the tree goes on from a checkpoint.
 * @throws LedgerDiverged
 */
export async function assertExtends(parts: SigningParts, last: SignedCheckpoint | undefined): Promise<void> {
  const { tree, checkpoints, inStep } = parts;
  if (last === undefined) return;
  if (last.size > tree.size()) {
    if (inStep) throw logShorter(parts, last);
    return;
  }
  if (!isBeginning(tree, last)) throw await whereRootsDiffer(tree, checkpoints, last);
}

export function logShorter({ tree }: Pick<SigningParts, 'tree'>, { version, size }: SignedCheckpoint): LedgerDiverged {
  const kept = tree.size();
  const end = kept === 0 ? undefined : tree.positionOf(kept - 1);
  return new LedgerDiverged(
    'LOG_SHORTER',
    `Checkpoint ${version} signs ${size} leaves, and the log has ${kept}: what came after position ${end ?? 'none'} of the store is gone.`,
    end && { from: end, to: end },
  );
}

/**
 * Who has to sign next: the newest key; and where it has not signed before, one that signed the last checkpoint too.
 * @throws LedgerKeyUnknown none of those is at hand
 */
export function signersAfter(
  last: SignedCheckpoint | undefined,
  keys: readonly LedgerKey[],
): { readonly signers: readonly LedgerKey[]; readonly replacesLost: boolean } {
  const newest = keys.at(-1);
  if (newest === undefined) throw new LedgerKeyUnknown();
  // A key that was exported and changed before it signed anything is vouched for by the first checkpoint.
  if (last === undefined) return { signers: keys, replacesLost: false };
  const signed = new Set(last.signers.map(verifierKeyText));
  if (signed.has(verifierKeyText(newest))) return { signers: [newest], replacesLost: false };
  const old = keys.filter((key) => signed.has(verifierKeyText(key))).at(-1);
  if (old !== undefined) return { signers: [old, newest], replacesLost: false };
  if (newest.replacesLost) return { signers: [newest], replacesLost: true };
  throw new LedgerKeyUnknown();
}
