import { KeyObject } from 'node:crypto';
import {
  type Checkpoint,
  type Note,
  parseCheckpoint,
  parseNote,
  parseVerifierKey,
  signersOf,
  type Verifier,
  verifierKeyText,
  verifierOf,
} from '../../ledger/checkpoint-note';
import type { KeyHandover } from '../../ledger/key-handover';
import { textOf } from './bundle-files';
import { BUNDLE_FILES, keyFile, MAX_BUNDLE_KEYS } from './bundle-layout';
import { BundleRejected } from './bundle-rejected';
import { keyChangesOf } from './check-key-changes';
import { isObject } from './event-record';
import type { OpenBundle } from './open-bundle';

/** The checkpoint of a bundle, and who signed it. */
export interface SignedBundle {
  readonly logId: string;
  readonly checkpoint: Checkpoint;
  readonly note: string;
  readonly signers: readonly Verifier[];
  /** How the key came to sign, oldest first. */
  readonly keyChanges: readonly KeyHandover[];
  /** How many keys the bundle holds. */
  readonly keys: number;
}

/** What the verifier was told beforehand, and trusts. */
export interface Pinned {
  /** Keys of the log; one of them must have signed, or have handed over to the one that did. */
  readonly keys?: readonly PinnedKey[];
  /** A checkpoint of the log that was noted at another time. */
  readonly checkpoint?: Checkpoint;
}

/** A key that bears the name of its log, or a bare one. */
export type PinnedKey = Verifier | KeyObject;

const ORIGIN = /^samtykke\/([0-9a-f-]{36})$/;

/**
 * The checkpoint, signed by the keys in the bundle, or by one that was given. Keys in a bundle show no more than that
 * whoever made it holds one: whose log it is follows from a key that was had from elsewhere.
 *
 * @throws BundleRejected
 */
export async function readSignature(bundle: OpenBundle, pinned: Pinned): Promise<SignedBundle> {
  const keys = await readKeys(bundle);
  const file = BUNDLE_FILES.checkpoint;
  const text = await textOf(bundle, file);
  const note = orRejected('CHECKPOINT_INVALID', file, () => parseNote(text));
  const checkpoint = orRejected('CHECKPOINT_INVALID', file, () => parseCheckpoint(note.text));
  const [, logId] = ORIGIN.exec(checkpoint.origin) ?? [];
  if (logId === undefined) throw new BundleRejected('CHECKPOINT_INVALID', { file }, 'it names no log of Samtykke');
  assertOfPinnedLog(checkpoint, pinned);
  const signers = signedBy(note, keys, file);
  assertOfLog(signers, checkpoint);
  assertEachSigned(note, signers, keys);
  const keyChanges = await keyChangesOf(bundle, checkpoint, signers);
  if (pinned.keys) {
    const given = pinned.keys.map((key) => (key instanceof KeyObject ? verifierOf(checkpoint.origin, key) : key));
    assertAnySigned(note, [...signers, ...keyChanges.map(({ from }) => from)], given);
  }
  return { logId, checkpoint, note: text, signers, keyChanges, keys: keys.length };
}

/** @throws BundleRejected CHECKPOINT_NOT_SIGNED */
export function signedBy(note: Note, keys: readonly Verifier[], file: string): readonly Verifier[] {
  const signers = orRejected('CHECKPOINT_NOT_SIGNED', file, () => signersOf(note, keys));
  if (signers.length > 0) return signers;
  throw new BundleRejected('CHECKPOINT_NOT_SIGNED', { file }, 'no key of the bundle signed it');
}

/** Every key is there because it signed, and every signature can be checked with one of them. */
function assertEachSigned({ signatures }: Note, signers: readonly Verifier[], keys: readonly Verifier[]): void {
  if (signers.length < keys.length) {
    throw new BundleRejected('KEY_INVALID', { file: BUNDLE_FILES.keys }, 'it has a key that did not sign');
  }
  if (signatures.length === signers.length) return;
  const why = 'it bears a signature for which the bundle has no key, or one twice';
  throw new BundleRejected('CHECKPOINT_INVALID', { file: BUNDLE_FILES.checkpoint }, why);
}

/** Each key twice, as tools for signed notes take it and as PEM, and both the same. */
async function readKeys(bundle: OpenBundle): Promise<readonly Verifier[]> {
  const file = BUNDLE_FILES.keys;
  const text = await textOf(bundle, file);
  if (!text.endsWith('\n')) throw new BundleRejected('KEY_INVALID', { file }, 'it is no list of verifier keys');
  const lines = text.slice(0, -1).split('\n');
  if (lines.length > MAX_BUNDLE_KEYS || new Set(lines).size < lines.length) {
    throw new BundleRejected('KEY_INVALID', { file }, `it has a key twice, or more than ${MAX_BUNDLE_KEYS}`);
  }
  const keys = lines.map((line) => orRejected('KEY_INVALID', file, () => parseVerifierKey(line)));
  for (const [index, key] of keys.entries()) await assertSamePem(bundle, keyFile(index + 1), key);
  return keys;
}

async function assertSamePem(bundle: OpenBundle, file: string, { publicKey }: Verifier): Promise<void> {
  const pem = await textOf(bundle, file);
  if (pem !== publicKey.export({ format: 'pem', type: 'spki' }).toString())
    throw new BundleRejected('KEY_INVALID', { file }, `it is not the key in ${BUNDLE_FILES.keys}`);
}

function assertOfLog(signers: readonly Verifier[], { origin }: Checkpoint): void {
  if (signers.every(({ name }) => name === origin)) return;
  throw new BundleRejected('KEY_INVALID', { file: BUNDLE_FILES.keys }, `it is no key of ${origin}`);
}

function assertOfPinnedLog({ origin }: Checkpoint, pinned: Pinned): void {
  const names = pinned.keys?.flatMap((key) => (key instanceof KeyObject ? [] : key.name)) ?? [];
  const [otherKey] = names.includes(origin) ? [] : names;
  const other = pinned.checkpoint && pinned.checkpoint.origin !== origin ? pinned.checkpoint.origin : otherKey;
  if (other === undefined) return;
  const why = `it is of ${origin}, not of ${other}`;
  throw new BundleRejected('BUNDLE_OF_ANOTHER_LOG', { file: BUNDLE_FILES.checkpoint }, why);
}

/** @param known who signed it, and who handed over to them */
function assertAnySigned(note: Note, known: readonly Verifier[], pinned: readonly Verifier[]): void {
  const given = new Set(pinned.map(verifierKeyText));
  const signed = [
    ...known,
    ...orRejected('CHECKPOINT_NOT_SIGNED', BUNDLE_FILES.checkpoint, () => signersOf(note, pinned)),
  ];
  if (signed.some((signer) => given.has(verifierKeyText(signer)))) return;
  const why = 'it is signed, but not with the key that was given, nor with one that it named';
  throw new BundleRejected('KEY_NOT_AS_GIVEN', { file: BUNDLE_FILES.checkpoint }, why);
}

function orRejected<T>(
  code: 'CHECKPOINT_INVALID' | 'CHECKPOINT_NOT_SIGNED' | 'KEY_INVALID',
  file: string,
  read: () => T,
): T {
  try {
    return read();
  } catch (error) {
    // Whatever goes wrong in reading a few lines of text is that they are not what they should be.
    throw new BundleRejected(code, { file }, isObject(error) ? String(error.message) : 'it cannot be read');
  }
}
