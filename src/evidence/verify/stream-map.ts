import type { Checkpoint } from '../../ledger/checkpoint-note';
import { parseCheckpoint, parseNote, type Verifier } from '../../ledger/checkpoint-note';
import { hashLeaf } from '../../ledger/merkle-tree';
import { verifyInclusion } from '../../ledger/verify-proof';
import { readLater, readStreamMap, textOf } from './bundle-files';
import { BUNDLE_FILES, type OpenedStream, type StreamMapLine } from './bundle-layout';
import { BundleRejected } from './bundle-rejected';
import { pathOf } from './check-events';
import { leafContent } from './check-leaves';
import { signedBy } from './check-signature';
import type { LeavesOfTag, ProvenStreams } from './check-streams';
import type { OpenBundle } from './open-bundle';

/**
 * Above a million leaves a bundle lists them no more (rule L1). In their place stands the map from every tag to how many
 * leaves bear it and which is the last, as a Merkle tree whose root the log's key signs beside the checkpoint's.
 */
const file = BUNDLE_FILES.streamMap;

/** What stands in a leaf of the map: the tag, then count and last leaf as eight bytes each, the greatest first. */
export function streamMapLeaf({ tag, count, last }: Pick<StreamMapLine, 'tag' | 'count' | 'last'>): Buffer {
  const leaf = Buffer.alloc(48);
  Buffer.from(tag, 'base64url').copy(leaf);
  leaf.writeBigUInt64BE(BigInt(count), 32);
  leaf.writeBigUInt64BE(BigInt(last), 40);
  return leaf;
}

/** The text that is signed: a checkpoint of the map, and below it of which checkpoint the map is. */
export function streamMapText(tags: number, root: Uint8Array, { origin, size, root: signed }: Checkpoint): string {
  const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
  return `${origin}/streams\n${tags}\n${base64(root)}\nof ${size} ${base64(signed)}\n`;
}

/**
 * The leaves of each opened stream, by what the map says of its tag: as many as were opened and come later, up to the
 * last.
 *
 * @throws BundleRejected STREAM_MAP_ALTERED PROOF_WRONG, also from the answer
 */
export async function leavesByMap(
  bundle: OpenBundle,
  { streams, listed }: { readonly streams: ProvenStreams; readonly listed: readonly OpenedStream[] },
  checkpoint: Checkpoint,
  keys: readonly Verifier[],
): Promise<LeavesOfTag> {
  const tags = new Set(listed.map(({ tag }) => tag));
  const map = await readSignedMap(bundle, checkpoint, keys, tags);
  const later = await laterByTag(bundle, checkpoint, tags);
  return (tag, stream) => {
    const entry = map.get(tag);
    const opened = (streams.get(stream) ?? []).map(({ leaf }) => leaf);
    const leaves = [...opened, ...(later.get(tag) ?? [])].sort((a, b) => a - b);
    if (!entry) throw new BundleRejected('STREAM_MAP_ALTERED', { file, stream }, 'the map does not tell of its tag');
    if (leaves.length === entry.count && leaves.at(-1) === entry.last && new Set(leaves).size === leaves.length)
      return leaves;
    const why = `${entry.count} leaves bear its tag, the last is ${entry.last}; here are ${leaves.length}`;
    throw new BundleRejected('EVENT_MISSING', { file: BUNDLE_FILES.events, stream }, why);
  };
}

async function readSignedMap(
  bundle: OpenBundle,
  checkpoint: Checkpoint,
  keys: readonly Verifier[],
  tags: ReadonlySet<string>,
): Promise<ReadonlyMap<string, StreamMapLine>> {
  const altered = (why: string) => new BundleRejected('STREAM_MAP_ALTERED', { file: BUNDLE_FILES.streamMapNote }, why);
  const text = await textOf(bundle, BUNDLE_FILES.streamMapNote);
  const { note, signed } = readNote(text, altered);
  const signers = signedBy(note, keys, BUNDLE_FILES.streamMapNote);
  if (note.signatures.length > signers.length) throw altered('it bears a signature for which the bundle has no key');
  if (note.text !== streamMapText(signed.size, signed.root, checkpoint)) throw altered('it is of another checkpoint');
  const lines = await readStreamMap(bundle);
  for (const [at, line] of lines.entries()) {
    const { index, tag } = line;
    const { size, root } = signed;
    const isWanted = tags.has(tag) && index > (lines[at - 1]?.index ?? -1);
    const isProven = verifyInclusion({
      index,
      size,
      root,
      leafHash: hashLeaf(streamMapLeaf(line)),
      hashes: pathOf(line),
    });
    if (isProven && isWanted) continue;
    throw new BundleRejected('STREAM_MAP_ALTERED', { file, place: `line ${at + 1}` }, 'the signed map says otherwise');
  }
  return new Map(lines.map((line) => [line.tag, line]));
}

function readNote(text: string, altered: (why: string) => BundleRejected) {
  try {
    const note = parseNote(text);
    return { note, signed: parseCheckpoint(note.text) };
  } catch (error) {
    throw altered(error instanceof Error ? error.message : 'it cannot be read');
  }
}

async function laterByTag(
  bundle: OpenBundle,
  { size, root }: Checkpoint,
  tags: ReadonlySet<string>,
): Promise<ReadonlyMap<string, readonly number[]>> {
  const later = new Map<string, number[]>();
  let before = -1;
  for (const line of await readLater(bundle)) {
    const { tag, sha256, leaf: index } = line;
    const content = leafContent(Buffer.from(tag, 'base64url'), Buffer.from(sha256, 'hex'));
    if (!verifyInclusion({ index, size, root, leafHash: hashLeaf(content), hashes: pathOf(line) })) {
      const culprit = { file: BUNDLE_FILES.later, leaf: index };
      throw new BundleRejected('PROOF_WRONG', culprit, 'it does not lead to the signed root');
    }
    if (!tags.has(tag) || index <= before) {
      const culprit = { file: BUNDLE_FILES.later, leaf: index };
      throw new BundleRejected('EVENT_UNEXPECTED', culprit, 'it is of no opened stream, or not in order');
    }
    before = index;
    const known = later.get(tag) ?? [];
    later.set(tag, known);
    known.push(index);
  }
  return later;
}
