import { epochMsOf, type Instant, instantAt, type LocalDate, lastMillisecondOf, type TimeZone } from '../domain/time';
import { AsOfRefused, resolveAsOf } from '../read-models/as-of';
import type { OrganisationRow, Prefix, ReadModels } from '../read-models/read-models';

/** Up to where a log is folded, and at which instant each organisation's rows answer. */
export interface ReplayPlace {
  /** One for the whole file (rule S1). */
  readonly prefix: Prefix;
  /** K: what had been recorded by then is known. */
  readonly recordedAt: Instant;
  /** The day that was asked for, if one was. */
  readonly effectiveOn: LocalDate | undefined;
  /** False while the log may still grow at or before `recordedAt`: only the position then repeats the file (rule S4). */
  readonly settled: boolean;
  /** T of an organisation, of its policies and of its people. */
  effectiveAt(organisationId: string): Instant;
}

export interface PlaceContext {
  readonly readModels: ReadModels;
  /** The node's clock. */
  readonly nowMs: number;
  /** The one organisation that is asked for; absent: all. */
  readonly only?: OrganisationRow | undefined;
}

const ORGANISATIONS_AT_ONCE = 200;
/** Where nobody is registered, a day ends for nobody in particular. */
const NOBODYS_ZONE = 'UTC';

/**
 * The place that a position names: effectiveAt and recordedAt are the recordedAt of that position (rule S2).
 * @param position as the store has it
 * @throws AsOfRefused BAD_POSITION
 */
export function placeAtPosition(position: string, { readModels, nowMs }: PlaceContext): ReplayPlace {
  const head = readModels.applied();
  const stamp = resolveAsOf({ position }, { nowMs, head, zoneAt: () => NOBODYS_ZONE, log: readModels });
  const prefix = readModels.prefixAtOrdinal(stamp.n);
  if (!prefix) throw new AsOfRefused('BAD_POSITION', 'There is no event at that position of this log.');
  const { recordedAt, effectiveAt, settled } = stamp;
  return { prefix, recordedAt, effectiveOn: undefined, settled, effectiveAt: () => effectiveAt };
}

/**
 * The place at the end of a day, on both axes (rule S3). Each organisation answers at the last millisecond of that day
 * in its own zone. The log is cut once: at the first instant at which the day was over for every organisation known by
 * then, so that of none of them a part of the day is missing. It depends on nothing that is recorded later.
 *
 * @throws AsOfRefused AS_OF_IN_FUTURE the day is not over
 * @throws UnreadableTime a day at the very end of the calendar
 */
export function placeOnDay(day: LocalDate, context: PlaceContext): ReplayPlace {
  const { readModels, nowMs, only } = context;
  const head = readModels.applied();
  const ends = endsOfDay(day, context);
  const recordedAt = only ? endOf(ends, only.id, day) : firstEndForAll(ends, day);
  const recordedAtMs = epochMsOf(recordedAt);
  if (recordedAtMs > nowMs && recordedAtMs > head.clockMs) {
    throw new AsOfRefused('AS_OF_IN_FUTURE', 'That day is not over for every organisation: it can be replayed later.');
  }
  const prefix = readModels.prefixAtRecordedAt(recordedAtMs, head);
  const effectiveAt = (organisationId: string) => (only ? recordedAt : endOf(ends, organisationId, day));
  return { prefix, recordedAt, effectiveOn: day, settled: head.clockMs > recordedAtMs, effectiveAt };
}

/** When the day ends for an organisation, and when that was registered. */
interface EndOfDay {
  readonly end: Instant;
  readonly registeredMs: number;
}

function endsOfDay(day: LocalDate, { readModels }: PlaceContext): ReadonlyMap<string, EndOfDay> {
  const head = readModels.applied();
  const ends = new Map<string, EndOfDay>();
  let after: number | undefined;
  do {
    const page = readModels.organisationsPage(
      { limit: ORGANISATIONS_AT_ONCE, ...(after !== undefined && { after }) },
      head,
    );
    for (const row of page.rows) {
      const registeredMs = readModels.prefixAtOrdinal(row.n)?.clockMs ?? 0;
      ends.set(row.id, { end: lastMillisecondOf(day, zoneThen(day, row, readModels)), registeredMs });
    }
    after = page.hasMore ? page.rows.at(-1)?.n : undefined;
  } while (after !== undefined);
  return ends;
}

/** The zone that the organisation had when that day ended, by the zone that it was registered with. */
function zoneThen(day: LocalDate, { id, n, timeZone }: OrganisationRow, readModels: ReadModels): TimeZone {
  const first = readModels.timeZoneOf(id, { n }) ?? timeZone;
  const then = readModels.prefixAtRecordedAt(epochMsOf(lastMillisecondOf(day, first)), readModels.applied());
  return readModels.timeZoneOf(id, then) ?? first;
}

function endOf(ends: ReadonlyMap<string, EndOfDay>, organisationId: string, day: LocalDate): Instant {
  return ends.get(organisationId)?.end ?? lastMillisecondOf(day, NOBODYS_ZONE);
}

function firstEndForAll(ends: ReadonlyMap<string, EndOfDay>, day: LocalDate): Instant {
  const there = [...ends.values()]
    .map(({ end, registeredMs }) => ({ endMs: epochMsOf(end), registeredMs }))
    .filter(({ endMs, registeredMs }) => registeredMs <= endMs)
    .sort((a, b) => a.endMs - b.endMs);
  let overMs = there[0]?.endMs;
  if (overMs === undefined) return lastMillisecondOf(day, NOBODYS_ZONE);
  for (const { endMs, registeredMs } of there) if (registeredMs <= overMs) overMs = Math.max(overMs, endMs);
  return instantAt(overMs);
}
