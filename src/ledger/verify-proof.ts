import { EMPTY_ROOT, HASH_BYTES, hashNode } from './merkle-tree';

/**
 * Verification of proofs, step by step as RFC 9162 tells it, and with nothing of the code that makes them but the hash
 * of a node. Sizes are whole numbers up to 2^53; whatever is malformed is not proven.
 */

export interface InclusionClaim {
  readonly index: number;
  readonly size: number;
  readonly leafHash: Uint8Array;
  readonly hashes: readonly Uint8Array[];
  readonly root: Uint8Array;
}

/** True when the leaf is proven to be in the tree (RFC 9162, 2.1.3.2). */
export function verifyInclusion({ index, size, leafHash, hashes, root }: InclusionClaim): boolean {
  if (!isCount(index) || !isCount(size) || index >= size) return false;
  if (![leafHash, root, ...hashes].every(isHash)) return false;
  const place = { first: index, second: size - 1 };
  let computed = leafHash;
  for (const sibling of hashes) {
    if (place.second === 0) return false;
    if (isOdd(place.first) || place.first === place.second) {
      computed = hashNode(sibling, computed);
      climbToOdd(place);
    } else {
      computed = hashNode(computed, sibling);
    }
    climb(place);
  }
  return place.second === 0 && sameBytes(computed, root);
}

export interface ConsistencyClaim {
  readonly from: number;
  readonly to: number;
  readonly fromRoot: Uint8Array;
  readonly toRoot: Uint8Array;
  readonly hashes: readonly Uint8Array[];
}

/** True when the first tree is proven to be the beginning of the second (RFC 9162, 2.1.4.2). */
export function verifyConsistency({ from, to, fromRoot, toRoot, hashes }: ConsistencyClaim): boolean {
  if (!isCount(from) || !isCount(to) || from > to) return false;
  if (![fromRoot, toRoot, ...hashes].every(isHash)) return false;
  if (from === to) return hashes.length === 0 && sameBytes(fromRoot, toRoot);
  // Every tree goes on from the empty one; the RFC leaves it out.
  if (from === 0) return hashes.length === 0 && sameBytes(fromRoot, EMPTY_ROOT);
  if (hashes.length === 0) return false;
  const [start, ...others] = isPowerOfTwo(from) ? [fromRoot, ...hashes] : hashes;
  if (start === undefined) return false;
  const place = { first: from - 1, second: to - 1 };
  while (isOdd(place.first)) climb(place);
  let first = start;
  let second = start;
  for (const hash of others) {
    if (place.second === 0) return false;
    if (isOdd(place.first) || place.first === place.second) {
      first = hashNode(hash, first);
      second = hashNode(hash, second);
      climbToOdd(place);
    } else {
      second = hashNode(second, hash);
    }
    climb(place);
  }
  return place.second === 0 && sameBytes(first, fromRoot) && sameBytes(second, toRoot);
}

/** Where a node stands in its level, and where the level ends. */
interface Place {
  first: number;
  second: number;
}

function climb(place: Place): void {
  place.first = Math.floor(place.first / 2);
  place.second = Math.floor(place.second / 2);
}

/** Past the levels in which the node at the end of the tree has no sibling. */
function climbToOdd(place: Place): void {
  while (!isOdd(place.first) && place.first !== 0) climb(place);
}

const isOdd = (count: number): boolean => count % 2 === 1;
const isCount = (count: number): boolean => Number.isSafeInteger(count) && count >= 0;
const isHash = (bytes: Uint8Array): boolean => bytes instanceof Uint8Array && bytes.length === HASH_BYTES;
const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

function isPowerOfTwo(count: number): boolean {
  let rest = count;
  while (rest > 1 && !isOdd(rest)) rest /= 2;
  return rest === 1;
}
