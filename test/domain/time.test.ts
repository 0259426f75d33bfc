import {
  addLocalDays,
  epochMsOf,
  firstInstantOf,
  instantAt,
  isCalendarDuration,
  lastMillisecondOf,
  localDateOf,
  parseInstant,
  parseLocalDate,
  parseTimeZone,
  UnreadableTime,
} from '../../src/domain/time';

const oslo = 'Europe/Oslo';

function codeOf(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    if (error instanceof UnreadableTime) return error.code;
    throw error;
  }
  return 'READABLE';
}

describe('instants', () => {
  test.each([
    ['2023-11-01T00:00:00Z', '2023-11-01T00:00:00.000Z'],
    ['2023-11-01T01:00:00+01:00', '2023-11-01T00:00:00.000Z'],
    ['2023-11-01t01:00:00.5+01:00', '2023-11-01T00:00:00.500Z'],
    ['2023-11-01T00:00:00.123000Z', '2023-11-01T00:00:00.123Z'],
    ['2024-02-29T23:59-12:00', '2024-03-01T11:59:00.000Z'],
  ])('%s is %s', (text, instant) => {
    expect(parseInstant(text)).toBe(instant);
  });

  test.each([
    ['2023-11-01T00:00:00', 'NO_OFFSET'],
    ['2023-11-01 00:00', 'NO_OFFSET'],
    ['2023-11-01T00:00:00.0001Z', 'FINER_THAN_MILLISECOND'],
    ['2023-02-29T00:00:00Z', 'NOT_A_TIME'],
    ['2023-11-01T25:00:00Z', 'NOT_A_TIME'],
    ['2023-11-01', 'NOT_A_TIME'],
    ['yesterday', 'NOT_A_TIME'],
    ['+012023-11-01T00:00:00Z', 'NOT_A_TIME'],
    ['0000-01-01T00:00:00Z', 'NOT_A_TIME'],
    ['', 'NOT_A_TIME'],
  ])('%p is refused as %s', (text, code) => {
    expect(codeOf(() => parseInstant(text))).toBe(code);
  });

  test('text order is time order', () => {
    const times = [-1, 0, 1, 951_827_696_789, 4_102_444_800_000].map(instantAt);
    expect([...times].sort()).toEqual(times);
    expect(times.map(epochMsOf)).toEqual([-1, 0, 1, 951_827_696_789, 4_102_444_800_000]);
  });
});

describe('civil dates in a zone (T2, S3)', () => {
  test('the day before a clock change in spring has 24 hours, the day of it 23', () => {
    const day = parseLocalDate('2024-03-31');
    expect(firstInstantOf(day, oslo)).toBe('2024-03-30T23:00:00.000Z');
    expect(lastMillisecondOf(day, oslo)).toBe('2024-03-31T21:59:59.999Z');
  });

  test('the day of the clock change in autumn has 25 hours', () => {
    const day = parseLocalDate('2024-10-27');
    const hours = (epochMsOf(lastMillisecondOf(day, oslo)) + 1 - epochMsOf(firstInstantOf(day, oslo))) / 3_600_000;
    expect(hours).toBe(25);
  });

  test('a day whose midnight the clock skips begins at its first instant', () => {
    expect(firstInstantOf(parseLocalDate('2018-11-04'), 'America/Sao_Paulo')).toBe('2018-11-04T03:00:00.000Z');
  });

  test('the last millisecond of a day and the first instant of the next touch', () => {
    const last = lastMillisecondOf(parseLocalDate('2023-10-31'), oslo);
    expect(epochMsOf(firstInstantOf(parseLocalDate('2023-11-01'), oslo)) - epochMsOf(last)).toBe(1);
    expect(localDateOf(last, oslo)).toBe('2023-10-31');
  });

  test('days are added on the local clock', () => {
    expect(addLocalDays(parseInstant('2024-03-30T12:00:00Z'), 1, oslo)).toBe('2024-03-31T11:00:00.000Z');
  });

  test.each(['2023-02-29', '2023-13-01', '2023-1-1', '20231101', '2023-11-01T00:00', '', '0000-00-00'])(
    '%p is no date',
    (text) => {
      expect(codeOf(() => parseLocalDate(text))).toBe('NOT_A_DATE');
    },
  );
});

describe('time zones and durations', () => {
  test('a name is made canonical', () => {
    expect(parseTimeZone('europe/oslo')).toBe('Europe/Oslo');
  });
  test.each(['Europe/Atlantis', '+01:00', '', 'Europe/Oslo; DROP', '[Europe/Oslo]'])('%p is no zone', (text) => {
    expect(codeOf(() => parseTimeZone(text))).toBe('NOT_A_TIME_ZONE');
  });
  test.each([
    ['P2Y', true],
    ['P18M', true],
    ['P0D', false],
    ['PT1H', false],
    ['-P1Y', false],
    ['two years', false],
    ['', false],
  ])('%p as a validity is %p', (text, valid) => {
    expect(isCalendarDuration(text)).toBe(valid);
  });
});
