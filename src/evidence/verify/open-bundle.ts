import { createHash } from 'node:crypto';
import { closeSync, constants, open } from 'node:fs';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { crc32, createInflateRaw } from 'node:zlib';
import { type Entry, fromFdPromise, type ZipFile } from 'yauzl';
import { MAX_BUNDLE_BYTES, MAX_BUNDLE_FILES, type ManifestFile, maxBytesOf } from './bundle-layout';
import { BundleRejected } from './bundle-rejected';
import { isObject } from './event-record';
import { assertExactArchive } from './exact-archive';

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
const openFile = promisify<string, number, number>(open);

/** @throws BundleRejected BUNDLE_UNREADABLE BUNDLE_TOO_LARGE @throws a system error where there is no such file */
export async function openBundle(path: string): Promise<OpenBundle> {
  // A pipe must not make it wait for somebody to write.
  const fd = await openFile(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const zip = await orUnreadable(path, () =>
    fromFdPromise(fd, { autoClose: false, lazyEntries: true, strictFileNames: true }),
  ).catch((error: unknown) => {
    closeSync(fd);
    throw error;
  });
  try {
    const entries = await entriesOf(path, zip);
    assertExactArchive(fd, path);
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
  return entries;
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
    const digest = createHash('sha256');
    let [bytes, checksum] = [0, 0];
    for await (const chunk of unpacked(await zip.openReadStreamPromise(entry, { decodeFileData: false }), entry)) {
      bytes += chunk.length;
      if (bytes > entry.uncompressedSize) break;
      checksum = crc32(chunk, checksum);
      digest.update(chunk);
      yield chunk;
    }
    if (bytes !== entry.uncompressedSize) throw unreadable(name, 'it does not unpack to as many bytes as it says');
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

/** The bytes of a file, of which none may follow where the packed ones end: another reader might take those. */
async function* unpacked(packed: Readable, { fileName, compressionMethod, compressedSize }: Entry) {
  const inflating = compressionMethod === DEFLATED ? createInflateRaw() : undefined;
  const content: AsyncIterable<Buffer> = inflating ? packed.pipe(inflating) : packed;
  packed.once('error', (error) => inflating?.destroy(error));
  try {
    yield* content;
  } finally {
    packed.destroy();
    inflating?.destroy();
  }
  if (inflating && inflating.bytesWritten !== compressedSize) throw unreadable(fileName, 'bytes follow where it ends');
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
