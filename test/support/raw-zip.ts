import { crc32, deflateRawSync } from 'node:zlib';
import type { ZipFiles } from './zip-files';

/** An archive byte by byte, for tests of what honest tools do not write. */
export interface RawEntry {
  readonly name: string;
  readonly local: Buffer;
  readonly packed: Buffer;
  /** What follows the packed bytes. */
  readonly behind: Buffer;
  readonly central: Buffer;
}

const VERSION = 20;
const UNIX = 3 << 8;

/** As archives are written that hold sizes before the bytes, with nothing said twice. */
export function rawEntries(files: ZipFiles): RawEntry[] {
  return [...files].map(([name, content]) => rawEntry(name, content, deflateRawSync(content)));
}

export function rawEntry(name: string, content: Buffer, packed: Buffer): RawEntry {
  const shared = Buffer.alloc(26);
  shared.writeUInt16LE(VERSION, 0);
  shared.writeUInt16LE(8, 4);
  shared.writeUInt16LE(0x21, 8);
  shared.writeUInt32LE(crc32(content), 10);
  shared.writeUInt32LE(packed.length, 14);
  shared.writeUInt32LE(content.length, 18);
  shared.writeUInt16LE(name.length, 22);
  const rest = Buffer.alloc(14);
  rest.writeUInt32LE(0o100644 * 0x10000, 6);
  const local = Buffer.concat([Buffer.from('PK\x03\x04'), shared, Buffer.from(name)]);
  const version = Buffer.alloc(2);
  version.writeUInt16LE(UNIX | VERSION);
  const central = Buffer.concat([Buffer.from('PK\x01\x02'), version, shared, rest, Buffer.from(name)]);
  return { name, local, packed, behind: Buffer.of(), central };
}

/** Puts the entries behind each other, each at the place that its entry in the directory says. */
export function rawZip(entries: readonly RawEntry[], before: Buffer = Buffer.of()): Buffer {
  const parts = [before];
  const directory: Buffer[] = [];
  let at = before.length;
  for (const { local, packed, behind, central } of entries) {
    const placed = Buffer.from(central);
    placed.writeUInt32LE(at, 42);
    directory.push(placed);
    parts.push(local, packed, behind);
    at += local.length + packed.length + behind.length;
  }
  const listed = Buffer.concat(directory);
  return Buffer.concat([...parts, listed, endOf(entries.length, listed.length, at)]);
}

function endOf(count: number, length: number, start: number): Buffer {
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(count, 8);
  end.writeUInt16LE(count, 10);
  end.writeUInt32LE(length, 12);
  end.writeUInt32LE(start, 16);
  return end;
}

/** The same bytes with some others from a place on. */
export function patched(bytes: Buffer, place: number, by: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  by.copy(copy, place);
  return copy;
}

export function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
