import { hash } from 'node:crypto';
import type { Position } from '../../event-store/event-store';
import { type EventTexts, LEAF_BYTES, recordHash, type TaggedEvent, writeLeaf } from '../leaf';
import { HASH_BYTES, LEAF_PREFIX, NODE_PREFIX } from '../merkle-tree';

/**
 * Subtrees of 2^BLOCK_LEVEL leaves, and those above, are kept; those below are put together from the leaves when they
 * are asked for, which a proof does twice.
 */
export const BLOCK_LEVEL = 8;
export const BLOCK_LEAVES = 2 ** BLOCK_LEVEL;

/** What is hashed of a leaf, and of an inner node: one byte that tells them apart, then 64. */
const INPUT_BYTES = 1 + LEAF_BYTES;
/** So many leaves are put together at a time: where a writer waits for each event, one alone takes four times as long. */
const LEAVES_TOGETHER = 32;

/** The leaves behind the last complete block, in memory: a block is written when it is complete. */
export interface OpenBlock {
  /** How many leaves the tree has. */
  size: number;
  /** How many of them stand in runs; of those behind, the log has a mark beside each event. */
  kept: number;
  /** Where the events of the leaves are that stand in no run. */
  readonly places: (Position | number)[];
  /** What is hashed of each leaf, side by side; and a view of each, since to make one costs as much as half a hash. */
  readonly inputs: Buffer;
  readonly views: readonly Uint8Array[];
  /** What the last leaves are made of, which are not in the inputs yet. */
  readonly parts: LeafParts[];
  /** So many of the leaves' hashes are there: they are made when somebody asks. */
  hashed: number;
  readonly hashes: Buffer;
}

interface LeafParts extends TaggedEvent {
  readonly record: string;
}

/** The block behind so many leaves, all of which stand in runs. */
export function openBlock(kept: number): OpenBlock {
  const inputs = Buffer.alloc(BLOCK_LEAVES * INPUT_BYTES, LEAF_PREFIX);
  const hashes = Buffer.alloc(BLOCK_LEAVES * HASH_BYTES);
  return { size: kept, kept, places: [], inputs, views: viewsOf(inputs), parts: [], hashed: 0, hashes };
}

/** Puts the leaf of an event behind the others, of which it is none yet. @returns its second half, see {@link recordHash} */
export function putLeaf({ parts }: OpenBlock, event: EventTexts): string {
  const record = recordHash(event);
  parts.push({ metadata: event.metadata, stream: event.stream, record });
  return record;
}

/** What was put there is a leaf of the tree. */
export function addLeaf(block: OpenBlock, place: Position | number): void {
  block.places.push(place);
  block.size += 1;
  if (block.parts.length === LEAVES_TOGETHER) writeLeaves(block);
}

function writeLeaves({ parts, inputs, size }: OpenBlock): void {
  let index = size - parts.length;
  for (const leaf of parts) {
    writeLeaf(leaf, leaf.record, inputs, leafOffset(index));
    index += 1;
  }
  parts.length = 0;
}

function viewsOf(inputs: Buffer): readonly Uint8Array[] {
  const count = inputs.length / INPUT_BYTES;
  return Array.from({ length: count }, (_, place) => inputs.subarray(place * INPUT_BYTES, (place + 1) * INPUT_BYTES));
}

/** Where a leaf of the tree stands in the inputs of its block. */
export function leafOffset(index: number): number {
  return (index % BLOCK_LEAVES) * INPUT_BYTES + 1;
}

/** Some leaves of the block, from one of the tree up to another, side by side. */
export function leavesIn(block: OpenBlock, from: number, to: number): Buffer {
  writeLeaves(block);
  const start = leafOffset(from);
  const leaves = Buffer.from(block.inputs.subarray(start, start + (to - from) * INPUT_BYTES - 1));
  for (let place = 1; place < to - from; place += 1) {
    leaves.copyWithin(place * LEAF_BYTES, place * INPUT_BYTES, (place + 1) * INPUT_BYTES - 1);
  }
  return leaves.subarray(0, (to - from) * LEAF_BYTES);
}

/** Hashes of the first `count` leaves of the block, side by side; there may be others behind them. */
export function hashesIn(block: OpenBlock, count: number): Buffer {
  writeLeaves(block);
  for (const input of block.views.slice(block.hashed, count)) {
    block.hashes.write(digest(input), block.hashed * HASH_BYTES, 'latin1');
    block.hashed += 1;
  }
  return block.hashes;
}

const leafInput = Buffer.alloc(INPUT_BYTES, LEAF_PREFIX);

/** Writes the hash of a leaf of RFC 6962 into the place it has among others. */
export function writeLeafHash(leaf: Uint8Array, target: Buffer, place: number): void {
  leafInput.set(leaf, 1);
  target.write(digest(leafInput), place * HASH_BYTES, 'latin1');
}

/** A buffer as the answer would take three times as long. */
function digest(input: Uint8Array): string {
  return hash('sha256', input, 'binary');
}

/** What is hashed of the inner nodes of one level. */
const nodeInputs = Buffer.alloc((BLOCK_LEAVES / 2) * INPUT_BYTES, NODE_PREFIX);
const nodeViews = viewsOf(nodeInputs);

/** Root over the leaves of a block that is complete. */
export function rootOfBlock(block: OpenBlock): Buffer {
  writeLeaves(block);
  hashChildren(block.views, BLOCK_LEAVES);
  return foldNodes(BLOCK_LEAVES / 2);
}

/** Root of a perfect subtree from the hashes of its leaves, side by side. */
export function foldHashes(hashes: Buffer): Buffer {
  const count = hashes.length / HASH_BYTES;
  if (count === 1) return Buffer.from(hashes);
  for (let place = 0; place < count; place += 1) {
    hashes.copy(nodeInputs, childOffset(place), place * HASH_BYTES, (place + 1) * HASH_BYTES);
  }
  return foldNodes(count / 2);
}

/** Where the hash of a node stands in what is hashed of the node above it. */
function childOffset(place: number): number {
  return (place >> 1) * INPUT_BYTES + 1 + (place & 1) * HASH_BYTES;
}

/** Root over so many nodes. */
function foldNodes(count: number): Buffer {
  for (let nodes = count; nodes >= 1; nodes /= 2) hashChildren(nodeViews, nodes);
  return Buffer.from(nodeInputs.subarray(childOffset(0), childOffset(1)));
}

/** Hashes the first `count` inputs into those of the nodes above them, which never come to inputs not hashed yet. */
function hashChildren(inputs: readonly Uint8Array[], count: number): void {
  let place = 0;
  for (const input of inputs) {
    if (place === count) return;
    nodeInputs.write(digest(input), childOffset(place), 'latin1');
    place += 1;
  }
}
