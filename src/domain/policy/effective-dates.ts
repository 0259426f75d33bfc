import { LIVE_WINDOW_MS, MAX_SCHEDULE_DAYS } from '../limits';
import {
  addLocalDays,
  addMs,
  firstInstantOf,
  type Instant,
  type LocalDate,
  laterOf,
  localDateOf,
  type TimeZone,
} from '../time';
import {
  cohortBeforeEffective,
  dayAbsent,
  effectiveAmbiguous,
  effectiveInPast,
  effectiveTooFarAhead,
} from './policy.refusals';

export interface EffectiveDates {
  readonly effectiveFrom: Instant;
  readonly effectiveOn?: LocalDate;
  readonly effectiveFromForExisting?: Instant;
  readonly effectiveOnForExisting?: LocalDate;
}

interface AskedDates {
  readonly effectiveFrom?: Instant;
  readonly effectiveOn?: LocalDate;
  readonly effectiveFromForExisting?: Instant;
  readonly effectiveOnForExisting?: LocalDate;
  readonly at: Instant;
}

/**
 * When a publication takes effect (rules P4, V1, V2, S3). Nothing given, today, or an instant up to five minutes old
 * means the command's time; older is refused. The cohort date is never earlier than the general one.
 */
export function effectiveDates(asked: AskedDates, zone: string): EffectiveDates {
  const general = liveInstant('effectiveFrom', 'effectiveOn', asked.effectiveFrom, asked.effectiveOn, asked.at, zone);
  const existing = liveInstant(
    'effectiveFromForExisting',
    'effectiveOnForExisting',
    asked.effectiveFromForExisting,
    asked.effectiveOnForExisting,
    asked.at,
    zone,
  );
  const effectiveFrom = general ?? asked.at;
  const { effectiveOn, effectiveOnForExisting } = asked;
  if (existing !== undefined && existing < effectiveFrom) {
    throw cohortBeforeEffective(effectiveOnForExisting ? 'effectiveOnForExisting' : 'effectiveFromForExisting');
  }
  return {
    effectiveFrom,
    ...(effectiveOn && { effectiveOn }),
    ...(existing && { effectiveFromForExisting: existing }),
    ...(effectiveOnForExisting && { effectiveOnForExisting }),
  };
}

/** The instant a live command asked for, by instant or by civil date; undefined when by neither. */
function liveInstant(
  instantPath: string,
  datePath: string,
  instant: Instant | undefined,
  date: LocalDate | undefined,
  at: Instant,
  zone: string,
): Instant | undefined {
  if (instant !== undefined && date !== undefined) throw effectiveAmbiguous(instantPath, datePath);
  if (instant !== undefined) return notInPast(instant, at, zone, instantPath);
  if (date === undefined) return undefined;
  return date === localDateOf(at, zone) ? at : notInPast(startOfDay(date, zone, datePath), at, zone, datePath);
}

/** Rule S3. @throws Refusal DAY_ABSENT */
export function startOfDay(day: LocalDate, zone: TimeZone, path: string): Instant {
  const start = firstInstantOf(day, zone);
  if (localDateOf(start, zone) !== day) throw dayAbsent(path);
  return start;
}

function notInPast(instant: Instant, at: Instant, zone: string, path: string): Instant {
  if (!isLive(instant, at)) throw effectiveInPast(path);
  if (instant > addLocalDays(at, MAX_SCHEDULE_DAYS, zone)) throw effectiveTooFarAhead(path, MAX_SCHEDULE_DAYS);
  return laterOf(instant, at);
}

/** True for an instant that is not further back than what still counts as now (rules V2, V3). */
export function isLive(instant: Instant, at: Instant): boolean {
  return instant >= addMs(at, -LIVE_WINDOW_MS);
}

/** True when a change that takes effect then leaves so many days of notice, by the local calendar (rule V10). */
export function leavesNotice(
  effective: { readonly from: Instant; readonly on: LocalDate | undefined },
  days: number,
  at: Instant,
  zone: string,
): boolean {
  const earliest = addLocalDays(at, days, zone);
  return effective.on === undefined ? effective.from >= earliest : effective.on >= localDateOf(earliest, zone);
}
