import { Temporal } from '@js-temporal/polyfill';
import { addDays, epochMsOf, type Instant, instantAt, type LocalDate, parseLocalDate } from '../../src/domain/time';

const SOAK = process.env.SOAK === '1';

/** What the calendar says, asked without anything kept. */
function expected(epochMs: number): string {
  return Temporal.Instant.fromEpochMilliseconds(epochMs).toString({ smallestUnit: 'millisecond' });
}

/** The calendar repeats after 400 years: the first, the last, and those with the years that people live in. */
const isLookedAt = (year: number) => SOAK || year <= 400 || (year > 1_800 && year <= 2_200) || year > 9_600;

test('the first and the last day of every month of a year, from 1 to 9999, are named and counted rightly', () => {
  for (let year = 1; year <= 9_999; year += 1) {
    if (!isLookedAt(year)) continue;
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

test('every text that looks like a date of a year is read exactly when Temporal reads it', () => {
  for (const year of ['0001', '1900', '2000', '2023', '2024', '9999']) {
    for (let month = 0; month <= 13; month += 1) {
      for (let day = 0; day <= 32; day += 1) {
        const text = `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
        expect([text, isRead(() => parseLocalDate(text))]).toEqual([
          text,
          isRead(() => Temporal.PlainDate.from(text, { overflow: 'reject' })),
        ]);
      }
    }
  }
});

function isRead(read: () => unknown): boolean {
  try {
    read();
    return true;
  } catch {
    return false;
  }
}

test.each([
  ['2024-02-28', 1],
  ['2024-02-28', 2],
  ['2023-12-31', 1],
  ['2000-01-01', -1],
  ['1970-01-01', -100_000],
  ['2024-06-15', 100_000],
  ['9999-12-31', 1],
  ['0001-01-01', -1],
  ['0001-01-01', -400],
])('%s and %d days are the date that Temporal names', (date, days) => {
  expect(addDays(date as LocalDate, days)).toBe(Temporal.PlainDate.from(date).add({ days }).toString());
});
