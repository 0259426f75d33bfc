import { execFileSync } from 'node:child_process';
import { createHash, createHmac } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type BundleOffice, openBundleOffice } from '../support/bundle-office';
import { type BundleStory, tellStory } from '../support/bundle-story';
import { readZip } from '../support/zip-files';

/*
 * What the README in a bundle says, done by somebody who has the OpenSSL command and the text of RFC 6962 and nothing of
 * ours: this file must import none of src/.
 */

const sha256 = (...parts: readonly Uint8Array[]) => createHash('sha256').update(Buffer.concat(parts)).digest();
const leafHash = (leaf: Uint8Array) => sha256(Buffer.of(0), leaf);
const nodeHash = (left: Uint8Array, right: Uint8Array) => sha256(Buffer.of(1), left, right);

/** RFC 6962 2.1: the tree hash, by its definition. */
function treeHash(hashes: readonly Buffer[]): Buffer {
  const [first] = hashes;
  if (first === undefined) return sha256();
  if (hashes.length === 1) return first;
  let split = 1;
  while (split * 2 < hashes.length) split *= 2;
  return nodeHash(treeHash(hashes.slice(0, split)), treeHash(hashes.slice(split)));
}

/** RFC 6962 2.1.1: the root that an audit path leads to, by its definition. */
function rootByPath(hash: Buffer, index: number, size: number, path: readonly Buffer[]): Buffer {
  if (size === 1) return hash;
  let split = 1;
  while (split * 2 < size) split *= 2;
  const [sibling = Buffer.of(), rest] = [path.at(-1), path.slice(0, -1)];
  return index < split
    ? nodeHash(rootByPath(hash, index, split, rest), sibling)
    : nodeHash(sibling, rootByPath(hash, index - split, size - split, rest));
}

describe('an outsider who follows the README of a bundle', () => {
  let office: BundleOffice;
  let story: BundleStory;
  let at: string;
  beforeAll(async () => {
    office = await openBundleOffice();
    story = await tellStory(office);
    at = join(office.directory, 'unpacked');
    for (const [name, content] of await readZip(await office.bundle({ subjectId: story.kari }))) {
      mkdirSync(dirname(join(at, name)), { recursive: true });
      writeFileSync(join(at, name), content);
    }
  });
  afterAll(() => office.close());

  const read = (name: string) => readFileSync(join(at, name));
  const linesOf = (name: string) => String(read(name)).trimEnd().split('\n');
  const proofs = () => linesOf('proofs.jsonl').map((line) => JSON.parse(line) as { leaf: number; hashes: string[] });
  const leaf = (place: number) => read('leaves.bin').subarray(place * 64, place * 64 + 64);
  const checkpoint = () => {
    const [log = '', size = '', root = ''] = linesOf('checkpoint.note');
    return { log: log.slice('samtykke/'.length), size: Number(size), root };
  };
  const records = () => {
    const lines = String(read('events.txt')).split('\n').slice(0, -1);
    return Array.from({ length: lines.length / 8 }, (_, k) => lines.slice(8 * k, 8 * k + 8));
  };
  /** The commands of a section of the README, as they stand there. */
  const commands = (section: number) =>
    String(read('README.en.md'))
      .split(/^## /m)
      [section]?.match(/```sh\n([^`]+)```/)?.[1] ?? '';

  it('finds the signature good with the commands that stand there', () => {
    expect(commands(1)).toContain('openssl pkeyutl');
    const said = execFileSync('bash', ['-ec', commands(1)], { cwd: at, encoding: 'utf8' });
    expect(said).toContain('Signature Verified Successfully');
    expect(existsSync(join(at, 'signature.bin'))).toBe(true);
  });

  it('comes from the leaves to the signed root, and so by the path of every event', () => {
    const { size, root } = checkpoint();
    expect(read('leaves.bin').length).toBe(64 * size);
    expect(treeHash(Array.from({ length: size }, (_, place) => leafHash(leaf(place)))).toString('base64')).toBe(root);
    for (const { leaf: place, hashes } of proofs()) {
      const path = hashes.map((hash) => Buffer.from(hash, 'base64'));
      expect(rootByPath(leafHash(leaf(place)), place, size, path).toString('base64')).toBe(root);
    }
  });

  it('finds the hash of every event in its leaf, also with sed, sha256sum and od', () => {
    expect(records().length).toBe(proofs().length);
    for (const [k, record] of records().entries()) {
      const hash = sha256(Buffer.from(`${record.join('\n')}\n`));
      expect(
        leaf(proofs()[k]?.leaf ?? -1)
          .subarray(32)
          .equals(hash),
      ).toBe(true);
    }
    const script = commands(3).replace('LEAF', String(proofs()[0]?.leaf));
    const [sum = '', ...dump] = execFileSync('bash', ['-ec', script], { cwd: at, encoding: 'utf8' }).split('\n');
    expect(sum.split(' ')[0]).toBe(dump.join('').replaceAll(' ', ''));
  });

  it('computes the tag of every stream, and finds no leaf with it that was left out', () => {
    const { events: known } = (JSON.parse(String(read('answer.json'))) as { stamp: { events: number } }).stamp;
    const streams = JSON.parse(String(read('streams.json'))) as { stream: string; tag: string; salt?: string }[];
    const { log, size } = checkpoint();
    const shown = new Set(proofs().map((proof) => proof.leaf));
    for (const { stream, tag, salt } of streams) {
      const key = salt === undefined ? log : Buffer.from(salt, 'base64url');
      expect(createHmac('sha256', key).update(stream).digest('base64url')).toBe(tag);
      const bearing = Array.from({ length: size }, (_, place) => place).filter(
        (place) =>
          leaf(place).toString('base64url', 0, 32) === tag && (place < known || stream.startsWith('evidence-')),
      );
      expect(bearing.filter((place) => !shown.has(place))).toEqual([]);
    }
    const script = commands(4).replace('STREAM', `policy-${story.privacy.policyId}`).replace('LOG', log);
    const printed = execFileSync('bash', ['-ec', script], { cwd: at, encoding: 'utf8' }).trim();
    expect(printed.replace('=', '')).toBe(
      streams.find(({ stream }) => stream === `policy-${story.privacy.policyId}`)?.tag,
    );
  });

  it('finds the texts that the events name, and the withdrawal that the answer rests on', () => {
    const sums = execFileSync('bash', ['-ec', 'sha256sum texts/*'], { cwd: at, encoding: 'utf8' }).trim().split('\n');
    for (const sum of sums) expect(sum).toMatch(/^([0-9a-f]{64}) {2}texts\/\1\.txt$/);
    expect(String(read('events.txt'))).toContain(story.privacy.contentSha256);
    expect(existsSync(join(at, `texts/${story.privacy.contentSha256}.txt`))).toBe(true);
    const types = records().flatMap(([, , type, stream]) => (stream === `subject-${story.kari}` ? type : []));
    expect(types.filter((type) => type?.startsWith('Consent'))).toEqual(['ConsentGiven', 'ConsentWithdrawn']);
  });
});
