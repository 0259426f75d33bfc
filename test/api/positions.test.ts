import fc from 'fast-check';
import { decodeChangeCursor, decodePosition, encodeChangeCursor } from '../../src/api/position';
import { encodePosition } from '../../src/application/position-text';
import { parseInstant } from '../../src/domain/time';
import type { Position } from '../../src/event-store/event-store';

const LOG = '0190a1b2-0000-7000-8000-000000000001';
const OTHER = '0190a1b2-0000-7000-8000-000000000002';
/** A failure prints its seed; set TEST_SEED to it to replay. */
const SEED = process.env.TEST_SEED;
const t = parseInstant('2024-01-01T00:00:00Z');

test('a position given back is the store’s own, and another log’s is refused', () => {
  const text = encodePosition(LOG, '00000042' as Position);
  expect(decodePosition(LOG, text)).toBe('00000042');
  expect(() => decodePosition(OTHER, text)).toThrow(expect.objectContaining({ extensions: { code: 'BAD_POSITION' } }));
});

test.each([undefined, { of: 'event', delivered: 2 }, { of: 'instant', policy: 'a-policy' }] as const)(
  'a cursor with %j comes back whole',
  (partial) => {
    const cursor = { position: '7' as Position, t, ...(partial && { partial }) };
    expect(decodeChangeCursor(LOG, encodeChangeCursor(LOG, cursor))).toEqual(cursor);
    expect(() => decodeChangeCursor(OTHER, encodeChangeCursor(LOG, cursor))).toThrow(
      expect.objectContaining({ extensions: { code: 'BAD_CURSOR' } }),
    );
  },
);

test('any other text is refused by its code, never with a fault', () => {
  const encoded = fc
    .anything({ maxDepth: 2 })
    .map((value) => Buffer.from(JSON.stringify([LOG, value]) ?? '').toString('base64url'));
  const parts = fc.json().map((json) => Buffer.from(json).toString('base64url'));
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' }), encoded, parts), (text) => {
      for (const [decode, code] of [
        [decodePosition, 'BAD_POSITION'],
        [decodeChangeCursor, 'BAD_CURSOR'],
      ] as const) {
        try {
          decode(LOG, text);
        } catch (error) {
          expect(error).toMatchObject({ extensions: { code } });
        }
      }
    }),
    SEED === undefined ? {} : { seed: Number(SEED) },
  );
});
