import { setImmediate as nextTurn } from 'node:timers/promises';
import { canonicalJson } from '../../domain/canonical-json';
import { type Signer, signNote, verifierKeyText } from '../../ledger/checkpoint-note';
import type { SignedCheckpoint } from '../../ledger/checkpoint-stream';
import { LEAF_BYTES } from '../../ledger/leaf';
import { LedgerDiverged, LedgerKeyUnknown } from '../../ledger/ledger-faults';
import { createTree, HASH_BYTES, hashLeaf, inclusionProof, rootOf, type TreeNodes } from '../../ledger/merkle-tree';
import { OrderFailed } from '../order-failed';
import {
  BUNDLE_FILES,
  type LaterLeafLine,
  MAX_LATER_LEAVES,
  MAX_LISTED_LEAVES,
  type ProofLine,
  type StreamMapLine,
} from '../verify/bundle-layout';
import { streamMapLeaf, streamMapText } from '../verify/stream-map';
import type { BundleParts, OpenedEvent, OpenedStreams } from './bundle-source';
import type { BundleFile } from './bundle-zip';

/** Leaves that are looked through before others get their turn. */
const LEAVES_A_TURN = 5_000;
const PROOFS_A_TURN = 500;

/** An event with its leaf. */
export interface LeafEvent extends OpenedEvent {
  readonly index: number;
}

export interface BundleLeaves {
  /** The opened events in the order of the log. */
  readonly events: readonly LeafEvent[];
  /** Proofs, and the list of all leaves or what stands for it. */
  readonly files: readonly BundleFile[];
}

/**
 * The leaves of the opened events, their proofs, and the list of all leaves or the map in its place.
 * @throws LedgerDiverged an event is not what its leaf says: nothing is handed out that would not verify
 */
export async function bundleLeaves(
  parts: BundleParts,
  opened: OpenedStreams,
  checkpoint: SignedCheckpoint,
  signal: AbortSignal,
): Promise<BundleLeaves> {
  const { tree } = parts.ledger;
  const { size } = checkpoint;
  const scanned = await scanLeaves(parts, opened, size, signal);
  const events = [...opened.values()].flat().map((event) => ({ ...event, index: leafFor(event, scanned.found) }));
  events.sort((a, b) => a.index - b.index);
  const nodes = rememberedNodes(tree);
  const proofOf = (leaf: number): ProofLine => ({ leaf, hashes: inclusionProof(nodes, leaf, size).map(base64) });
  const proofs: ProofLine[] = [];
  for (const { index } of events) {
    proofs.push(proofOf(index));
    if (proofs.length % PROOFS_A_TURN === 0) await nextTurn();
  }
  const files = [lines(BUNDLE_FILES.proofs, proofs)];
  if (scanned.list) return { events, files: [...files, { path: BUNDLE_FILES.leaves, content: scanned.list }] };
  const shown = new Set(events.map(({ index }) => index));
  const others = [...scanned.found.values()].filter(({ index }) => !shown.has(index));
  if (others.length > MAX_LATER_LEAVES) throw new OrderFailed('BUNDLE_TOO_LARGE');
  others.sort((a, b) => a.index - b.index);
  const later = others.map(({ leaf, index }): LaterLeafLine => ({ ...proofOf(index), ...halvesOf(leaf) }));
  const map = await streamMapFiles(parts, scanned, checkpoint);
  return { events, files: [...files, lines(BUNDLE_FILES.later, later), ...map] };
}

interface FoundLeaf {
  readonly index: number;
  readonly leaf: Buffer;
}

interface ScannedLeaves {
  /** Tags of the opened streams, as latin1. */
  readonly wanted: ReadonlySet<string>;
  /** Their leaves, by position. */
  readonly found: ReadonlyMap<string, FoundLeaf>;
  /** All leaves; absent where they are too many. */
  readonly list: Buffer | undefined;
  /** By tag, as latin1; empty where the leaves are listed. */
  readonly tags: ReadonlyMap<string, TagCount>;
}

/** Goes through all leaves under a checkpoint once; others get their turn meanwhile. */
async function scanLeaves(
  { ledger, maxListedLeaves = MAX_LISTED_LEAVES }: BundleParts,
  opened: OpenedStreams,
  size: number,
  signal: AbortSignal,
): Promise<ScannedLeaves> {
  const tagOf = (leaf: Buffer) => leaf.toString('latin1', 0, HASH_BYTES);
  const wanted = new Set([...opened.values()].flatMap(([first]) => (first ? tagOf(first.leaf) : [])));
  const found = new Map<string, FoundLeaf>();
  const tags = new Map<string, TagCount>();
  const list = size <= maxListedLeaves ? Buffer.alloc(size * LEAF_BYTES) : undefined;
  let index = 0;
  for (const { leaf, position } of ledger.tree.leaves(0, size)) {
    const bytes = Buffer.from(leaf.buffer, leaf.byteOffset, leaf.byteLength);
    const tag = tagOf(bytes);
    if (list) list.set(bytes, index * LEAF_BYTES);
    else tags.set(tag, { count: (tags.get(tag)?.count ?? 0) + 1, last: index });
    if (wanted.has(tag)) found.set(position, { index, leaf: Buffer.from(bytes) });
    index += 1;
    if (index % LEAVES_A_TURN === 0) await nextTurn();
    signal.throwIfAborted();
  }
  return { wanted, found, list, tags };
}

function leafFor({ stored, leaf }: OpenedEvent, found: ReadonlyMap<string, FoundLeaf>): number {
  const { position } = stored;
  const kept = found.get(position);
  if (kept?.leaf.equals(leaf)) return kept.index;
  const why = `The event at position ${position} of the store is not what its leaf says.`;
  throw new LedgerDiverged('EVENT_ALTERED', why, { from: position, to: position });
}

function halvesOf(leaf: Buffer) {
  return { tag: leaf.toString('base64url', 0, HASH_BYTES), sha256: leaf.toString('hex', HASH_BYTES) };
}

interface TagCount {
  readonly count: number;
  readonly last: number;
}

/** The map from every tag to its leaves, as far as the opened streams go, and the note that signs its root (rule L1). */
async function streamMapFiles(
  { signers }: BundleParts,
  { tags, wanted }: ScannedLeaves,
  checkpoint: SignedCheckpoint,
): Promise<readonly BundleFile[]> {
  const map = createTree();
  const shown: Omit<StreamMapLine, 'hashes'>[] = [];
  for (const latin1 of [...tags.keys()].sort()) {
    const { count, last } = tags.get(latin1) ?? { count: 0, last: 0 };
    const entry = { tag: Buffer.from(latin1, 'latin1').toString('base64url'), count, last };
    if (wanted.has(latin1)) shown.push({ ...entry, index: map.size });
    map.append(hashLeaf(streamMapLeaf(entry)));
    if (map.size % LEAVES_A_TURN === 0) await nextTurn();
  }
  const proven = shown.map(
    (line): StreamMapLine => ({ ...line, hashes: inclusionProof(map, line.index, map.size).map(base64) }),
  );
  const note = signNote(streamMapText(map.size, rootOf(map, map.size), checkpoint), [signerOf(signers(), checkpoint)]);
  return [
    lines(BUNDLE_FILES.streamMap, proven),
    { path: BUNDLE_FILES.streamMapNote, content: Buffer.from(note, 'utf8') },
  ];
}

/** Somebody who signed the checkpoint, too, so that whoever trusts that trusts the map. @throws LedgerKeyUnknown */
function signerOf(signers: readonly Signer[], checkpoint: SignedCheckpoint): Signer {
  const known = new Set(checkpoint.signers.map(verifierKeyText));
  const signer = signers.findLast((each) => known.has(verifierKeyText(each)));
  if (!signer) throw new LedgerKeyUnknown();
  return signer;
}

/** Neighbouring proofs share most of their nodes. */
function rememberedNodes(tree: TreeNodes): TreeNodes {
  const levels: Map<number, Uint8Array>[] = [];
  return {
    node: (level, index) => {
      const row = levels[level] ?? new Map<number, Uint8Array>();
      levels[level] = row;
      const known = row.get(index) ?? tree.node(level, index);
      row.set(index, known);
      return known;
    },
  };
}

/** As paths stand in a bundle. */
export const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');

/** A file with a line of JSON for each value. */
export function lines(path: string, values: readonly object[]): BundleFile {
  return { path, content: Buffer.from(values.map((value) => `${canonicalJson(value)}\n`).join(''), 'utf8') };
}
