import { type KnownEvent, occurredAtOf } from '../src/domain/stored-events';
import { epochMsOf, type Instant } from '../src/domain/time';
import { insert, type LoggedEvent, numberOf, type Projection, type Row, type RowChange, type View } from './projection';

/** Those whose facts have a time of their own. Another one here is another version of this projection. */
const CATEGORIES = ['clock', 'organisation', 'policy', 'template', 'subject', 'import'];

/**
 * The log's clock: for every event its ordinal, its position, and the running maximum of recordedAt up to it (rule
 * S4). It is the only source of recorded instants. `live_ms` is the running maximum of the instants from which live
 * facts count (rule S2). A recorded clock fault takes its events out of both from its own ordinal on.
 */
export const clock: Projection = {
  name: 'clock',
  version: 2,
  categories: CATEGORIES,
  eventTypes: 'everything',
  tables: {
    ticks: {
      columns: {
        n: 'integer',
        position: 'text',
        original_position: 'text?',
        recorded_at_ms: 'integer',
        valid_from_ms: 'integer?',
        clock_ms: 'integer',
        live_ms: 'integer',
      },
      key: ['n'],
    },
    faults: { columns: { n: 'integer', from_n: 'integer', to_n: 'integer' }, key: ['n'] },
  },
  apply,
};

/** Bounds of ordinals, inclusive. */
interface Range {
  readonly from: number;
  readonly to: number;
}

function apply(logged: LoggedEvent, view: View): readonly RowChange[] {
  const { n, event, original, category } = logged;
  const fault = event?.type === 'ClockFaultRecorded' ? faultOf(logged, event.data, view) : undefined;
  const before = fault ? greatestWithout(n, fault, view) : lastTick(n, view);
  const recordedAtMs = original?.recordedAtMs ?? logged.recordedAtMs;
  const validFrom = event && CATEGORIES.includes(category) ? liveFrom(event) : undefined;
  const validFromMs = validFrom === undefined ? null : epochMsOf(validFrom);
  const tick = insert('ticks', {
    n,
    position: logged.position,
    original_position: original?.position ?? null,
    recorded_at_ms: recordedAtMs,
    valid_from_ms: validFromMs,
    clock_ms: Math.max(before.clockMs, recordedAtMs),
    live_ms: Math.max(before.liveMs, validFromMs ?? 0),
  });
  return fault ? [tick, insert('faults', { n, from_n: fault.from, to_n: fault.to })] : [tick];
}

/** From when a fact counts, if it is live (rule S5): what is told late of people changes no "now". */
function liveFrom(event: KnownEvent): Instant | undefined {
  if (event.type === 'SubjectRegistered') return event.data.notedAt;
  if ('validFrom' in event.data) return event.data.live ? event.data.validFrom : undefined;
  return occurredAtOf(event);
}

function lastTick(n: number, view: View): { readonly clockMs: number; readonly liveMs: number } {
  const last = n > 1 ? view.get('ticks', [n - 1]) : undefined;
  return last ? { clockMs: numberOf(last, 'clock_ms'), liveMs: numberOf(last, 'live_ms') } : { clockMs: 0, liveMs: 0 };
}

/** The ordinals that a fault takes out; undefined when no event before it stands at its bounds. */
function faultOf(
  { n, original }: LoggedEvent,
  bounds: { readonly from: string; readonly to: string },
  view: View,
): Range | undefined {
  // In a copied log the fault still names the places of the log it was recorded in (rule N1).
  const column = original?.position === undefined ? 'position' : 'original_position';
  const from = view.rows('ticks', { [column]: bounds.from })[0];
  const to = view.rows('ticks', { [column]: bounds.to })[0];
  if (!from || !to) return undefined;
  const range = { from: numberOf(from, 'n'), to: Math.min(numberOf(to, 'n'), n - 1) };
  return range.from <= range.to ? range : undefined;
}

function greatestWithout(n: number, fault: Range, view: View) {
  const faults = [...view.rows('faults', {}).map(rangeOf), fault].sort((a, b) => a.from - b.from);
  let clockMs = 0;
  let liveMs = 0;
  let next = 1;
  for (const { from, to } of [...faults, { from: n, to: n }]) {
    if (next < from) {
      clockMs = Math.max(clockMs, view.greatest('ticks', 'recorded_at_ms', next, from - 1) ?? 0);
      liveMs = Math.max(liveMs, view.greatest('ticks', 'valid_from_ms', next, from - 1) ?? 0);
    }
    next = Math.max(next, to + 1);
  }
  return { clockMs, liveMs };
}

function rangeOf(row: Row): Range {
  return { from: numberOf(row, 'from_n'), to: numberOf(row, 'to_n') };
}
