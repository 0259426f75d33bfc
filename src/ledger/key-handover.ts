import {
  type Checkpoint,
  checkpointText,
  NoteInvalid,
  parseCheckpoint,
  parseNote,
  parseVerifierKey,
  type Signer,
  signersOf,
  signNote,
  type Verifier,
  verifierKeyText,
} from './checkpoint-note';

/** Most changes of keys that are gone through: a log that changed its key each month for eight years has as many. */
export const MAX_KEY_CHANGES = 100;

/**
 * A key names the one that signs after it, as a C2SP signed note signed by both. Both signatures under one checkpoint
 * would not say so: anybody can put theirs under a checkpoint that was handed out.
 */
export interface KeyHandover {
  readonly note: string;
  readonly from: Verifier;
  readonly to: Verifier;
  /** What the older key signed last. */
  readonly checkpoint: Checkpoint;
}

/** Each of the signers of a checkpoint to the next. */
export function handOver(checkpoint: Checkpoint, signers: readonly Signer[]): readonly string[] {
  return signers.flatMap((from, place) => {
    const to = signers[place + 1];
    return to ? [signNote(handoverText(to, checkpoint), [from, to])] : [];
  });
}

/** The key that takes over, after the words of the checkpoint from which on it does. */
function handoverText(to: Verifier, checkpoint: Checkpoint): string {
  return `${checkpointText(checkpoint)}next key ${verifierKeyText(to)}\n`;
}

/**
 * @param from the key that must have signed it, beside the one that it names
 * @throws NoteInvalid
 */
export function readHandover(note: string, from: Verifier): KeyHandover {
  const parsed = parseNote(note);
  const [, named = ''] = /\nnext key (\S+)\n$/.exec(parsed.text) ?? [];
  const to = parseVerifierKey(named);
  const checkpoint = parseCheckpoint(parsed.text);
  const isWhole = signersOf(parsed, [from, to]).length === 2 && parsed.signatures.length === 2;
  const isOne =
    parsed.text === handoverText(to, checkpoint) && from.name === to.name && from.name === checkpoint.origin;
  if (!isWhole || !isOne || verifierKeyText(from) === verifierKeyText(to)) {
    throw new NoteInvalid('This is no note in which a key of a log hands over to another.');
  }
  return { note, from, to, checkpoint };
}
