import { hash } from 'node:crypto';
import type { Checkpoint } from '../../ledger/checkpoint-note';
import { LEAF_BYTES } from '../../ledger/leaf';
import { EMPTY_ROOT, HASH_BYTES, hashLeaf, hashNode } from '../../ledger/merkle-tree';
import { BUNDLE_FILES } from './bundle-layout';
import { BundleRejected } from './bundle-rejected';

const file = BUNDLE_FILES.leaves;

/** The list of all leaves under a checkpoint. */
export interface LeafList {
  readonly size: number;
  at(leaf: number): Buffer;
  /** Root over the first so many. */
  root(size: number): Uint8Array;
  /** Leaves that bear a tag, in their order. */
  bearing(tag: Buffer): readonly number[];
}

/** @throws BundleRejected LEAVES_ALTERED they do not lead to the signed root */
export function readLeaves(content: Buffer, { size, root }: Checkpoint): LeafList {
  const wrong = (why: string) => new BundleRejected('LEAVES_ALTERED', { file }, why);
  if (content.length !== size * LEAF_BYTES) {
    throw wrong(`the checkpoint signs ${size} leaves, and here are ${content.length / LEAF_BYTES}`);
  }
  const at = (leaf: number) => content.subarray(leaf * LEAF_BYTES, (leaf + 1) * LEAF_BYTES);
  if (Buffer.compare(rootOver(content, size), root) !== 0) throw wrong('they do not lead to the root that was signed');
  return { size, at, root: (first) => rootOver(content, first), bearing: byTag(content, size) };
}

/** The Merkle tree hash of RFC 6962, level by level: a node that is left alone at the end of one goes up as it is. */
function rootOver(leaves: Buffer, size: number): Uint8Array {
  if (size === 0) return EMPTY_ROOT;
  let level = Buffer.alloc(size * HASH_BYTES);
  for (let index = 0; index < size; index += 1) {
    hashLeaf(leaves.subarray(index * LEAF_BYTES, (index + 1) * LEAF_BYTES)).copy(level, index * HASH_BYTES);
  }
  for (let width = size; width > 1; width = Math.ceil(width / 2)) {
    const above = Buffer.alloc(Math.ceil(width / 2) * HASH_BYTES);
    for (let index = 0; index < width; index += 2) {
      const left = level.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES);
      const right = level.subarray((index + 1) * HASH_BYTES, (index + 2) * HASH_BYTES);
      const node = index + 1 < width ? hashNode(left, right) : left;
      above.set(node, (index / 2) * HASH_BYTES);
    }
    level = above;
  }
  return level;
}

function byTag(leaves: Buffer, size: number): LeafList['bearing'] {
  const places = new Map<string, number[]>();
  for (let leaf = 0; leaf < size; leaf += 1) {
    const tag = leaves.toString('latin1', leaf * LEAF_BYTES, leaf * LEAF_BYTES + HASH_BYTES);
    const known = places.get(tag);
    if (known) known.push(leaf);
    else places.set(tag, [leaf]);
  }
  return (tag) => places.get(tag.toString('latin1')) ?? [];
}

/** What stands in the leaf of an event. */
export function leafContent(tag: Buffer, recordHash: Buffer): Buffer {
  return Buffer.concat([tag, recordHash]);
}

/** The tag that an event's leaf bears: the one in its metadata, else SHA-256 of its stream's name. */
export function tagBytes(tag: string | undefined, stream: string): Buffer {
  return tag !== undefined && TAG.test(tag) ? Buffer.from(tag, 'base64url') : hash('sha256', stream, 'buffer');
}

const TAG = /^[A-Za-z0-9_-]{43}$/;
