import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { httpTimestampAuthority, MAX_RESPONSE_BYTES } from '../../src/ledger/timestamp-authority';
import { timeStamped, timestampRequest } from '../../src/ledger/timestamp-der';
import { type CheckpointTimestamp, STAMP_EVERY_MS } from '../../src/ledger/timestamps';
import { hasOpenSsl, type OpenSslAuthority, startOpenSslAuthority } from '../support/openssl-authority';
import { emptyDirectories } from '../support/sqlite-log-files';
import { factsOf, uuidOf } from './support/log-with-tree';
import { openTestLedger, type TestLedger, until } from './support/test-ledger';

const STREAM = `policy-${uuidOf('policy')}`;
const digestOf = (text: string) => createHash('sha256').update(text).digest();

/** What OpenSSL says of a time stamp of a text. */
function verify(text: string, response: Uint8Array, certificate: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'samtykke-verify-'));
  try {
    writeFileSync(join(directory, 'note'), text);
    writeFileSync(join(directory, 'response.tsr'), response);
    writeFileSync(join(directory, 'authority.pem'), certificate);
    const args = 'ts -verify -data note -in response.tsr -CAfile authority.pem'.split(' ');
    const { stdout, stderr } = spawnSync('openssl', args, { cwd: directory, encoding: 'utf8' });
    return stdout + stderr;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

(hasOpenSsl() ? describe : describe.skip)('a time stamp of RFC 3161', () => {
  const emptyDirectory = emptyDirectories();
  const open: TestLedger[] = [];
  let authority: OpenSslAuthority;
  beforeAll(async () => {
    authority = await startOpenSslAuthority();
  });
  afterAll(() => authority.close());
  afterEach(async () => {
    authority.bend(undefined);
    for (const each of open.splice(0)) await each.close();
  });
  async function opened(directory = emptyDirectory(), url: string | undefined = authority.url): Promise<TestLedger> {
    const node = await openTestLedger(directory, {}, url === undefined ? undefined : httpTimestampAuthority(url));
    open.push(node);
    return node;
  }
  async function withCheckpoint(size = 3): Promise<TestLedger> {
    const node = await opened();
    await node.store.append(STREAM, factsOf(STREAM, 0, size), 0);
    await node.ledger.checkpoint();
    return node;
  }

  test('is asked for the note of a checkpoint, kept, and verified by OpenSSL', async () => {
    const node = await withCheckpoint();
    const before = Date.now();
    const timestamp = await node.ledger.obtainTimestamp(3);
    const { note = '' } = (await node.ledger.checkpoint()) ?? {};
    expect(timestamp).toMatchObject({ size: 3, note });
    expect(timestamp?.at).toBeGreaterThan(before - 2_000);
    expect(timestamp?.at).toBeLessThan(Date.now() + 2_000);
    expect(authority.asked.at(-1)?.type).toBe('application/timestamp-query');
    const { response } = timestamp as CheckpointTimestamp;
    expect(verify(note, response, authority.certificate)).toMatch(/Verification: OK/);
    expect(verify(`${note} `, response, authority.certificate)).toMatch(/Verification: FAILED/);
    expect(await node.ledger.timestampOf(3)).toEqual(timestamp);
    expect(node.ledger.state()).toMatchObject({ phase: 'SOUND', size: 3 });
  });

  test('is asked for once, however often it is wanted, and also after a restart', async () => {
    const directory = emptyDirectory();
    const node = await opened(directory);
    await node.store.append(STREAM, factsOf(STREAM, 0, 3), 0);
    await node.ledger.checkpoint();
    const first = await node.ledger.obtainTimestamp(3);
    const asked = authority.asked.length;
    expect(await node.ledger.obtainTimestamp(3)).toEqual(first);
    await node.close();
    open.splice(0);
    const again = await opened(directory);
    expect(await again.ledger.obtainTimestamp(3)).toEqual(first);
    expect(authority.asked).toHaveLength(asked);
  });

  test('is one where several ask at the same time', async () => {
    const node = await withCheckpoint();
    const answers = await Promise.all([1, 2, 3].map(() => node.ledger.obtainTimestamp(3)));
    expect(new Set(answers.map((answer) => Buffer.from(answer?.response ?? []).toString('hex'))).size).toBe(1);
  });

  test('is asked for by itself while the ledger works, for the newest checkpoint, once an hour', async () => {
    const node = await withCheckpoint();
    node.ledger.start();
    await until(async () => (await node.ledger.timestampOf(3)) !== undefined);
    await node.store.append(STREAM, factsOf(STREAM, 3, 2), 3);
    node.clock.nowMs += 5_000;
    await node.ledger.checkpoint();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await node.ledger.timestampOf(5)).toBeUndefined();
    node.clock.nowMs += STAMP_EVERY_MS;
    await until(async () => (await node.ledger.timestampOf(5)) !== undefined);
    expect(node.tree.size()).toBe(5);
  });

  test('there is none without an authority, nor of a size that nobody signed', async () => {
    const node = await withCheckpoint();
    expect(await node.ledger.timestampOf(3)).toBeUndefined();
    expect(await node.ledger.obtainTimestamp(2)).toBeUndefined();
    expect(await node.ledger.obtainTimestamp(4)).toBeUndefined();
    const alone = await openTestLedger(emptyDirectory());
    open.push(alone);
    await alone.store.append(STREAM, factsOf(STREAM, 0, 3), 0);
    await alone.ledger.checkpoint();
    expect(await alone.ledger.obtainTimestamp(3)).toBeUndefined();
  });

  test.each([
    ['is not granted', 'TIMESTAMP_REFUSED', () => ({ body: Buffer.from('30053003020102', 'hex') })],
    ['is of another digest', 'TIMESTAMP_REFUSED', (body: Buffer) => ({ body: flipped(body) })],
    ['is cut off', 'TIMESTAMP_REFUSED', (body: Buffer) => ({ body: body.subarray(0, 200) })],
    ['is nothing', 'TIMESTAMP_REFUSED', () => ({ body: Buffer.of() })],
    ['is a page', 'TIMESTAMP_REFUSED', () => ({ body: Buffer.from('<html>') })],
    ['is too large', 'TIMESTAMP_UNAVAILABLE', () => ({ body: Buffer.alloc(MAX_RESPONSE_BYTES + 1, 0x30) })],
    ['is an error', 'TIMESTAMP_UNAVAILABLE', (body: Buffer) => ({ status: 500, body })],
    ['is elsewhere', 'TIMESTAMP_UNAVAILABLE', (body: Buffer) => ({ status: 302, location: '/other', body })],
  ])('is not taken where the answer %s', async (_, code, change) => {
    const node = await withCheckpoint();
    authority.bend(change);
    await expect(node.ledger.obtainTimestamp(3)).rejects.toMatchObject({ code });
    expect(await node.ledger.timestampOf(3)).toBeUndefined();
    authority.bend(undefined);
    expect(await node.ledger.obtainTimestamp(3)).toMatchObject({ size: 3 });
  });

  test('is not taken where the answer belongs to another request of the same digest', async () => {
    const node = await withCheckpoint();
    let kept: Buffer | undefined;
    authority.bend((body) => {
      kept = body;
      return { status: 500, body };
    });
    await node.ledger.obtainTimestamp(3).catch(() => undefined);
    authority.bend(() => ({ body: kept ?? Buffer.of() }));
    await expect(node.ledger.obtainTimestamp(3)).rejects.toThrow('belongs to another request');
  });

  test('that fails by itself leaves the ledger sound, is said once, and is tried again', async () => {
    const node = await withCheckpoint();
    authority.bend((body) => ({ status: 503, body }));
    node.ledger.start();
    await until(() => node.said.some(({ level }) => level === 'warn'));
    expect(node.ledger.state().phase).toBe('SOUND');
    authority.bend(undefined);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(node.said.filter(({ level }) => level === 'warn')).toHaveLength(1);
    node.clock.nowMs += STAMP_EVERY_MS;
    await until(async () => (await node.ledger.timestampOf(3)) !== undefined);
  });

  /** Alters a byte of the digest in a response; whatever else it is signed over stays. */
  function flipped(response: Buffer): Buffer {
    const imprint = Buffer.from('060960864801650304020105000420', 'hex');
    const body = Buffer.from(response);
    const at = body.indexOf(imprint) + imprint.length;
    body[at] = (body[at] ?? 0) ^ 1;
    return body;
  }
});

(hasOpenSsl() ? test : test.skip)('a request is the one that OpenSSL reads', () => {
  const digest = digestOf('some text');
  const request = timestampRequest(digest, Buffer.from('4142434445464748', 'hex'));
  const directory = mkdtempSync(join(tmpdir(), 'samtykke-query-'));
  writeFileSync(join(directory, 'query.tsq'), request);
  const args = 'ts -query -in query.tsq -text'.split(' ');
  const { stdout } = spawnSync('openssl', args, { cwd: directory, encoding: 'utf8' });
  rmSync(directory, { recursive: true });
  expect(stdout).toMatch(/Version: 1\nHash Algorithm: sha256/);
  expect(stdout).toMatch(/Nonce: 0x4142434445464748\nCertificate required: yes/);
});

test('what is no response of RFC 3161 is refused whatever it is, and never read beyond its end', () => {
  const digest = digestOf('some text');
  const seed = Number(process.env.SEED ?? Date.now());
  let state = seed;
  const next = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  for (let round = 0; round < 2_000; round += 1) {
    const bytes = Buffer.from(Array.from({ length: Math.floor(next() * 40) }, () => Math.floor(next() * 256)));
    if (round % 2 === 0) bytes[0] = 0x30;
    try {
      expect(() => timeStamped(bytes, digest)).toThrow(expect.objectContaining({ code: 'TIMESTAMP_REFUSED' }));
    } catch (error) {
      throw new Error(`SEED=${seed}, ${bytes.toString('hex')}`, { cause: error });
    }
  }
});
