import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import { type Entry, openPromise, type ZipFile } from 'yauzl';
import { MAX_BUNDLE_BYTES, MAX_BUNDLE_FILES, type ManifestFile, maxBytesOf } from './bundle-layout';
import { BundleRejected } from './bundle-rejected';
import { isObject } from './event-record';

/** The files of a bundle, none of which is larger than a bundle's may be. */
export interface OpenBundle {
  /** Sorted. */
  readonly names: readonly string[];
  has(name: string): boolean;
  /** @throws BundleRejected FILE_MISSING, or BUNDLE_UNREADABLE where its bytes cannot be unpacked */
  read(name: string): Promise<Buffer>;
  /** What the manifest has to say of a file. @throws BundleRejected as {@link OpenBundle.read} */
  digest(name: string): Promise<ManifestFile>;
  close(): void;
}

const STORED = 0;
const DEFLATED = 8;
const ENCRYPTED = 0x1;
/** Bytes of a local header before its name. */
const LOCAL_HEADER_BYTES = 30;

/** @throws BundleRejected BUNDLE_UNREADABLE BUNDLE_TOO_LARGE @throws a system error where there is no such file */
export async function openBundle(path: string): Promise<OpenBundle> {
  const zip = await orUnreadable(path, () =>
    openPromise(path, { autoClose: false, lazyEntries: true, strictFileNames: true }),
  );
  try {
    const entries = await entriesOf(path, zip);
    return bundleOver(zip, entries);
  } catch (error) {
    zip.close();
    throw error;
  }
}

async function entriesOf(path: string, zip: ZipFile): Promise<ReadonlyMap<string, Entry>> {
  const entries = new Map<string, Entry>();
  let bytes = 0;
  if (zip.entryCount > MAX_BUNDLE_FILES) throw tooLarge(path, `it holds more than ${MAX_BUNDLE_FILES} files`);
  await orUnreadable(path, async () => {
    for await (const entry of zip.eachEntry()) {
      const { fileName, uncompressedSize, compressionMethod, generalPurposeBitFlag } = entry;
      bytes += uncompressedSize;
      if (uncompressedSize > maxBytesOf(fileName)) throw tooLarge(fileName, `it unpacks to ${uncompressedSize} bytes`);
      if (bytes > MAX_BUNDLE_BYTES) throw tooLarge(path, 'its files together are larger than any bundle');
      const isPlain = [STORED, DEFLATED].includes(compressionMethod) && (generalPurposeBitFlag & ENCRYPTED) === 0;
      if (!isPlain || fileName.endsWith('/')) throw unreadable(fileName, 'it is packed in a way that bundles are not');
      if (entries.has(fileName)) throw unreadable(fileName, 'there are two files of this name');
      entries.set(fileName, entry);
    }
  });
  assertApart(entries.values());
  return entries;
}

/** Files that share their packed bytes are how small archives become very large ones. */
function assertApart(entries: Iterable<Entry>): void {
  let end = 0;
  const inPlace = [...entries].sort((a, b) => a.relativeOffsetOfLocalHeader - b.relativeOffsetOfLocalHeader);
  for (const { fileName, relativeOffsetOfLocalHeader: start, compressedSize, fileNameLength } of inPlace) {
    if (start < end) throw unreadable(fileName, 'its bytes are those of another file, too');
    end = start + LOCAL_HEADER_BYTES + fileNameLength + compressedSize;
  }
}

function bundleOver(zip: ZipFile, entries: ReadonlyMap<string, Entry>): OpenBundle {
  const digests = new Map<string, ManifestFile & { readonly checksum: number }>();
  const entryOf = (name: string): Entry => {
    const entry = entries.get(name);
    if (entry) return entry;
    throw new BundleRejected('FILE_MISSING', { file: name }, 'it is not in the bundle');
  };
  async function* chunksOf(name: string): AsyncGenerator<Buffer> {
    const entry = entryOf(name);
    const { fileName } = await zip.readLocalFileHeaderPromise(entry);
    if (!fileName.equals(entry.fileNameRaw)) throw unreadable(name, 'it has another name where its bytes are');
    const digest = createHash('sha256');
    let [bytes, checksum] = [0, 0];
    const content = (await zip.openReadStreamPromise(entry)) as Readable & AsyncIterable<Buffer>;
    for await (const chunk of content) {
      bytes += chunk.length;
      checksum = crc32(chunk, checksum);
      digest.update(chunk);
      yield chunk;
    }
    digests.set(name, { path: name, bytes, sha256: digest.digest('hex'), checksum });
  }
  return {
    names: [...entries.keys()].sort(),
    has: (name) => entries.has(name),
    read: (name) =>
      orUnreadable(name, async () => {
        const chunks: Buffer[] = [];
        for await (const chunk of chunksOf(name)) chunks.push(chunk);
        return Buffer.concat(chunks);
      }),
    // The archive's own checksum is asked here, last: what is in a file says better how it was altered.
    digest: (name) =>
      orUnreadable(name, async () => {
        if (!digests.has(name)) for await (const _ of chunksOf(name));
        const found = digests.get(name);
        if (found?.checksum !== entryOf(name).crc32) throw unreadable(name, 'its checksum in the archive is wrong');
        return found;
      }),
    close: () => zip.close(),
  };
}

/** Whatever the archive's reader says of it is that it is no bundle; what the system says of the file stays. */
async function orUnreadable<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof BundleRejected || isOfSystem(error)) throw error;
    throw unreadable(file, `it cannot be unpacked (${isObject(error) ? error.message : error})`);
  }
}

const isOfSystem = (error: unknown) => isObject(error) && 'syscall' in error;

const unreadable = (file: string, why: string) => new BundleRejected('BUNDLE_UNREADABLE', { file }, why);
const tooLarge = (file: string, why: string) => new BundleRejected('BUNDLE_TOO_LARGE', { file }, why);
