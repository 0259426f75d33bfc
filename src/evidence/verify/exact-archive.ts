import { fstatSync, readSync } from 'node:fs';
import { MAX_BUNDLE_FILES } from './bundle-layout';
import { BundleRejected } from './bundle-rejected';

/**
 * Programs that read archives differ in what they do with bytes that no entry accounts for, with what an entry says twice
 * and differently, and with entries that are no files. A bundle leaves them no choice: from its first byte to its last it
 * is the files, one after the other, and their directory, in the form that bundles are written in.
 */

const END_BYTES = 22;
const CENTRAL_BYTES = 46;
const LOCAL_BYTES = 30;
const DESCRIPTOR_BYTES = 16;
const [END_MARK, CENTRAL_MARK, LOCAL_MARK, DESCRIPTOR_MARK] = [0x06054b50, 0x02014b50, 0x04034b50, 0x08074b50];
/** Most bytes of the directory: no name in a bundle is longer than a hundred bytes. */
const MAX_DIRECTORY_BYTES = MAX_BUNDLE_FILES * 200;

/** Sizes and checksum stand behind the bytes. */
const SIZES_FOLLOW = 0x8;
/** That, how hard it was packed, and that names are UTF-8. */
const KNOWN_FLAGS = SIZES_FOLLOW | 0x6 | 0x800;
const [STORED, DEFLATED] = [0, 8];
/** Above it are other ways of packing, and sizes of more than 32 bits, which no bundle needs. */
const MAX_VERSION_NEEDED = 20;
/** Who made an entry, and so how its attributes are read: MS-DOS or Unix. */
const HOSTS: readonly number[] = [0, 3];
const [FILE_KIND, REGULAR_FILE] = [0o170000, 0o100000];
/** Directory or label of a volume. */
const NO_FILE_IN_DOS = 0x18;
/** Times of a file: the one addition to an entry that says nothing of its name, its size or its kind. */
const TIMES = 0x5455;

interface CentralEntry {
  readonly name: string;
  readonly rawName: Buffer;
  /** Version, flags, method, time and date, which stand in the local header as well. */
  readonly shared: Buffer;
  readonly flags: number;
  /** Checksum, packed and unpacked size. */
  readonly sizes: Buffer;
  readonly packed: number;
  readonly start: number;
  /** Where the next one begins in the directory. */
  readonly end: number;
}

/**
 * The file is an archive of nothing but regular files, without a byte between them, before or behind.
 * @throws BundleRejected BUNDLE_UNREADABLE with the first file, or the byte of the archive, where that ends
 */
export function assertExactArchive(fd: number, path: string): void {
  const { directory, start, count } = readDirectory(fd, path);
  let place = 0;
  let entries = 0;
  for (let at = 0; at < directory.length; entries += 1) {
    const entry = centralEntry(directory, at, path);
    if (entry.start !== place) throw unreadable(path, `from byte ${place} on there is what no file of it is`);
    place = endOfLocal(fd, entry, start);
    at = entry.end;
  }
  if (place !== start) throw unreadable(path, `from byte ${place} on there is what no file of it is`);
  if (entries !== count) throw unreadable(path, `it says that it holds ${count} files, and lists ${entries}`);
}

function readDirectory(fd: number, path: string) {
  const { size } = fstatSync(fd);
  const end = size < END_BYTES ? undefined : bytesAt(fd, size - END_BYTES, END_BYTES);
  const length = end?.readUInt32LE(12) ?? 0;
  const start = end?.readUInt32LE(16) ?? 0;
  const isEnd = end?.readUInt32LE(0) === END_MARK && end.readUInt16LE(20) === 0;
  if (!end || !isEnd) throw unreadable(path, 'it does not end as an archive without a comment does');
  const count = end.readUInt16LE(10);
  const isWhole = end.readUInt32LE(4) === 0 && end.readUInt16LE(8) === count;
  if (!isWhole || start + length !== size - END_BYTES || length > MAX_DIRECTORY_BYTES) {
    throw unreadable(path, 'its directory is not the one that its end tells of');
  }
  return { directory: bytesAt(fd, start, length), start, count };
}

function centralEntry(directory: Buffer, at: number, path: string): CentralEntry {
  const fixed = directory.subarray(at, at + CENTRAL_BYTES);
  if (fixed.length < CENTRAL_BYTES || fixed.readUInt32LE(0) !== CENTRAL_MARK) {
    throw unreadable(path, 'its directory cannot be read');
  }
  const [nameLength, extraLength, commentLength] = [28, 30, 32].map((place) => fixed.readUInt16LE(place));
  const nameEnd = at + CENTRAL_BYTES + (nameLength ?? 0);
  const end = nameEnd + (extraLength ?? 0);
  const rawName = directory.subarray(at + CENTRAL_BYTES, nameEnd);
  const name = rawName.toString('utf8');
  if (end > directory.length) throw unreadable(path, 'its directory cannot be read');
  if (commentLength !== 0 || fixed.readUInt16LE(34) !== 0)
    throw unreadable(name, 'it bears a comment, or is elsewhere');
  assertOrdinary(name, fixed);
  assertTimesAlone(name, directory.subarray(nameEnd, end));
  const [flags, packed, start] = [fixed.readUInt16LE(8), fixed.readUInt32LE(20), fixed.readUInt32LE(42)];
  return {
    ...{ name, rawName, flags, packed, start, end },
    shared: fixed.subarray(6, 16),
    sizes: fixed.subarray(16, 28),
  };
}

function assertOrdinary(name: string, fixed: Buffer): void {
  const [host, version, flags] = [fixed.readUInt8(5), fixed.readUInt16LE(6), fixed.readUInt16LE(8)];
  const [method, attributes] = [fixed.readUInt16LE(10), fixed.readUInt32LE(38)];
  const kind = (attributes >>> 16) & FILE_KIND;
  const isFile = HOSTS.includes(host) && [0, REGULAR_FILE].includes(kind) && (attributes & NO_FILE_IN_DOS) === 0;
  if (!isFile) throw unreadable(name, 'it is no regular file');
  // What is not packed has no end of its own, so its size has to stand before it.
  const isPlain = method === DEFLATED || (method === STORED && (flags & SIZES_FOLLOW) === 0);
  if (!isPlain || (flags & ~KNOWN_FLAGS) !== 0 || version > MAX_VERSION_NEEDED) {
    throw unreadable(name, 'it is packed in a way that bundles are not');
  }
}

function assertTimesAlone(name: string, extra: Buffer): void {
  if (extra.length === 0) return;
  const isTimes = extra.length >= 4 && extra.readUInt16LE(0) === TIMES && extra.readUInt16LE(2) === extra.length - 4;
  if (!isTimes) throw unreadable(name, 'more is said of it than bundles say');
}

/** Where the bytes of a file end, which its local header has to tell as the directory does. */
function endOfLocal(fd: number, entry: CentralEntry, limit: number): number {
  const { name, rawName, shared, sizes, packed, start } = entry;
  const header = bytesAt(fd, start, LOCAL_BYTES + rawName.length);
  const isSame =
    header.length === LOCAL_BYTES + rawName.length &&
    header.readUInt32LE(0) === LOCAL_MARK &&
    header.subarray(4, 14).equals(shared) &&
    header.readUInt16LE(26) === rawName.length &&
    header.subarray(LOCAL_BYTES).equals(rawName);
  if (!isSame) throw unreadable(name, 'where its bytes are something else is said of it than in the directory');
  const extra = header.readUInt16LE(28);
  assertTimesAlone(name, bytesAt(fd, start + header.length, extra));
  const end = start + header.length + extra + packed;
  const follow = (entry.flags & SIZES_FOLLOW) !== 0;
  const descriptor = follow ? bytesAt(fd, end, DESCRIPTOR_BYTES) : Buffer.of();
  const told = header.subarray(14, 26);
  const isTold = follow
    ? told.equals(Buffer.alloc(told.length)) && isDescriptor(descriptor, sizes)
    : told.equals(sizes);
  if (!isTold || end + descriptor.length > limit) throw unreadable(name, 'its size or checksum is told in two ways');
  return end + descriptor.length;
}

function isDescriptor(descriptor: Buffer, sizes: Buffer): boolean {
  if (descriptor.length !== DESCRIPTOR_BYTES) return false;
  return descriptor.readUInt32LE(0) === DESCRIPTOR_MARK && descriptor.subarray(4).equals(sizes);
}

/** As many as there are. */
function bytesAt(fd: number, place: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  return bytes.subarray(0, readSync(fd, bytes, 0, length, place));
}

const unreadable = (file: string, why: string) => new BundleRejected('BUNDLE_UNREADABLE', { file }, why);
