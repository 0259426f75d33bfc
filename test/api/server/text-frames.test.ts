import { framesOf } from '../../../src/api/server/text-frames';

/** Messages read out of frames one behind the other, as a client reads them (RFC 6455, 5.2). */
function messagesIn(frames: Buffer): readonly string[] {
  const messages: string[] = [];
  let place = 0;
  while (place < frames.length) {
    expect(frames.readUInt8(place)).toBe(0x81);
    const short = frames.readUInt8(place + 1);
    const [length, head] =
      short === 127
        ? [Number(frames.readBigUInt64BE(place + 2)), 10]
        : short === 126
          ? [frames.readUInt16BE(place + 2), 4]
          : [short, 2];
    messages.push(frames.toString('utf8', place + head, place + head + length));
    place += head + length;
  }
  expect(place).toBe(frames.length);
  return messages;
}

test.each([0, 1, 125, 126, 127, 65_535, 65_536, 100_000])('a message of %d bytes is read as it was sent', (length) => {
  const text = 'x'.repeat(length);
  expect(messagesIn(framesOf([text]))).toEqual([text]);
});

test('several messages stand one behind the other, whatever is in them', () => {
  const texts = ['{}', 'blåbærsyltetøy', '\u{1F600}'.repeat(40), '', 'æ'.repeat(63), '\0'];
  expect(messagesIn(framesOf(texts))).toEqual(texts);
});

test('half a character becomes the sign for one that cannot be read', () => {
  expect(messagesIn(framesOf(['a\uD800b', 'c']))).toEqual(['a\uFFFDb', 'c']);
});

test('what writes itself stands between texts like any other', () => {
  const text = `{"å":"blåbær","x":"${'\u{1F600}'.repeat(40)}"}`;
  const written = {
    byteLength: Buffer.byteLength(text),
    writeTo: (bytes: Buffer, place: number) => place + bytes.write(text, place),
  };
  expect(messagesIn(framesOf(['a', written, 'ø', written]))).toEqual(['a', text, 'ø', text]);
});
