/**
 * What is in a bundle and where. `docs/evidence.md` and the README in every bundle tell an outsider the same; a change
 * that an older verifier would not understand is another {@link BUNDLE_FORMAT}.
 */
export const BUNDLE_FORMAT = 'samtykke-bundle/1';

export const BUNDLE_FILES = {
  readmeEn: 'README.en.md',
  readmeNb: 'README.nb.md',
  /** Every other file with its size and SHA-256. */
  manifest: 'manifest.json',
  answer: 'answer.json',
  /** The records of the events as they were hashed, in the order of the log. */
  events: 'events.txt',
  /** A line for each event: its leaf, and the path from there to the root. */
  proofs: 'proofs.jsonl',
  /** Which streams are opened, with their tags. */
  streams: 'streams.json',
  /** All leaves under the checkpoint; absent where the stream map stands instead. */
  leaves: 'leaves.bin',
  /** What the stream map says of the opened streams, with paths to its root. */
  streamMap: 'stream-map.jsonl',
  /** Signs the root of the stream map. */
  streamMapNote: 'stream-map.note',
  /** With the stream map: leaves of the opened streams that the answer does not rest on, since they came later. */
  later: 'later-leaves.jsonl',
  checkpoint: 'checkpoint.note',
  /** Verifier keys, a line each. */
  keys: 'keys.txt',
  /** Where the log's key was changed: a line for each note in which a key names the one that signs after it. */
  keyChanges: 'key-changes.jsonl',
  timestamp: 'checkpoint.tsr',
  personal: 'personal-values.json',
} as const;

const LARGE_FILES: ReadonlySet<string> = new Set([
  BUNDLE_FILES.events,
  BUNDLE_FILES.proofs,
  BUNDLE_FILES.leaves,
  BUNDLE_FILES.later,
]);
const SMALL_FILES: ReadonlySet<string> = new Set([
  BUNDLE_FILES.readmeEn,
  BUNDLE_FILES.readmeNb,
  BUNDLE_FILES.checkpoint,
  BUNDLE_FILES.streamMapNote,
  BUNDLE_FILES.keys,
  BUNDLE_FILES.timestamp,
]);
/** Most bytes of a file, unpacked. */
export function maxBytesOf(file: string): number {
  if (LARGE_FILES.has(file)) return MAX_BUNDLE_FILE_BYTES;
  return SMALL_FILES.has(file) || KEY_FILE.test(file) ? MAX_BUNDLE_SMALL_BYTES : MAX_BUNDLE_VALUE_BYTES;
}

/** The key of a line of {@link BUNDLE_FILES.keys}, from 1, for tools that take PEM. */
export const keyFile = (line: number): string => `key-${line}.pem`;
const KEY_FILE = /^key-\d+\.pem$/;
export const TEXT_FILE = /^texts\/([0-9a-f]{64})\.(txt|md)$/;
export const textFile = (sha256: string, format: 'PLAIN_TEXT' | 'MARKDOWN'): string =>
  `texts/${sha256}.${format === 'MARKDOWN' ? 'md' : 'txt'}`;
export const STATEMENT_FILE = /^statements\/([0-9a-f-]{36})\.json$/;
export const statementFile = (versionId: string): string => `statements/${versionId}.json`;

/** Up to so many leaves a bundle lists them all; above, the stream map takes the place of the list (rule L1). */
export const MAX_LISTED_LEAVES = 1_000_000;
/** Most events that one bundle opens. */
export const MAX_BUNDLE_EVENTS = 200_000;
/** Most files in a bundle, texts and statements among them: as many as every reader of archives can count. */
export const MAX_BUNDLE_FILES = 65_000;
/** Most bytes of one file, unpacked: of the events, the proofs, the leaves. */
export const MAX_BUNDLE_FILE_BYTES = 268_435_456;
/** Most bytes of any other file, which is read as one value. */
export const MAX_BUNDLE_VALUE_BYTES = 67_108_864;
/** Most bytes of a file that is small in every bundle: keys, notes, the time stamp, the README. */
export const MAX_BUNDLE_SMALL_BYTES = 100_000;
/** Most keys of a bundle, and so signatures of a note in it: two while a key is changed. */
export const MAX_BUNDLE_KEYS = 16;
/** Most bytes of a line of an event, of which the last two are JSON. */
export const MAX_RECORD_LINE_BYTES = 16_777_216;
/** Most hashes of a path: there is no larger tree. */
export const MAX_PATH_HASHES = 64;
/** Most bytes of a line of proofs or of the stream map: a path has fewer than 64 hashes. */
export const MAX_BUNDLE_LINE_BYTES = 8_192;
/** Most leaves of the opened streams that came later. */
export const MAX_LATER_LEAVES = 1_000_000;
/** Most bytes of all files together, unpacked. */
export const MAX_BUNDLE_BYTES = 2_147_483_648;

export interface ManifestFile {
  readonly path: string;
  readonly bytes: number;
  /** Lower-case hex. */
  readonly sha256: string;
}

export interface Manifest {
  readonly format: string;
  /** Which README it is, since a release may put it in better words: lower-case hex. */
  readonly readme: string;
  /** By path. */
  readonly files: readonly ManifestFile[];
}

/** A line of {@link BUNDLE_FILES.proofs}. */
export interface ProofLine {
  readonly leaf: number;
  /** Base64, from the leaf's sibling upwards. */
  readonly hashes: readonly string[];
}

export interface OpenedStream {
  readonly stream: string;
  /** Base64url: the first half of every leaf of the stream. */
  readonly tag: string;
  /** Base64url, of a person's stream: the tag is HMAC-SHA256 of the stream's name under it. Absent once they are erased. */
  readonly salt?: string;
}

/** A line of {@link BUNDLE_FILES.keyChanges}, oldest first. */
export interface KeyChangeLine {
  /** The key that hands over, as tools of signed notes take it. */
  readonly from: string;
  /** Signed by it and by the one that it names: the checkpoint from which on that signs. */
  readonly note: string;
  /** Base64: that the log of this bundle goes on from that checkpoint (RFC 6962 2.1.2). */
  readonly hashes: readonly string[];
}

/** A line of {@link BUNDLE_FILES.streamMap}. */
export interface StreamMapLine {
  readonly tag: string;
  /** How many leaves bear the tag. */
  readonly count: number;
  /** The last of them. */
  readonly last: number;
  /** Place in the stream map, from 0. */
  readonly index: number;
  readonly hashes: readonly string[];
}

/** A line of {@link BUNDLE_FILES.later}. */
export interface LaterLeafLine extends ProofLine {
  readonly tag: string;
  /** Lower-case hex of the second half of the leaf. */
  readonly sha256: string;
}

/** The field of people's events that is sealed under the person's key. */
export const SEALED_FIELD = 'reason';

/** One sealed field, opened with its own key (rule E4). */
export interface PersonalValue {
  readonly event: string;
  readonly field: string;
  /** Base64url, 32 bytes. */
  readonly key: string;
  readonly text: string;
}

/** Categories of which bundles open streams. */
export type StreamCategory = 'policy' | 'subject' | 'organisation' | 'evidence';

export const streamOf = (category: StreamCategory, id: string): string => `${category}-${id}`;
export const categoryOf = (stream: string): string => stream.slice(0, stream.indexOf('-'));
export const idOf = (stream: string): string => stream.slice(stream.indexOf('-') + 1);
