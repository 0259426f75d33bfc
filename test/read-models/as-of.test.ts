import { type Instant, type LocalDate, parseLocalDate } from '../../src/domain/time';
import type { Position } from '../../src/event-store/event-store';
import {
  type AsOfContext,
  type AsOfInput,
  AsOfRefused,
  type AsOfStamp,
  resolveAsOf,
} from '../../src/read-models/as-of';
import { EMPTY_PREFIX, type Prefix, START_OF_LOG } from '../../src/read-models/read-models';
import { at } from './support/sample-facts';

const ms = (text: string) => Date.parse(at(text));
const day = (text: string): LocalDate => parseLocalDate(text);
const prefix = (n: number, clock: string): Prefix => ({ n, position: `p${n}` as Position, clockMs: ms(clock) });

/** Four events, the last two within one millisecond; the organisation moved to New York with the third. */
const LOG = [prefix(1, '2024-01-01'), prefix(2, '2024-02-01'), prefix(3, '2024-03-01'), prefix(4, '2024-03-01')];
const HEAD = LOG[3] ?? EMPTY_PREFIX;

function context(more: Partial<AsOfContext> & { readonly liveMs?: number } = {}): AsOfContext {
  const { liveMs = 0, ...rest } = more;
  return {
    nowMs: ms('2024-06-01T10:00'),
    head: HEAD,
    zoneAt: (n) => (n >= 3 ? 'America/New_York' : 'Europe/Oslo'),
    log: {
      findPosition: (text) => {
        const found = LOG.find(({ position }) => position === text);
        if (found) return { kind: 'found', prefix: found };
        if (text === START_OF_LOG) return { kind: 'found', prefix: EMPTY_PREFIX };
        if (text === 'p2.5') return { kind: 'unknown' };
        return text === 'p5' ? { kind: 'not-reached' } : { kind: 'malformed' };
      },
      prefixAtRecordedAt: (recordedAtMs, within) =>
        LOG.findLast(({ n, clockMs }) => clockMs <= recordedAtMs && n <= within.n) ?? EMPTY_PREFIX,
      latestLiveValidFromMs: () => liveMs,
    },
    ...rest,
  };
}

function codeOf(input: AsOfInput, given = context()): string {
  try {
    resolveAsOf(input, given);
  } catch (error) {
    if (error instanceof AsOfRefused) return error.code;
    throw error;
  }
  return 'answered';
}

describe('defaults (S2)', () => {
  test('nothing asked answers now, with all that this node has applied', () => {
    expect(resolveAsOf(undefined, context())).toEqual({
      effectiveAt: at('2024-06-01T10:00'),
      effectiveOn: undefined,
      timeZone: 'America/New_York',
      recordedAt: at('2024-03-01'),
      position: 'p4',
      n: 4,
      settled: false,
      forecast: false,
      rules: '1',
    });
    expect(resolveAsOf({}, context())).toEqual(resolveAsOf(undefined, context()));
  });

  test('now is the latest fact written live where a node with a faster clock wrote it', () => {
    const stamp = resolveAsOf({}, context({ liveMs: ms('2024-06-01T10:01') }));
    expect([stamp.effectiveAt, stamp.forecast]).toEqual([at('2024-06-01T10:01'), false]);
  });

  test('an effective instant alone is answered with the applied head, never with the position of now', () => {
    const stamp = resolveAsOf({ effectiveAt: at('2024-01-15') }, context());
    expect([stamp.effectiveAt, stamp.position, stamp.recordedAt]).toEqual([at('2024-01-15'), 'p4', at('2024-03-01')]);
  });

  test('a recorded instant alone is the effective instant too, and the stamp echoes it', () => {
    const stamp = resolveAsOf({ recordedAt: at('2024-02-15') }, context());
    const { effectiveAt, recordedAt, position } = stamp;
    expect([effectiveAt, recordedAt, position]).toEqual([at('2024-02-15'), at('2024-02-15'), 'p2']);
  });

  test('a position alone answers at its own recorded instant, so that it is the same for ever', () => {
    const early = resolveAsOf({ position: 'p2' }, context());
    const late = resolveAsOf({ position: 'p2' }, context({ nowMs: ms('2030-01-01'), liveMs: ms('2029-01-01') }));
    expect([early.effectiveAt, early.n]).toEqual([at('2024-02-01'), 2]);
    expect(late).toEqual(early);
  });

  test('a recorded instant before the log began knows nothing and can be asked again by its position', () => {
    const stamp = resolveAsOf({ recordedAt: at('1999-01-01') }, context());
    expect([stamp.n, stamp.position, stamp.settled]).toEqual([0, START_OF_LOG, true]);
    expect(resolveAsOf({ effectiveAt: stamp.effectiveAt, position: stamp.position }, context()).n).toBe(0);
  });

  test('the effective instant and the position of a stamp repeat its answer', () => {
    const stamp = resolveAsOf({ effectiveOn: day('2024-02-15'), recordedAt: at('2024-02-20') }, context());
    const again = resolveAsOf({ effectiveAt: stamp.effectiveAt, position: stamp.position }, context());
    expect([again.effectiveAt, again.n]).toEqual([stamp.effectiveAt, stamp.n]);
  });
});

describe('stamps of enclosing fields (S1)', () => {
  const parent: AsOfStamp = resolveAsOf({ position: 'p1' }, context());

  test('a field without its own asOf answers at the stamp above', () => {
    expect(resolveAsOf(undefined, context({ parent }))).toBe(parent);
  });

  test('a field with its own asOf does not mix it with the stamp above', () => {
    const stamp = resolveAsOf({ effectiveAt: at('2024-01-15') }, context({ parent }));
    expect([stamp.effectiveAt, stamp.n]).toEqual([at('2024-01-15'), 4]);
    expect(resolveAsOf({}, context({ parent })).n).toBe(4);
  });
});

describe('civil dates (S3, T2)', () => {
  const on = (date: string, zone: string) =>
    resolveAsOf({ effectiveOn: day(date) }, context({ zoneAt: () => zone })).effectiveAt;

  test('a date is answered one millisecond before the next local day, which the stamp echoes', () => {
    const stamp = resolveAsOf({ effectiveOn: day('2023-10-31') }, context({ zoneAt: () => 'Europe/Oslo' }));
    expect([stamp.effectiveAt, stamp.effectiveOn]).toEqual(['2023-10-31T22:59:59.999Z', '2023-10-31']);
  });

  test('the days on which clocks change have 23 and 25 hours', () => {
    const hours = (date: string, before: string) =>
      (Date.parse(on(date, 'Europe/Oslo')) - Date.parse(on(before, 'Europe/Oslo'))) / 3_600_000;
    expect(hours('2024-03-31', '2024-03-30')).toBe(23);
    expect(hours('2024-10-27', '2024-10-26')).toBe(25);
    expect(hours('2024-10-28', '2024-10-27')).toBe(24);
  });

  test('a day that does not begin at midnight ends when the next one begins', () => {
    // On 2018-11-04 clocks in São Paulo went from 00:00 to 01:00.
    expect(on('2018-11-03', 'America/Sao_Paulo')).toBe('2018-11-04T02:59:59.999Z');
  });

  test('a date asked with older knowledge is read in the zone of then', () => {
    const asked = { effectiveOn: day('2024-02-10') };
    const before = resolveAsOf({ ...asked, recordedAt: at('2024-02-15') }, context());
    const after = resolveAsOf(asked, context());
    expect([before.timeZone, before.effectiveAt]).toEqual(['Europe/Oslo', '2024-02-10T22:59:59.999Z']);
    expect([after.timeZone, after.effectiveAt]).toEqual(['America/New_York', '2024-02-11T04:59:59.999Z']);
  });
});

describe('the log may still grow (S4)', () => {
  test('a recorded instant before the clock of the head is settled', () => {
    expect(resolveAsOf({ recordedAt: at('2024-02-15') }, context()).settled).toBe(true);
  });

  test('one at the clock of the head is not: another event may bear the same instant', () => {
    expect(resolveAsOf({ recordedAt: at('2024-03-01') }, context()).settled).toBe(false);
  });

  test('one after it is not: the store may still record an event for then', () => {
    expect(resolveAsOf({ recordedAt: at('2024-05-01') }, context()).settled).toBe(false);
  });

  test('a position is settled, the head too once it is named', () => {
    expect(resolveAsOf(undefined, context()).settled).toBe(false);
    expect(resolveAsOf({ position: 'p4' }, context()).settled).toBe(true);
    expect(resolveAsOf({ position: 'p2' }, context()).settled).toBe(true);
  });

  test('events applied after the operation began are not used', () => {
    const head = LOG[1] ?? EMPTY_PREFIX;
    expect(resolveAsOf({ recordedAt: at('2024-05-01') }, context({ head })).n).toBe(2);
  });
});

describe('the future (T4, S4)', () => {
  test('a recorded instant after both the clock of the node and that of the log is refused', () => {
    expect(codeOf({ recordedAt: at('2024-06-01T10:01') })).toBe('AS_OF_IN_FUTURE');
    expect(codeOf({ recordedAt: at('2024-06-01T10:00') })).toBe('answered');
  });

  test('one that the clock of the log has reached is none, though the clock of the node is behind', () => {
    const behind = context({ nowMs: ms('2024-02-20') });
    expect(codeOf({ recordedAt: at('2024-03-01') }, behind)).toBe('answered');
    expect(codeOf({ recordedAt: '2024-03-01T00:00:00.001Z' as Instant }, behind)).toBe('AS_OF_IN_FUTURE');
  });

  test('an effective instant in the future is a forecast', () => {
    expect(resolveAsOf({ effectiveAt: at('2024-06-01T10:01') }, context()).forecast).toBe(true);
    expect(resolveAsOf({ effectiveAt: at('2024-06-01T10:00') }, context()).forecast).toBe(false);
    expect(resolveAsOf({ effectiveOn: day('2024-06-01') }, context()).forecast).toBe(true);
  });
});

describe('refusals', () => {
  test('two instants on one axis contradict each other', () => {
    expect(codeOf({ effectiveAt: at('2024-01-01'), effectiveOn: day('2024-01-01') })).toBe('AS_OF_CONTRADICTORY');
    expect(codeOf({ recordedAt: at('2024-01-01'), position: 'p1' })).toBe('AS_OF_CONTRADICTORY');
  });

  test.each([
    ['not a position', 'rubbish', 'BAD_POSITION'],
    ['empty', '', 'BAD_POSITION'],
    ['a place where no event stands', 'p2.5', 'BAD_POSITION'],
    ['after the applied head', 'p5', 'POSITION_NOT_REACHED'],
  ])('a position that is %s', (_, position, code) => {
    expect(codeOf({ position })).toBe(code);
  });
});
