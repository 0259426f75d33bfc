import { Kind } from 'graphql';
import { DateTime, LocalDateScalar, Locale, PositionScalar, TimeZoneScalar } from '../../src/api/scalars';

const BAD = expect.objectContaining({ extensions: { code: 'BAD_USER_INPUT' } });

test.each([
  [DateTime, '2024-01-01T00:00:00+01:00', '2023-12-31T23:00:00.000Z'],
  [DateTime, '2024-01-01T00:00:00.123Z', '2024-01-01T00:00:00.123Z'],
  [LocalDateScalar, '2024-02-29', '2024-02-29'],
  [TimeZoneScalar, 'europe/oslo', 'Europe/Oslo'],
  [Locale, 'NB', 'nb'],
  [Locale, 'en-gb', 'en-GB'],
  [PositionScalar, 'anything', 'anything'],
])('%s reads %s as %s, as a variable and in a document', (scalar, text, value) => {
  expect(scalar.parseValue(text)).toBe(value);
  expect(scalar.parseLiteral({ kind: Kind.STRING, value: text })).toBe(value);
  expect(scalar.serialize(value)).toBe(value);
});

test.each([
  [DateTime, ['2024-01-01', '2024-01-01T00:00:00', '2024-13-01T00:00:00Z', '2024-01-01T00:00:00.0005Z', '']],
  [LocalDateScalar, ['2023-02-29', '20240101', '2024-1-1', '', '2024-01-01T00:00:00Z']],
  [TimeZoneScalar, ['Oslo', '+01:00', 'Z', '', 'x'.repeat(2_000)]],
  [Locale, ['', 'x', 'nb_NO', '日本', 'a'.repeat(36)]],
])('%s refuses %j', (scalar, texts) => {
  for (const text of texts) expect(() => scalar.parseValue(text)).toThrow(BAD);
});

test.each([DateTime, LocalDateScalar, TimeZoneScalar, Locale, PositionScalar])(
  '%s is written as a string and nothing else',
  (scalar) => {
    for (const value of [5, true, ['nb'], { a: 1 }, 0n]) expect(() => scalar.parseValue(value)).toThrow(BAD);
    expect(() => scalar.parseLiteral({ kind: Kind.INT, value: '5' })).toThrow(BAD);
    expect(() => scalar.serialize(5)).toThrow();
  },
);
