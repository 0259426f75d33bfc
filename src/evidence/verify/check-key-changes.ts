import {
  type Checkpoint,
  NoteInvalid,
  parseVerifierKey,
  type Verifier,
  verifierKeyText,
} from '../../ledger/checkpoint-note';
import { type KeyHandover, readHandover } from '../../ledger/key-handover';
import { verifyConsistency } from '../../ledger/verify-proof';
import { readKeyChanges } from './bundle-files';
import { BUNDLE_FILES, type KeyChangeLine } from './bundle-layout';
import { BundleRejected } from './bundle-rejected';
import { pathOf } from './check-events';
import type { OpenBundle } from './open-bundle';

const file = BUNDLE_FILES.keyChanges;

/**
 * How the key of a bundle came to sign, oldest first: each key names the next, the last one a signer of the checkpoint,
 * and what a key signed last is the beginning of the log that the bundle is of. Whoever trusts one of them so trusts
 * the signer.
 *
 * @throws BundleRejected KEY_CHANGE_INVALID FILE_MALFORMED
 */
export async function keyChangesOf(
  bundle: OpenBundle,
  checkpoint: Checkpoint,
  signers: readonly Verifier[],
): Promise<readonly KeyHandover[]> {
  const lines = await readKeyChanges(bundle);
  const changes: KeyHandover[] = [];
  for (const [index, line] of lines.entries()) {
    const wrong = (why: string) => new BundleRejected('KEY_CHANGE_INVALID', { file, place: `line ${index + 1}` }, why);
    const change = handoverIn(line, wrong);
    if (!isBeginning(change.checkpoint, line, checkpoint)) throw wrong('it is not of the log that was signed');
    const before = changes.at(-1);
    if (before && !isSame(before.to, change.from)) throw wrong('its key is not the one that the line before names');
    changes.push(change);
  }
  const [last] = changes.slice(-1);
  if (last && !signers.some((signer) => isSame(signer, last.to))) {
    throw new BundleRejected('KEY_CHANGE_INVALID', { file }, 'it does not lead to a key that signed the checkpoint');
  }
  return changes;
}

function handoverIn({ from, note }: KeyChangeLine, wrong: (why: string) => BundleRejected): KeyHandover {
  try {
    return readHandover(note, parseVerifierKey(from));
  } catch (error) {
    if (!(error instanceof NoteInvalid)) throw error;
    throw wrong(error.message);
  }
}

function isBeginning(earlier: Checkpoint, line: KeyChangeLine, { origin, size, root }: Checkpoint): boolean {
  const claim = { from: earlier.size, to: size, fromRoot: earlier.root, toRoot: root };
  return earlier.origin === origin && verifyConsistency({ ...claim, hashes: pathOf(line) });
}

const isSame = (a: Verifier, b: Verifier) => verifierKeyText(a) === verifierKeyText(b);
