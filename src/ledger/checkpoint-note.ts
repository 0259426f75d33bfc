import { createPublicKey, hash, type KeyObject, sign, verify } from 'node:crypto';
import { HASH_BYTES } from './merkle-tree';

/**
 * Checkpoints as text that other people's tools read: C2SP tlog-checkpoint in a C2SP signed note, with Ed25519
 * (https://c2sp.org/tlog-checkpoint, https://c2sp.org/signed-note).
 */
export interface Checkpoint {
  /** Names the log. */
  readonly origin: string;
  /** Number of leaves. */
  readonly size: number;
  readonly root: Uint8Array;
}

/** Somebody who signs, as others know them. */
export interface Verifier {
  readonly name: string;
  /** First four bytes of a hash over name and key, which stand before each signature. */
  readonly keyId: Uint8Array;
  readonly publicKey: KeyObject;
}

export interface Signer extends Verifier {
  readonly privateKey: KeyObject;
}

/** The text is no note, no checkpoint or no verifier key, or a signature in it is wrong. */
export class NoteInvalid extends Error {
  override readonly name = 'NoteInvalid';
  readonly code = 'CHECKPOINT_NOTE_INVALID';
}

/** Type of the signatures: Ed25519 over the note's text. */
const ED25519 = 0x01;
const KEY_ID_BYTES = 4;
const KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;
/** A note holds two signatures at most while a key is changed; others may add theirs. */
const MAX_SIGNATURES = 100;
const MAX_NOTE_BYTES = 100_000;

/** @param name without spaces or plus signs */
export function verifierOf(name: string, publicKey: KeyObject): Verifier {
  const input = Buffer.concat([Buffer.from(`${name}\n`), Buffer.of(ED25519), rawKey(publicKey)]);
  return { name, publicKey, keyId: hash('sha256', input, 'buffer').subarray(0, KEY_ID_BYTES) };
}

/** `name+id+key`, as tools for signed notes take it. */
export function verifierKeyText({ name, keyId, publicKey }: Verifier): string {
  const key = Buffer.concat([Buffer.of(ED25519), rawKey(publicKey)]);
  return `${name}+${Buffer.from(keyId).toString('hex')}+${key.toString('base64')}`;
}

/** @throws NoteInvalid */
export function parseVerifierKey(text: string): Verifier {
  const [, name = '', id = '', key = ''] = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/u.exec(text) ?? [];
  const bytes = fromBase64(key);
  if (bytes?.length !== 1 + KEY_BYTES || bytes[0] !== ED25519)
    throw new NoteInvalid('This is no Ed25519 verifier key.');
  const x = bytes.subarray(1).toString('base64url');
  const verifier = verifierOf(name, createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', x } }));
  if (Buffer.from(verifier.keyId).toString('hex') !== id)
    throw new NoteInvalid('The id of this verifier key is of another.');
  return verifier;
}

function rawKey(publicKey: KeyObject): Buffer {
  const { x } = publicKey.export({ format: 'jwk' });
  const raw = Buffer.from(x ?? '', 'base64url');
  if (raw.length !== KEY_BYTES) throw new TypeError('Notes are signed with Ed25519 keys.');
  return raw;
}

/** The text that is signed: three lines, each ended by a line feed. */
export function checkpointText({ origin, size, root }: Checkpoint): string {
  return `${origin}\n${size}\n${Buffer.from(root).toString('base64')}\n`;
}

/** The text, an empty line, and a line for each signature. */
export function signNote(text: string, signers: readonly Signer[]): string {
  const lines = signers.map(({ name, keyId, privateKey }) => {
    const signature = Buffer.concat([keyId, sign(null, Buffer.from(text), privateKey)]);
    return `— ${name} ${signature.toString('base64')}\n`;
  });
  return `${text}\n${lines.join('')}`;
}

export interface Note {
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

export interface NoteSignature {
  readonly name: string;
  readonly keyId: Uint8Array;
  readonly signature: Uint8Array;
}

/** @throws NoteInvalid */
export function parseNote(note: string): Note {
  const split = note.lastIndexOf('\n\n');
  const text = note.slice(0, split + 1);
  const block = note.slice(split + 2);
  const isText = split > 0 && Buffer.byteLength(note) <= MAX_NOTE_BYTES && !/[^\n\P{Cc}]|\p{Cs}/u.test(note);
  if (!isText || !block.endsWith('\n')) {
    throw new NoteInvalid('This is no signed note: it has not a text and signatures with an empty line between.');
  }
  const lines = block.slice(0, -1).split('\n');
  if (lines.length > MAX_SIGNATURES) throw new NoteInvalid(`A note has at most ${MAX_SIGNATURES} signatures.`);
  return { text, signatures: lines.map(signatureOf) };
}

function signatureOf(line: string): NoteSignature {
  const [, name = '', encoded = ''] = /^— ([^\s+]+) ([A-Za-z0-9+/=]+)$/u.exec(line) ?? [];
  const bytes = fromBase64(encoded);
  if (bytes === undefined || bytes.length <= KEY_ID_BYTES) throw new NoteInvalid('A line of the note is no signature.');
  return { name, keyId: bytes.subarray(0, KEY_ID_BYTES), signature: bytes.subarray(KEY_ID_BYTES) };
}

/**
 * Which of the verifiers have signed the note. Signatures of others are passed over.
 * @throws NoteInvalid one of the verifiers is named, and did not sign this text
 */
export function signersOf({ text, signatures }: Note, verifiers: readonly Verifier[]): readonly Verifier[] {
  return verifiers.filter(({ name, keyId, publicKey }) => {
    const own = signatures.find((each) => each.name === name && Buffer.compare(each.keyId, keyId) === 0);
    if (own === undefined) return false;
    const isGood =
      own.signature.length === SIGNATURE_BYTES && verify(null, Buffer.from(text), publicKey, own.signature);
    if (!isGood) throw new NoteInvalid(`${name} did not sign this.`);
    return true;
  });
}

/** @throws NoteInvalid */
export function parseCheckpoint(text: string): Checkpoint {
  const [origin = '', size = '', root = '', ...extensions] = text.slice(0, -1).split('\n');
  const hashed = fromBase64(root);
  const isForm = text.endsWith('\n') && origin !== '' && /^(0|[1-9]\d{0,15})$/.test(size) && !extensions.includes('');
  if (!isForm || !Number.isSafeInteger(Number(size)) || hashed?.length !== HASH_BYTES) {
    throw new NoteInvalid('This is no checkpoint: it has not origin, size and root hash.');
  }
  return { origin, size: Number(size), root: hashed };
}

/** The bytes, unless the text is written otherwise than this writes it. */
function fromBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  return text !== '' && bytes.toString('base64') === text ? bytes : undefined;
}
