import { createHash } from 'node:crypto';
import {
  consistencyProof,
  createTree,
  EMPTY_ROOT,
  type GrowingTree,
  hashLeaf,
  inclusionProof,
  rootOf,
} from '../../src/ledger/merkle-tree';
import { verifyConsistency, verifyInclusion } from '../../src/ledger/verify-proof';
import { randomNumbers } from '../support/synthetic-history';

const seed = Number(process.env.TEST_SEED ?? Math.floor(Math.random() * 2 ** 31));
beforeAll(() => console.info(`Random trees: TEST_SEED=${seed}`));

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const allHex = (hashes: readonly Uint8Array[]) => hashes.map(hex);
const bytesOf = (text: string) => Buffer.from(text, 'hex');

/** Leaves and roots that implementations of RFC 6962 share as vectors. */
const LEAVES = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'];
const ROOTS = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];

function treeOf(leaves: readonly Uint8Array[]): GrowingTree {
  const tree = createTree();
  for (const leaf of leaves) tree.append(hashLeaf(leaf));
  return tree;
}

/** The definitions of RFC 9162 section 2.1, word for word, over the leaves themselves. */
const sha256 = (...parts: readonly Uint8Array[]) => {
  const digest = createHash('sha256');
  for (const part of parts) digest.update(part);
  return digest.digest();
};

function greatestPowerBelow(n: number): number {
  let k = 1;
  while (k * 2 < n) k *= 2;
  return k;
}

function mth(d: readonly Uint8Array[]): Buffer {
  if (d.length === 0) return sha256();
  if (d.length === 1) return sha256(Buffer.of(0), d[0] ?? Buffer.of());
  const k = greatestPowerBelow(d.length);
  return sha256(Buffer.of(1), mth(d.slice(0, k)), mth(d.slice(k)));
}

function path(m: number, d: readonly Uint8Array[]): Buffer[] {
  if (d.length === 1) return [];
  const k = greatestPowerBelow(d.length);
  return m < k ? [...path(m, d.slice(0, k)), mth(d.slice(k))] : [...path(m - k, d.slice(k)), mth(d.slice(0, k))];
}

function subproof(m: number, d: readonly Uint8Array[], whole: boolean): Buffer[] {
  if (m === d.length) return whole ? [] : [mth(d)];
  const k = greatestPowerBelow(d.length);
  return m <= k
    ? [...subproof(m, d.slice(0, k), whole), mth(d.slice(k))]
    : [...subproof(m - k, d.slice(k), false), mth(d.slice(0, k))];
}

describe('the tree of RFC 6962', () => {
  const leaves = LEAVES.map(bytesOf);
  const tree = treeOf(leaves);

  test('has the known roots at every size from empty to eight leaves', () => {
    expect(hex(EMPTY_ROOT)).toBe(ROOTS[0]);
    expect(ROOTS.map((_, size) => hex(rootOf(tree, size)))).toEqual(ROOTS);
    expect(ROOTS.map((_, size) => hex(rootOf(treeOf(leaves.slice(0, size)), size)))).toEqual(ROOTS);
  });

  test.each<[index: number, size: number, path: readonly string[]]>([
    [0, 1, []],
    [
      0,
      8,
      [
        '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
        '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
        '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
      ],
    ],
    [
      5,
      8,
      [
        'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
        'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
        'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
      ],
    ],
    [2, 3, ['fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125']],
    [
      1,
      5,
      [
        '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
        '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
        'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
      ],
    ],
  ])('has the known audit path of leaf %i of %i', (index, size, expected) => {
    const hashes = inclusionProof(tree, index, size);
    expect(allHex(hashes)).toEqual(expected);
    const leafHash = hashLeaf(leaves[index] ?? Buffer.of());
    expect(verifyInclusion({ index, size, leafHash, hashes, root: bytesOf(ROOTS[size] ?? '') })).toBe(true);
  });

  test.each<[from: number, to: number, path: readonly string[]]>([
    [1, 1, []],
    [
      1,
      8,
      [
        '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
        '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
        '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
      ],
    ],
    [
      6,
      8,
      [
        '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
        'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
        'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
      ],
    ],
    [
      2,
      5,
      [
        '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
        'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
      ],
    ],
  ])('has the known consistency proof from %i to %i leaves', (from, to, expected) => {
    const hashes = consistencyProof(tree, from, to);
    expect(allHex(hashes)).toEqual(expected);
    const roots = { fromRoot: bytesOf(ROOTS[from] ?? ''), toRoot: bytesOf(ROOTS[to] ?? '') };
    expect(verifyConsistency({ from, to, ...roots, hashes })).toBe(true);
  });
});

describe('roots and proofs at random sizes', () => {
  const random = randomNumbers(seed);
  const MOST_LEAVES = 400;
  const leaves = Array.from({ length: MOST_LEAVES }, () =>
    Buffer.from(Array.from({ length: random(90) }, () => random(256))),
  );
  const tree = treeOf(leaves);
  const sizes = [
    ...Array.from({ length: 40 }, (_, size) => size),
    63,
    64,
    65,
    127,
    128,
    129,
    255,
    256,
    257,
    MOST_LEAVES,
  ];

  test('are what the recursive definition says, and verify', () => {
    for (const size of sizes) {
      const first = leaves.slice(0, size);
      const root = mth(first);
      expect(hex(rootOf(tree, size))).toBe(hex(root));
      const indexes = size < 40 ? first.keys() : Array.from({ length: 12 }, () => random(size));
      for (const index of indexes) {
        const hashes = inclusionProof(tree, index, size);
        expect(allHex(hashes)).toEqual(allHex(path(index, first)));
        const leafHash = hashLeaf(leaves[index] ?? Buffer.of());
        expect(verifyInclusion({ index, size, leafHash, hashes, root })).toBe(true);
      }
      const beginnings = size < 40 ? [...Array(size).keys(), size] : Array.from({ length: 12 }, () => random(size + 1));
      for (const from of beginnings) {
        const hashes = consistencyProof(tree, from, size);
        if (from > 0) expect(allHex(hashes)).toEqual(allHex(subproof(from, first, true)));
        expect(verifyConsistency({ from, to: size, fromRoot: rootOf(tree, from), toRoot: root, hashes })).toBe(true);
      }
    }
  });

  test('do not verify once any bit of proof, leaf or root is another', () => {
    for (const size of [1, 2, 3, 6, 7, 8, 37]) {
      const root = rootOf(tree, size);
      const index = random(size);
      const claim = { index, size, leafHash: hashLeaf(leaves[index] ?? Buffer.of()), root };
      const hashes = inclusionProof(tree, index, size);
      for (const [altered, ...rest] of bitFlips([claim.leafHash, root, ...hashes])) {
        const [leafHash = root, other = root, ...path] = [altered, ...rest];
        expect(verifyInclusion({ ...claim, leafHash, root: other, hashes: path })).toBe(false);
      }
    }
    for (const [from, to] of [
      [1, 2],
      [3, 7],
      [4, 7],
      [6, 8],
      [8, 8],
      [21, 37],
    ] as const) {
      const claim = { from, to, fromRoot: rootOf(tree, from), toRoot: rootOf(tree, to) };
      for (const [fromRoot, toRoot, ...path] of bitFlips([
        claim.fromRoot,
        claim.toRoot,
        ...consistencyProof(tree, from, to),
      ])) {
        if (fromRoot === undefined || toRoot === undefined) throw new Error('A flip lost a hash.');
        expect(verifyConsistency({ from, to, fromRoot, toRoot, hashes: path })).toBe(false);
      }
    }
  });

  test('do not verify for another place or size, nor with a hash dropped, doubled or swapped', () => {
    for (let round = 0; round < 300; round += 1) {
      const size = 2 + random(MOST_LEAVES - 2);
      const index = random(size);
      const claim = { index, size, leafHash: hashLeaf(leaves[index] ?? Buffer.of()), root: rootOf(tree, size) };
      const hashes = inclusionProof(tree, index, size);
      const other = (index + 1 + random(size - 1)) % size;
      expect(verifyInclusion({ ...claim, hashes, index: other })).toBe(false);
      expect(verifyInclusion({ ...claim, hashes, root: rootOf(tree, size - 1) })).toBe(false);
      for (const spoilt of spoiltLists(hashes, random)) {
        expect(verifyInclusion({ ...claim, hashes: spoilt })).toBe(false);
      }
      const from = 1 + random(size - 1);
      const steps = { from, to: size, fromRoot: rootOf(tree, from), toRoot: claim.root };
      for (const spoilt of spoiltLists(consistencyProof(tree, from, size), random)) {
        expect(verifyConsistency({ ...steps, hashes: spoilt })).toBe(false);
      }
      expect(verifyConsistency({ ...steps, to: from, hashes: consistencyProof(tree, from, size) })).toBe(false);
    }
  });
});

describe('what is no proof at all', () => {
  const hash = Buffer.alloc(32, 7);
  const claim = { index: 0, size: 1, leafHash: hash, hashes: [], root: hash };

  test('a single leaf is its own root', () => {
    expect(verifyInclusion(claim)).toBe(true);
  });

  test.each<[string, Partial<typeof claim>]>([
    ['an index beyond the tree', { index: 1 }],
    ['a tree without leaves', { size: 0 }],
    ['a negative index', { index: -1 }],
    ['half a leaf', { size: 1.5 }],
    ['a size beyond counting', { size: 2 ** 53 }],
    ['a size that is no number', { size: Number.NaN }],
    ['a short hash', { leafHash: Buffer.alloc(31, 7) }],
    ['a long root', { root: Buffer.alloc(33, 7) }],
  ])('%s is not proven', (_, wrong) => {
    expect(verifyInclusion({ ...claim, ...wrong })).toBe(false);
  });

  test('a tree is the beginning of itself and the empty one of every other, which needs no hashes', () => {
    const step = { from: 0, to: 3, fromRoot: EMPTY_ROOT, toRoot: hash, hashes: [] };
    expect(verifyConsistency(step)).toBe(true);
    expect(verifyConsistency({ ...step, fromRoot: hash })).toBe(false);
    expect(verifyConsistency({ ...step, hashes: [hash] })).toBe(false);
    expect(verifyConsistency({ ...step, from: 3, fromRoot: hash })).toBe(true);
    expect(verifyConsistency({ ...step, from: 4, fromRoot: hash })).toBe(false);
    expect(verifyConsistency({ ...step, from: 1, fromRoot: hash })).toBe(false);
  });

  test('what a tree does not hold is not proven from it', () => {
    const tree = treeOf([hash]);
    expect(() => inclusionProof(tree, 1, 1)).toThrow(RangeError);
    expect(() => inclusionProof(tree, 0, 2)).toThrow(RangeError);
    expect(() => consistencyProof(tree, 2, 1)).toThrow(RangeError);
    expect(() => rootOf(tree, -1)).toThrow(RangeError);
    expect(() => rootOf(tree, 0.5)).toThrow(RangeError);
  });
});

/** The list again and again, each time with one bit of one of its members flipped. */
function* bitFlips(hashes: readonly Uint8Array[]): Generator<Uint8Array[]> {
  for (const [place, hash] of hashes.entries()) {
    for (let bit = 0; bit < hash.length * 8; bit += 1) {
      const flipped = Buffer.from(hash);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      yield hashes.with(place, flipped);
    }
  }
}

/** One hash left out, said twice, changed places with another, or one too many. */
function spoiltLists(hashes: readonly Uint8Array[], random: (below: number) => number): (readonly Uint8Array[])[] {
  const place = random(Math.max(1, hashes.length));
  const hash = hashes[place];
  const extended = [...hashes, Buffer.alloc(32)];
  if (hash === undefined) return [extended];
  const spoilt = [hashes.toSpliced(place, 1), hashes.toSpliced(place, 0, hash), extended];
  const other = hashes[hashes.length - 1 - place];
  if (other === undefined || other === hash) return spoilt;
  return [...spoilt, hashes.with(place, other).with(hashes.length - 1 - place, hash)];
}
