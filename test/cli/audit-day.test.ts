import { auditDays } from '../../src/cli/commands/audit-day';
import { CommandRefused } from '../../src/cli/doors';
import { UnreadableTime } from '../../src/domain/time';

/** Half past midnight of the 16th in Oslo, still the 15th in UTC and in New York. */
const NOW_MS = Date.parse('2024-06-15T22:30:00.000Z');
const OSLO = 'Europe/Oslo';

function days(asked: { on?: string; knownOn?: string; forecast?: boolean }, zone = OSLO) {
  return auditDays({ handle: 'fjordlys/privacy', forecast: false, ...asked }, zone, NOW_MS);
}

function codeOf(asked: Parameters<typeof days>[0], zone?: string): string {
  try {
    days(asked, zone);
    return 'answered';
  } catch (error) {
    if (error instanceof CommandRefused || error instanceof UnreadableTime) return error.code;
    throw error;
  }
}

test('no day is now, with what is known now', () => {
  expect(days({})).toEqual({ effectiveOn: undefined, recordedAt: undefined });
});

test('today has come where the organisation is, tomorrow has not', () => {
  expect(codeOf({ on: '2024-06-16' })).toBe('answered');
  expect(codeOf({ on: '2024-06-17' })).toBe('AS_OF_IN_FUTURE');
  expect(codeOf({ on: '2024-06-16' }, 'America/New_York')).toBe('AS_OF_IN_FUTURE');
  expect(codeOf({ on: '2024-06-15' }, 'America/New_York')).toBe('answered');
});

test('a day to come is told when a forecast is asked for', () => {
  expect(days({ on: '2031-01-01', forecast: true }).effectiveOn).toBe('2031-01-01');
});

test('a day known means its last millisecond, of 23 and of 25 hours too', () => {
  expect(days({ knownOn: '2024-03-30' }).recordedAt).toBe('2024-03-30T22:59:59.999Z');
  expect(days({ knownOn: '2024-03-31' }).recordedAt).toBe('2024-03-31T21:59:59.999Z');
  expect(days({ knownOn: '2023-10-29' }).recordedAt).toBe('2023-10-29T22:59:59.999Z');
});

test('known today is known now; a day known that is to come is left for the log to refuse', () => {
  expect(days({ on: '2024-01-01', knownOn: '2024-06-16' }).recordedAt).toBeUndefined();
  expect(days({ knownOn: '2024-06-17' }).recordedAt).toBe('2024-06-17T21:59:59.999Z');
});

test.each(['2024-02-30', '2024-3-1', '', '31.12.2023', '2024-03-31T02:30', '9999-99-99', '２０２４-01-01'])(
  '%j is no day',
  (day) => {
    expect(codeOf({ on: day })).toBe('NOT_A_DATE');
    expect(codeOf({ knownOn: day })).toBe('NOT_A_DATE');
  },
);
