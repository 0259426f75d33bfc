/** A whole message of text: the last frame of it and the first (RFC 6455, 5.2). */
const TEXT = 0x81;
/** Lengths up to these are told in one byte and in three; longer ones in nine. */
const SHORT = 125;
const MIDDLE = 65_535;

/** A text, or what writes itself as one: most of what many are sent at a time is the same bytes for all. */
export type Text = string | SelfWritten;

export interface SelfWritten {
  readonly byteLength: number;
  /** In UTF-8. @returns the place after it */
  writeTo(bytes: Buffer, place: number): number;
}

/** Messages as a server sends them over a WebSocket, which masks nothing, one behind the other. */
export function framesOf(texts: readonly Text[]): Buffer {
  let size = 0;
  for (const text of texts) size += frameLength(text);
  const frames = Buffer.allocUnsafe(size);
  let place = 0;
  for (const text of texts) {
    place = writeHead(frames, place, byteLength(text));
    place = typeof text === 'string' ? place + frames.write(text, place) : text.writeTo(frames, place);
  }
  return frames;
}

export function byteLength(text: Text): number {
  return typeof text === 'string' ? Buffer.byteLength(text) : text.byteLength;
}

function frameLength(text: Text): number {
  const length = byteLength(text);
  return headLength(length) + length;
}

function headLength(length: number): number {
  return length <= SHORT ? 2 : length <= MIDDLE ? 4 : 10;
}

/** @returns the place after it */
function writeHead(frames: Buffer, place: number, length: number): number {
  const next = frames.writeUInt8(TEXT, place);
  if (length <= SHORT) return frames.writeUInt8(length, next);
  if (length <= MIDDLE) return frames.writeUInt16BE(length, frames.writeUInt8(126, next));
  return frames.writeBigUInt64BE(BigInt(length), frames.writeUInt8(127, next));
}
