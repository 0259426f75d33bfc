import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { verifyBundle } from '../../src/evidence/verify/verify-bundle';
import { type BundleOffice, openBundleOffice } from '../support/bundle-office';
import { tellStory } from '../support/bundle-story';
import { patched, type RawEntry, rawEntries, rawEntry, rawZip, uint16, uint32 } from '../support/raw-zip';
import { fileIn, readZip, type ZipFiles } from '../support/zip-files';

/** What programs that read archives take in different ways is refused, however sound the files are. */
describe('an archive that not everybody reads alike', () => {
  let office: BundleOffice;
  let sound: ZipFiles;
  let entries: readonly RawEntry[];
  let path: string;
  beforeAll(async () => {
    office = await openBundleOffice();
    sound = await readZip(await office.bundle({ subjectId: (await tellStory(office)).kari }));
    entries = rawEntries(sound);
    path = join(office.directory, 'raw.zip');
  });
  afterAll(() => office.close());

  const answer = 'answer.json';
  const forged = rawEntry(answer, Buffer.from('{}\n'), deflateRawSync(Buffer.from('{}\n')));
  const change = (by: (entry: RawEntry) => Partial<RawEntry>) =>
    entries.map((entry) => (entry.name === answer ? { ...entry, ...by(entry) } : entry));
  const ofAnswer = { culprit: { file: answer } };
  const central = (place: number, by: Buffer) =>
    rawZip(change((entry) => ({ central: patched(entry.central, place, by) })));
  const local = (place: number, by: Buffer) => rawZip(change((entry) => ({ local: patched(entry.local, place, by) })));
  const both = (place: number, by: Buffer) =>
    rawZip(
      change((entry) => ({
        local: patched(entry.local, place, by),
        central: patched(entry.central, place + 2, by),
      })),
    );
  /** With an addition to the entry, in its local header or in the directory. */
  const added = (part: 'local' | 'central', extra: Buffer) =>
    rawZip(
      change((entry) => ({
        [part]: patched(Buffer.concat([entry[part], extra]), part === 'local' ? 28 : 30, uint16(extra.length)),
      })),
    );
  const ofUnicodeName = Buffer.concat([uint16(0x7075), uint16(9), Buffer.from('\x01\0\0\0\0a.jsn')]);

  async function said(bytes: Buffer) {
    writeFileSync(path, bytes);
    return verifyBundle(path).then(
      () => ({ code: 'sound' }),
      ({ code, culprit }: { code: string; culprit: object }) => ({ code, culprit }),
    );
  }
  const ofArchive = () => ({ culprit: { file: path } });
  const isRefused = async (bytes: Buffer, culprit: object) =>
    expect(await said(bytes)).toMatchObject({ code: 'BUNDLE_UNREADABLE', ...culprit });

  it('is sound while it is nothing but its files and their directory', async () => {
    expect(await said(rawZip(entries))).toEqual({ code: 'sound' });
    const times = Buffer.concat([uint16(0x5455), uint16(5), Buffer.alloc(5)]);
    expect(await said(added('central', times))).toEqual({ code: 'sound' });
    expect(await said(added('local', times))).toEqual({ code: 'sound' });
  });

  it('with a second answer that the directory does not list is refused, wherever that stands', async () => {
    const hidden = Buffer.concat([forged.local, forged.packed]);
    for (const place of [0, 3, entries.length - 1]) {
      const behind = entries.map((entry, index) => (index === place ? { ...entry, behind: hidden } : entry));
      await isRefused(rawZip(behind), ofArchive());
    }
    await isRefused(rawZip(entries, hidden), ofArchive());
    await isRefused(Buffer.concat([hidden, rawZip(entries)]), ofArchive());
    await isRefused(Buffer.concat([rawZip(entries), rawZip([forged])]), ofArchive());
  });

  it('with bytes before, behind or between, or with a comment is refused', async () => {
    const whole = rawZip(entries);
    await isRefused(Buffer.concat([Buffer.from('<html>'), whole]), ofArchive());
    await isRefused(Buffer.concat([whole, Buffer.of(0)]), ofArchive());
    await isRefused(Buffer.concat([patched(whole, whole.length - 2, uint16(5)), Buffer.from('hello')]), ofArchive());
    const commented = ({ central: listed }: RawEntry) => ({
      central: patched(Buffer.concat([listed, Buffer.from('hei')]), 32, uint16(3)),
    });
    await isRefused(rawZip(change(commented)), ofAnswer);
    const trailed = (entry: RawEntry) => {
      const packed = Buffer.concat([entry.packed, forged.local, forged.packed]);
      const length = uint32(packed.length);
      return { packed, local: patched(entry.local, 18, length), central: patched(entry.central, 20, length) };
    };
    await isRefused(rawZip(change(trailed)), ofAnswer);
    await isRefused(patched(whole, whole.length - 12, uint16(entries.length - 1)), ofArchive());
  });

  it('of entries that are no regular files is refused', async () => {
    for (const kind of [0o120777, 0o040755, 0o020666, 0o010666, 0o140777]) {
      await isRefused(central(38, uint32(kind * 0x10000)), ofAnswer);
    }
    await isRefused(central(38, uint32(0x10)), ofAnswer);
    await isRefused(central(5, Buffer.of(19)), ofAnswer);
    const links = entries.map((entry) => ({
      ...entry,
      central: patched(entry.central, 38, uint32(0o120777 * 0x10000)),
    }));
    await isRefused(rawZip(links), { culprit: { file: entries[0]?.name } });
  });

  it('that says one thing where the bytes are and another in its directory is refused', async () => {
    await isRefused(local(30, Buffer.from('Answer.json')), ofAnswer);
    for (const place of [4, 6, 8, 10, 12]) await isRefused(local(place, uint16(0x12)), ofAnswer);
    for (const place of [14, 18, 22]) await isRefused(local(place, uint32(7)), ofAnswer);
    await isRefused(local(0, Buffer.from('PK\x05\x04')), ofAnswer);
    await isRefused(added('local', ofUnicodeName), ofAnswer);
    await isRefused(added('central', ofUnicodeName), ofAnswer);
  });

  it('that is packed in a way that bundles are not is refused, with 64-bit sizes too', async () => {
    for (const flags of [0x1, 0x10, 0x20, 0x2000]) await isRefused(both(6, uint16(flags)), ofAnswer);
    await isRefused(both(8, uint16(14)), ofAnswer);
    await isRefused(both(4, uint16(45)), ofAnswer);
    const wide = Buffer.concat([uint16(1), uint16(8), uint32(fileIn(sound, answer).length), uint32(0)]);
    await isRefused(added('central', wide), ofAnswer);
  });

  it('tells sizes behind the bytes in one way only', async () => {
    const following = (change16: (descriptor: Buffer) => Buffer, method = 8) =>
      rawZip(
        change((entry) => {
          const content = fileIn(sound, answer);
          const packed = method === 8 ? entry.packed : content;
          const sizes = Buffer.concat([entry.central.subarray(16, 20), uint32(packed.length), uint32(content.length)]);
          const flags = Buffer.concat([uint16(8), uint16(method)]);
          return {
            packed,
            behind: change16(Buffer.concat([Buffer.from('PK\x07\x08'), sizes])),
            local: patched(patched(entry.local, 6, flags), 14, Buffer.alloc(12)),
            central: patched(patched(entry.central, 8, flags), 16, sizes),
          };
        }),
      );
    expect(await said(following((descriptor) => descriptor))).toEqual({ code: 'sound' });
    await isRefused(
      following((descriptor) => descriptor, 0),
      ofAnswer,
    );
    await isRefused(
      following((descriptor) => patched(descriptor, 8, uint32(9))),
      ofAnswer,
    );
    await isRefused(
      following((descriptor) => descriptor.subarray(4)),
      ofAnswer,
    );
    await isRefused(
      following((descriptor) => Buffer.concat([descriptor, Buffer.alloc(8)])),
      ofArchive(),
    );
  });
});
