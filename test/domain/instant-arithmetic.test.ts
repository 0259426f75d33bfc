import { Temporal } from '@js-temporal/polyfill';
import { epochMsOf, type Instant, instantAt } from '../../src/domain/time';

/** Our arithmetic against an implementation of the calendar that is not ours. */
function expected(epochMs: number): string {
  return Temporal.Instant.fromEpochMilliseconds(epochMs).toString({ smallestUnit: 'millisecond' });
}

test('the first and the last day of every month of the years 1 to 9999 are named and counted rightly', () => {
  for (let year = 1; year <= 9_999; year += 1) {
    for (let month = 1; month <= 12; month += 1) {
      const first = Date.parse(`${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-01T00:00:00.000Z`);
      const both = [first, first - 1].filter((ms) => ms >= -62_135_596_800_000);
      for (const ms of both) {
        const name = new Date(ms).toISOString();
        if (instantAt(ms) !== name || epochMsOf(name as Instant) !== ms)
          throw new Error(`${ms} is not ${instantAt(ms)}.`);
      }
    }
  }
});

test.each([0, -1, 1, 951_782_400_000, 951_868_799_999, -62_135_596_800_000, 253_402_300_799_999, 1_711_846_799_999])(
  '%d milliseconds are the instant that Temporal names',
  (ms) => {
    expect(instantAt(ms)).toBe(expected(ms));
    expect(epochMsOf(instantAt(ms))).toBe(ms);
  },
);

test.each([-62_135_596_800_001, 253_402_300_800_000, 0.5, Number.NaN, Number.POSITIVE_INFINITY])(
  '%d milliseconds are no instant that is kept',
  (ms) => {
    expect(() => instantAt(ms)).toThrow('years 1 to 9999');
  },
);
