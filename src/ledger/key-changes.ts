import { type Verifier, verifierKeyText } from './checkpoint-note';
import { type CheckpointStream, firstWhere, type SignedCheckpoint } from './checkpoint-stream';
import { type KeyHandover, MAX_KEY_CHANGES } from './key-handover';

/**
 * How the key that signed a checkpoint came to sign, from the oldest key on that vouches for it. It ends where a key was
 * lost, since nobody vouched for the next, and after {@link MAX_KEY_CHANGES}.
 *
 * @throws LedgerDiverged StoreUnavailable
 */
export async function keyChangesUpTo(
  { at }: Pick<CheckpointStream, 'at'>,
  checkpoint: SignedCheckpoint,
): Promise<readonly KeyHandover[]> {
  const changes: KeyHandover[] = [];
  let first = checkpoint;
  let key = checkpoint.signers.at(-1);
  while (key !== undefined) {
    first = await firstWhere(first, at, signedBy(key));
    changes.unshift(...first.handovers);
    if (changes.length > MAX_KEY_CHANGES) return changes.slice(-MAX_KEY_CHANGES);
    key = first.version === 1 ? undefined : first.handovers[0]?.from;
  }
  return changes;
}

/** A key signs on until another takes over, and never again. */
function signedBy(key: Verifier): (checkpoint: SignedCheckpoint) => boolean {
  const text = verifierKeyText(key);
  return ({ signers }) => signers.some((each) => verifierKeyText(each) === text);
}
