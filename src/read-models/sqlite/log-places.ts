import type Database from 'better-sqlite3';
import { clock } from '../../../projections/clock';
import type { EventStore, Position } from '../../event-store/event-store';
import { EMPTY_PREFIX, type PositionFound, type Prefix, type ReadModels, START_OF_LOG } from '../read-models';
import { remembering, type TablesState } from './remembered-answers';
import { tableName } from './table-names';

/** What the clock projection answers (rule S4). Ordinals, positions and, between two faults, clocks all ascend. */
export type LogPlaces = Pick<
  ReadModels,
  'applied' | 'findPosition' | 'prefixAtPosition' | 'prefixAtRecordedAt' | 'prefixAtOrdinal' | 'latestLiveValidFromMs'
>;

interface Tick {
  readonly position: string;
  readonly clock_ms: number;
  readonly live_ms: number;
}

type Positions = Pick<EventStore, 'comparePositions' | 'isPosition'>;

export function logPlaces(database: Database.Database, positions: Positions, state: TablesState): LogPlaces {
  const ticks = tableName(clock, 'ticks');
  const tickAt = database.prepare<[number], Tick>(`SELECT position, clock_ms, live_ms FROM ${ticks} WHERE n = ?`);
  const faultsUpTo = database
    .prepare<[number], number>(`SELECT n FROM ${tableName(clock, 'faults')} WHERE n <= ? ORDER BY n DESC`)
    .pluck();
  const liveMs = remembering(state, (n) => tickAt.get(n)?.live_ms);
  let head = EMPTY_PREFIX;
  let headOf: object | undefined;

  function prefixAtOrdinal(n: number): Prefix | undefined {
    if (n === 0) return EMPTY_PREFIX;
    const tick = n <= state().n ? tickAt.get(n) : undefined;
    return tick && { n, position: tick.position as Position, clockMs: tick.clock_ms };
  }

  function applied(): Prefix {
    const now = state();
    if (now !== headOf) {
      head = prefixAtOrdinal(now.n) ?? EMPTY_PREFIX;
      headOf = now;
    }
    return head;
  }

  function findPosition(text: string): PositionFound {
    if (text === START_OF_LOG) return { kind: 'found', prefix: EMPTY_PREFIX };
    if (!positions.isPosition(text)) return { kind: 'malformed' };
    const asked = text as Position;
    const { n, position } = applied();
    if (n === 0 || positions.comparePositions(asked, position) > 0) return { kind: 'not-reached' };
    const found = lastWhere(1, n, (tick) => positions.comparePositions(tick.position as Position, asked) <= 0);
    const prefix = prefixAtOrdinal(found);
    return prefix?.position === asked ? { kind: 'found', prefix } : { kind: 'unknown' };
  }

  /** The last ordinal from `first` to `last` that still fits, where those that fit come first; `first - 1`: none. */
  function lastWhere(first: number, last: number, fits: (tick: Tick) => boolean): number {
    let low = first - 1;
    let high = last;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      const tick = tickAt.get(middle);
      if (tick && fits(tick)) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  return {
    applied,
    findPosition,
    prefixAtOrdinal,
    prefixAtPosition: (position) => {
      const found = findPosition(position);
      return found.kind === 'found' ? found.prefix : undefined;
    },
    prefixAtRecordedAt: (recordedAtMs, within) => {
      let last = within.n;
      for (const first of [...faultsUpTo.all(within.n), 1]) {
        const found = lastWhere(first, last, (tick) => tick.clock_ms <= recordedAtMs);
        if (found >= first) return prefixAtOrdinal(found) ?? EMPTY_PREFIX;
        last = first - 1;
      }
      return EMPTY_PREFIX;
    },
    latestLiveValidFromMs: (n) => liveMs(n) ?? 0,
  };
}
