import { isUtf8 } from 'node:buffer';

/** git looks for a NUL byte so far to call a file binary. */
const LOOKED_AT_BYTES = 8_000;

export function looksBinary(bytes: Uint8Array): boolean {
  return bytes.subarray(0, LOOKED_AT_BYTES).includes(0);
}

/**
 * How a file's bytes are decoded, as the WHATWG names it: by their byte order mark, else utf-8 where they are valid,
 * else windows-1252, which gives every byte a character (rule X1). Undefined: utf-8.
 */
export function charsetOf(bytes: Uint8Array): string | undefined {
  const mark = byteOrder(bytes);
  if (mark) return mark;
  return isUtf8(bytes) ? undefined : 'windows-1252';
}

/** The charset that a byte order mark of UTF-16 tells; such a text holds NUL bytes and is none the less a text. */
export function byteOrder(bytes: Uint8Array): 'utf-16le' | 'utf-16be' | undefined {
  const [first, second] = bytes;
  if (bytes.length % 2 !== 0) return undefined;
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  return first === 0xfe && second === 0xff ? 'utf-16be' : undefined;
}
