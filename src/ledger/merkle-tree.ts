import { hash } from 'node:crypto';

/**
 * The Merkle tree of RFC 6962 section 2.1 and RFC 9162 section 2.1, over SHA-256: its hashes, its root at any size, and
 * its proofs. It is pure; where the hashes are kept is somebody else's matter.
 *
 * Only perfect subtrees are ever kept: one over 2^level leaves never changes once its last leaf is there. Root and
 * proofs at every size that the tree ever had are put together from them.
 */
export interface TreeNodes {
  /** Hash over the 2^level leaves from leaf `index` x 2^level on. Asked for only where all of them are there. */
  node(level: number, index: number): Uint8Array;
}

export const HASH_BYTES = 32;

/** First byte of what is hashed of a leaf, and of an inner node. */
export const LEAF_PREFIX = 0x00;
export const NODE_PREFIX = 0x01;

/** Root of the tree without leaves: SHA-256 of nothing. */
export const EMPTY_ROOT: Uint8Array = sha256(Buffer.of());

const nodeInput = Buffer.alloc(1 + 2 * HASH_BYTES, NODE_PREFIX);

/** Hash of a leaf, from what stands in it. */
export function hashLeaf(data: Uint8Array): Buffer {
  const input = Buffer.alloc(1 + data.length, LEAF_PREFIX);
  input.set(data, 1);
  return sha256(input);
}

/** Hash of an inner node, from those of its children. */
export function hashNode(left: Uint8Array, right: Uint8Array): Buffer {
  nodeInput.set(left, 1);
  nodeInput.set(right, 1 + HASH_BYTES);
  return sha256(nodeInput);
}

/** Takes a third of the time that a buffer as the answer does. */
function sha256(input: Uint8Array): Buffer {
  return Buffer.from(hash('sha256', input, 'binary'), 'latin1');
}

/** Root of the tree as it was with so many leaves (MTH). */
export function rootOf(nodes: TreeNodes, size: number): Uint8Array {
  checkSize(size);
  return size === 0 ? EMPTY_ROOT : rangeHash(nodes, 0, size);
}

/**
 * The audit path of the leaf at `index` in the tree of `size` leaves, from the leaf's sibling upwards (PATH).
 * @throws RangeError there is no such leaf
 */
export function inclusionProof(nodes: TreeNodes, index: number, size: number): readonly Uint8Array[] {
  checkSize(size);
  checkSize(index);
  if (index >= size) throw new RangeError(`A tree of ${size} leaves has no leaf ${index}.`);
  const path: Uint8Array[] = [];
  let start = 0;
  let end = size;
  while (end - start > 1) {
    const middle = start + splitOf(end - start);
    if (index < middle) {
      path.push(rangeHash(nodes, middle, end));
      end = middle;
    } else {
      path.push(rangeHash(nodes, start, middle));
      start = middle;
    }
  }
  return path.reverse();
}

/**
 * What shows that the tree of `from` leaves is the beginning of the tree of `to` leaves (PROOF). Nothing is needed
 * where both are the same, or the first is empty.
 * @throws RangeError the first is larger
 */
export function consistencyProof(nodes: TreeNodes, from: number, to: number): readonly Uint8Array[] {
  checkSize(from);
  checkSize(to);
  if (from > to) throw new RangeError(`A tree of ${from} leaves is not the beginning of one of ${to}.`);
  const path: Uint8Array[] = [];
  if (from === 0 || from === to) return path;
  let start = 0;
  let end = to;
  while (end !== from) {
    const middle = start + splitOf(end - start);
    if (from <= middle) {
      path.push(rangeHash(nodes, middle, end));
      end = middle;
    } else {
      path.push(rangeHash(nodes, start, middle));
      start = middle;
    }
  }
  // A first tree that is a perfect subtree from the first leaf on is known to whoever verifies: it is the first root.
  if (start > 0) path.push(rangeHash(nodes, start, end));
  return path.reverse();
}

/** Hash over the leaves from `start` up to, not with, `end`, which are a subtree of some tree. */
function rangeHash(nodes: TreeNodes, start: number, end: number): Uint8Array {
  const count = end - start;
  const split = splitOf(count);
  if (count === 1 || count === 2 * split) return nodes.node(levelOf(count), start / count);
  return hashNode(nodes.node(levelOf(split), start / split), rangeHash(nodes, start + split, end));
}

/** The largest power of two below `count`; 1 where there is none. */
function splitOf(count: number): number {
  let split = 1;
  while (2 * split < count) split *= 2;
  return split;
}

/** Levels above the leaves of a perfect subtree of so many leaves. */
function levelOf(leaves: number): number {
  return Math.round(Math.log2(leaves));
}

function checkSize(size: number): void {
  if (!Number.isSafeInteger(size) || size < 0) throw new RangeError('Sizes and indexes are whole numbers from 0.');
}

/** The perfect subtrees that the leaf at `index` completes, from itself upwards. */
export function* completedBy(nodes: TreeNodes, index: number, leaf: Uint8Array): Generator<CompletedNode> {
  let node: CompletedNode = { level: 0, index, hash: leaf };
  yield node;
  while (node.index % 2 === 1) {
    const left = nodes.node(node.level, node.index - 1);
    node = { level: node.level + 1, index: (node.index - 1) / 2, hash: hashNode(left, node.hash) };
    yield node;
  }
}

export interface CompletedNode {
  readonly level: number;
  readonly index: number;
  readonly hash: Uint8Array;
}

/** A tree that grows in memory, every perfect subtree of which is kept. */
export interface GrowingTree extends TreeNodes {
  readonly size: number;
  /** Adds a leaf by its hash. */
  append(leaf: Uint8Array): void;
}

export function createTree(): GrowingTree {
  const levels: Uint8Array[][] = [[]];
  const node = (level: number, index: number): Uint8Array => {
    const hashed = levels[level]?.[index];
    if (hashed === undefined) throw new RangeError(`The tree has no node ${index} of level ${level}.`);
    return hashed;
  };
  const size = () => levels[0]?.length ?? 0;
  return {
    get size() {
      return size();
    },
    append: (leaf) => {
      for (const { level, hash: hashed } of completedBy({ node }, size(), leaf)) {
        const row = levels[level] ?? [];
        levels[level] = row;
        row.push(hashed);
      }
    },
    node,
  };
}
