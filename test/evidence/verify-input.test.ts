import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { withdrawConsent } from '../../src/application/decisions';
import {
  MAX_BUNDLE_EVENTS,
  MAX_BUNDLE_FILE_BYTES,
  MAX_BUNDLE_LINE_BYTES,
} from '../../src/evidence/verify/bundle-layout';
import { verifyBundle } from '../../src/evidence/verify/verify-bundle';
import { parseCheckpoint, parseNote, parseVerifierKey } from '../../src/ledger/checkpoint-note';
import { httpTimestampAuthority } from '../../src/ledger/timestamp-authority';
import { timestampRequest } from '../../src/ledger/timestamp-der';
import { linesIn, relisted, setLines } from '../support/bundle-forgery';
import { type BundleOffice, openBundleOffice } from '../support/bundle-office';
import { type BundleStory, tellStory } from '../support/bundle-story';
import { hasOpenSsl, startOpenSslAuthority } from '../support/openssl-authority';
import { fileIn, readZip, writeZip } from '../support/zip-files';

describe('what is given to the verifier', () => {
  let office: BundleOffice;
  let story: BundleStory;
  beforeEach(async () => {
    office = await openBundleOffice();
    story = await tellStory(office);
  });
  afterEach(() => office.close());

  const file = (name: string, content: Uint8Array) => {
    const path = join(office.directory, name);
    writeFileSync(path, content);
    return path;
  };
  const checkpointOf = async (path: string) =>
    parseCheckpoint(parseNote(String(fileIn(await readZip(path), 'checkpoint.note'))).text);
  const keysOf = async (path: string) => linesIn(await readZip(path), 'keys.txt').map(parseVerifierKey);

  it.each([
    ['nothing', Buffer.of()],
    ['no zip', Buffer.from('Dette er ingen zip.')],
    ['an empty zip', Buffer.concat([Buffer.from('PK\x05\x06'), Buffer.alloc(18)])],
    ['zeros', Buffer.alloc(100_000)],
  ])('%s is refused by a code', async (name, content) => {
    await expect(verifyBundle(file('input.zip', content))).rejects.toMatchObject({
      name: 'BundleRejected',
      code: name === 'an empty zip' ? 'FILE_MISSING' : 'BUNDLE_UNREADABLE',
    });
  });

  it('that unpacks to more than a bundle may is refused before it is unpacked', async () => {
    const began = process.memoryUsage().rss;
    const path = file('bomb.zip', zipSaying('events.txt', MAX_BUNDLE_FILE_BYTES + 1));
    await expect(verifyBundle(path)).rejects.toMatchObject({
      code: 'BUNDLE_TOO_LARGE',
      culprit: { file: 'events.txt' },
    });
    expect(process.memoryUsage().rss - began).toBeLessThan(MAX_BUNDLE_FILE_BYTES / 4);
  });

  it('that unpacks to more than it says is refused', async () => {
    const path = file('liar.zip', zipSaying('manifest.json', 1_000));
    await expect(verifyBundle(path)).rejects.toMatchObject({
      code: 'BUNDLE_UNREADABLE',
      culprit: { file: 'manifest.json' },
    });
  });

  it('with a bit of its bytes wrong is refused, wherever that is in what is packed', async () => {
    const path = await office.bundle({ subjectId: story.kari });
    const sound = await readZip(path);
    const whole = readFileSync(path);
    for (const name of sound.keys()) {
      const local = whole.indexOf(name);
      const spoilt = Buffer.from(whole);
      // Past the name of the local header, in the middle of the bytes.
      const at = local + name.length + 10;
      spoilt[at] = (spoilt[at] ?? 0) ^ 0x10;
      await expect(verifyBundle(file('spoilt.zip', spoilt))).rejects.toMatchObject({ name: 'BundleRejected' });
    }
  });

  it('of very many lines is refused before they are read', async () => {
    const sound = await readZip(await office.bundle({ subjectId: story.kari }));
    for (const [name, content] of [
      ['proofs.jsonl', Buffer.alloc(MAX_BUNDLE_EVENTS + 2, '\n')],
      ['proofs.jsonl', Buffer.from(`"${'A'.repeat(MAX_BUNDLE_LINE_BYTES)}"\n`)],
      ['events.txt', Buffer.alloc(8 * MAX_BUNDLE_EVENTS, '\n')],
      ['streams.json', Buffer.from('['.repeat(100_000))],
      ['answer.json', Buffer.from('['.repeat(100_000))],
      ['checkpoint.note', Buffer.alloc(1_000_000, '\n')],
      ['keys.txt', Buffer.alloc(1_000_000, '\n')],
    ] as const) {
      const files = new Map(sound);
      relisted((each) => each.set(name, content))(files);
      const path = await writeZip(join(office.directory, 'many.zip'), files);
      await expect(verifyBundle(path)).rejects.toMatchObject({ name: 'BundleRejected', culprit: { file: name } });
    }
  });

  it('of another log than the key that was given is named so', async () => {
    const elsewhere = await openBundleOffice();
    try {
      const other = await tellStory(elsewhere);
      const path = await elsewhere.bundle({ subjectId: other.kari });
      const own = await office.bundle({ subjectId: story.kari });
      await expect(verifyBundle(path, { keys: await keysOf(own) })).rejects.toMatchObject({
        code: 'BUNDLE_OF_ANOTHER_LOG',
      });
      await expect(verifyBundle(path, { checkpoint: await checkpointOf(own) })).rejects.toMatchObject({
        code: 'BUNDLE_OF_ANOTHER_LOG',
      });
      const [key] = await keysOf(own);
      if (!key) throw new Error('There is no key.');
      await expect(verifyBundle(path, { keys: [key.publicKey] })).rejects.toMatchObject({ code: 'KEY_NOT_AS_GIVEN' });
      expect(await verifyBundle(own, { keys: [key.publicKey] })).toMatchObject({ keyGiven: true });
    } finally {
      await elsewhere.close();
    }
  });

  it('is held against a checkpoint that was noted before', async () => {
    const first = await office.bundle({ subjectId: story.kari });
    const noted = await checkpointOf(first);
    await office.publish('personvern', { label: 'Versjon 3' });
    const second = await office.bundle({ subjectId: story.kari });
    expect(await verifyBundle(second, { checkpoint: noted })).toMatchObject({ keyGiven: false });
    expect(await verifyBundle(first, { checkpoint: noted })).toMatchObject({ keyGiven: false });
    const forged = { ...noted, root: Buffer.alloc(32) };
    await expect(verifyBundle(second, { checkpoint: forged })).rejects.toMatchObject({
      code: 'CHECKPOINT_CONTRADICTED',
    });
    const later = await checkpointOf(second);
    await expect(verifyBundle(first, { checkpoint: later })).rejects.toMatchObject({
      code: 'CHECKPOINT_NOT_COMPARABLE',
    });
  });

  (hasOpenSsl() ? it : it.skip)('holds the time stamp of its checkpoint, which OpenSSL verifies', async () => {
    const authority = await startOpenSslAuthority();
    try {
      const order = await office.order({ subjectId: story.kari });
      const plain = await office.write(order);
      expect(await verifyBundle(plain)).toMatchObject({ timestamped: false });
      const note = String(fileIn(await readZip(plain), 'checkpoint.note'));
      const request = timestampRequest(createHash('sha256').update(note).digest(), Buffer.alloc(8, 1));
      const response = await httpTimestampAuthority(authority.url).answer(request);
      const { size } = await checkpointOf(plain);
      office.stamps.set(size, { size, note, response, at: 0 });
      const stamped = await office.write(order);
      expect(await verifyBundle(stamped)).toMatchObject({ timestamped: true });
      for (const [name, content] of await readZip(stamped)) if (name.startsWith('checkpoint')) file(name, content);
      file('authority.pem', Buffer.from(authority.certificate));
      const command = 'ts -verify -data checkpoint.note -in checkpoint.tsr -CAfile authority.pem'.split(' ');
      const { stdout, stderr } = spawnSync('openssl', command, { cwd: office.directory, encoding: 'utf8' });
      expect(stdout + stderr).toContain('Verification: OK');
    } finally {
      await authority.close();
    }
  });

  it('with a stream map is refused when the map, what came later, or an event is another', async () => {
    const position = office.models.readModels.prefixAtOrdinal(office.models.readModels.applied().n - 2)?.position;
    await withdrawConsent(office.app, await office.request('service'), {
      subjectId: story.kari,
      policyId: story.privacy.policyId,
      purposes: ['newsletter'],
    });
    if (position === undefined) throw new Error('The log is too short.');
    const sound = await readZip(await office.bundle({ subjectId: story.kari }, { maxListedLeaves: 5, position }));
    const said = async (forge: (files: Map<string, Buffer>) => void) => {
      const files = new Map(sound);
      relisted(forge)(files);
      const found = verifyBundle(await writeZip(join(office.directory, 'forged.zip'), files));
      return found.then(
        () => 'sound',
        (error: { code: string }) => error.code,
      );
    };
    const edited = (name: string, from: RegExp, to: string) => (files: Map<string, Buffer>) => {
      const text = String(fileIn(files, name));
      if (!from.test(text)) throw new Error(`Nothing matches ${from}.`);
      files.set(name, Buffer.from(text.replace(from, to)));
    };
    expect(await said(() => undefined)).toBe('sound');
    expect(await said(edited('stream-map.jsonl', /"count":\d+/, '"count":999'))).toBe('STREAM_MAP_ALTERED');
    expect(await said(edited('stream-map.jsonl', /"last":\d+/, '"last":999'))).toBe('STREAM_MAP_ALTERED');
    expect(
      await said((files) => setLines(files, 'stream-map.jsonl', linesIn(files, 'stream-map.jsonl').slice(1))),
    ).toBe('STREAM_MAP_ALTERED');
    expect(await said(edited('stream-map.note', /of \d+/, 'of 7'))).toBe('CHECKPOINT_NOT_SIGNED');
    expect(await said((files) => files.set('stream-map.note', fileIn(files, 'checkpoint.note')))).toBe(
      'STREAM_MAP_ALTERED',
    );
    expect(await said((files) => setLines(files, 'later-leaves.jsonl', []))).toBe('EVENT_MISSING');
    expect(await said(edited('later-leaves.jsonl', /"leaf":\d+/, '"leaf":2'))).toBe('PROOF_WRONG');
    expect(await said(edited('events.txt', /ConsentGiven/, 'ConsentRefused'))).toBe('EVENT_ALTERED');
    expect(await said((files) => files.delete('stream-map.jsonl'))).toBe('FILE_MISSING');
  });
});

/** A zip of one file of zeros that unpacks to a little more than a megabyte, and says that it is of another size. */
function zipSaying(name: string, size: number): Buffer {
  const packed = deflateRawSync(Buffer.alloc(1_100_000));
  const local = Buffer.alloc(30);
  local.writeUInt32LE(0x04034b50, 0);
  local.writeUInt16LE(20, 4);
  local.writeUInt16LE(8, 8);
  local.writeUInt32LE(packed.length, 18);
  local.writeUInt32LE(size, 22);
  local.writeUInt16LE(name.length, 26);
  const central = Buffer.alloc(46);
  central.writeUInt32LE(0x02014b50, 0);
  central.writeUInt16LE(20, 4);
  central.writeUInt16LE(20, 6);
  central.writeUInt16LE(8, 10);
  central.writeUInt32LE(packed.length, 20);
  central.writeUInt32LE(size, 24);
  central.writeUInt16LE(name.length, 28);
  const start = local.length + name.length + packed.length;
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(central.length + name.length, 12);
  end.writeUInt32LE(start, 16);
  return Buffer.concat([local, Buffer.from(name), packed, central, Buffer.from(name), end]);
}
