import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { README_EN, README_ID, README_NB, readmeId } from '../../src/evidence/verify/bundle-readme';
import { verifyBundle } from '../../src/evidence/verify/verify-bundle';
import { type BundleOffice, openBundleOffice } from '../support/bundle-office';
import { tellStory } from '../support/bundle-story';
import { fileIn, readZip, relist, writeZip, type ZipFiles } from '../support/zip-files';

/** A value in DER. */
function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const value = Buffer.concat(parts);
  const length =
    value.length < 0x80 ? Buffer.of(value.length) : Buffer.of(0x82, value.length >> 8, value.length & 0xff);
  return Buffer.concat([Buffer.of(tag), length, value]);
}

const [SEQUENCE, INTEGER, OCTETS, OBJECT_ID] = [0x30, 0x02, 0x04, 0x06];
const id = (hex: string) => der(OBJECT_ID, Buffer.from(hex, 'hex'));
const number = (value: number) => der(INTEGER, Buffer.of(value));

/** An answer of an authority (RFC 3161) as far as anybody looks who does not check its signature. */
function answerOf(digest: Uint8Array, status = 0): Buffer {
  const imprint = der(SEQUENCE, der(SEQUENCE, id('608648016503040201')), der(OCTETS, digest));
  const time = der(0x18, Buffer.from('20240615120000Z'));
  const info = der(SEQUENCE, number(1), id('2a03'), imprint, number(7), time);
  const content = der(SEQUENCE, id('2a864886f70d0109100104'), der(0xa0, der(OCTETS, info)));
  const signed = der(SEQUENCE, number(3), der(0x31), content);
  const token = der(SEQUENCE, id('2a864886f70d010702'), der(0xa0, signed));
  return der(SEQUENCE, der(SEQUENCE, number(status)), token);
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();

describe('what stands in a bundle beside its proof', () => {
  let office: BundleOffice;
  let sound: ZipFiles;
  beforeAll(async () => {
    office = await openBundleOffice();
    sound = await readZip(await office.bundle({ subjectId: (await tellStory(office)).kari }));
  });
  afterAll(() => office.close());

  async function said(forge: (files: ZipFiles) => void, readme = README_ID) {
    const files = new Map(sound);
    forge(files);
    relist(files, readme);
    return verifyBundle(await writeZip(join(office.directory, 'beside.zip'), files)).then(
      ({ readmeChecked, timestamped }) => ({ code: 'sound', readmeChecked, timestamped }),
      ({ code, culprit }: { code: string; culprit: object }) => ({ code, culprit }),
    );
  }
  const setting = (name: string, content: string | Uint8Array) => (files: ZipFiles) =>
    files.set(name, Buffer.from(content));

  it('is a README that is word for word what this release writes, in both languages', async () => {
    expect(await said(() => undefined)).toEqual({ code: 'sound', readmeChecked: true, timestamped: false });
    for (const file of ['README.en.md', 'README.nb.md']) {
      const altered = { code: 'FILE_ALTERED', culprit: { file } };
      expect(await said(setting(file, 'All is well. Trust us.\n'))).toEqual(altered);
      expect(await said(setting(file, ''))).toEqual(altered);
      expect(await said(setting(file, `${String(fileIn(sound, file))} `))).toEqual(altered);
      expect(await said((files) => files.delete(file))).toEqual({ code: 'FILE_MISSING', culprit: { file } });
      expect(await said(setting(file, Buffer.of(0xff)))).toEqual({ code: 'FILE_MALFORMED', culprit: { file } });
    }
    const exchanged = (files: ZipFiles) => {
      setting('README.en.md', README_NB)(files);
      setting('README.nb.md', README_EN)(files);
    };
    expect(await said(exchanged)).toEqual({ code: 'FILE_ALTERED', culprit: { file: 'README.en.md' } });
  });

  it('is said not to be checked where it is the README of another release, if it is the one that is named', async () => {
    const other = (files: ZipFiles) => setting('README.en.md', 'In better words.\n')(files);
    expect(await said(other, readmeId('In better words.\n', README_NB))).toEqual({
      code: 'sound',
      readmeChecked: false,
      timestamped: false,
    });
    expect(await said(other, readmeId('In other words.\n', README_NB))).toEqual({
      code: 'FILE_ALTERED',
      culprit: { file: 'README.en.md' },
    });
    for (const readme of ['', 'v2', README_ID.toUpperCase(), `${README_ID}0`]) {
      expect(await said(() => undefined, readme)).toMatchObject({ code: 'MANIFEST_INVALID' });
    }
  });

  it('is a time stamp only if it is an answer that was granted for this checkpoint', async () => {
    const file = 'checkpoint.tsr';
    const digest = sha256(fileIn(sound, 'checkpoint.note'));
    const stamped = (content: Uint8Array) => said(setting(file, content));
    for (const status of [0, 1]) {
      expect(await stamped(answerOf(digest, status))).toMatchObject({ code: 'sound', timestamped: true });
    }
    const invalid = { code: 'TIMESTAMP_INVALID', culprit: { file } };
    const whole = answerOf(digest);
    const fakes = [
      digest,
      Buffer.concat([Buffer.alloc(100), digest]),
      der(SEQUENCE, digest),
      der(SEQUENCE, der(SEQUENCE, number(0)), der(OCTETS, digest)),
      Buffer.concat([whole, Buffer.of(0)]),
      Buffer.concat([whole, whole]),
      der(SEQUENCE, whole.subarray(4), der(OCTETS, digest)),
      whole.subarray(0, -1),
      answerOf(digest.subarray(1)),
      Buffer.of(),
      ...[2, 3, 4, 5].map((status) => answerOf(digest, status)),
    ];
    const found = [];
    for (const fake of fakes) found.push(await stamped(fake));
    expect(found.map(({ code }) => code)).toEqual(
      fakes.map((fake) =>
        fake.equals(answerOf(digest.subarray(1))) ? 'TIMESTAMP_OF_ANOTHER_CHECKPOINT' : invalid.code,
      ),
    );
    expect(found[0]).toEqual(invalid);
    expect(await stamped(answerOf(sha256(Buffer.from('another note'))))).toEqual({
      code: 'TIMESTAMP_OF_ANOTHER_CHECKPOINT',
      culprit: { file },
    });
  });
});
