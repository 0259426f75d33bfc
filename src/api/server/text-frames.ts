/** A whole message of text: the last frame of it and the first (RFC 6455, 5.2). */
const TEXT = 0x81;
/** Lengths up to these are told in one byte and in three; longer ones in nine. */
const SHORT = 125;
const MIDDLE = 65_535;

/** Messages as a server sends them over a WebSocket, which masks nothing, one behind the other. */
export function framesOf(texts: readonly string[]): Buffer {
  const lengths = texts.map((text) => Buffer.byteLength(text));
  const frames = Buffer.allocUnsafe(lengths.reduce((sum, length) => sum + headLength(length) + length, 0));
  let place = 0;
  for (let index = 0; index < texts.length; index += 1) {
    place = writeHead(frames, place, lengths[index] ?? 0);
    place += frames.write(texts[index] ?? '', place);
  }
  return frames;
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
