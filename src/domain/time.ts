import { Temporal } from '@js-temporal/polyfill';

/**
 * An instant as text in one canonical form, RFC 3339 in UTC with exactly three decimals: "2023-11-01T00:00:00.000Z".
 * Because the form is fixed, comparing two with < and > compares the instants.
 */
export type Instant = string & { readonly __unit: 'instant' };

/** A civil day without time and zone: "2023-11-01". */
export type LocalDate = string & { readonly __unit: 'local-date' };

/** IANA name, canonical: "Europe/Oslo". */
export type TimeZone = string;

const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;
const RFC_3339 = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}(:\d{2}(\.\d{1,12})?)?([Zz]|[+-]\d{2}:\d{2})$/;
const LOCAL_DATE = /^\d{4}-\d{2}-\d{2}$/;

/** A time that cannot be read as asked. The code says why. */
export class UnreadableTime extends Error {
  override readonly name = 'UnreadableTime';
  constructor(
    readonly code: 'NOT_A_TIME' | 'NO_OFFSET' | 'FINER_THAN_MILLISECOND' | 'NOT_A_DATE' | 'NOT_A_TIME_ZONE',
    message: string,
  ) {
    super(message);
  }
}

/**
 * Reads an instant written as RFC 3339 with an offset. A local time without zone or offset is never accepted (rule
 * T2), nor one finer than a millisecond (8-semantics, notation).
 * @throws UnreadableTime
 */
export function parseInstant(text: string): Instant {
  if (INSTANT.test(text) && isCanonical(text)) return text as Instant;
  if (/^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?$/.test(text)) {
    throw new UnreadableTime('NO_OFFSET', 'A time needs an offset, such as Z or +01:00.');
  }
  if (!RFC_3339.test(text)) throw new UnreadableTime('NOT_A_TIME', 'This is not an RFC 3339 date-time.');
  const instant = readInstant(text);
  if (instant.epochNanoseconds % 1_000_000n !== 0n) {
    throw new UnreadableTime('FINER_THAN_MILLISECOND', 'A time may be no finer than a millisecond.');
  }
  return instantAt(instant.epochMilliseconds);
}

/** A time that there is not, such as a 25th hour, is counted as another one. */
function isCanonical(text: string): boolean {
  const epochMs = epochMsOf(text as Instant);
  return epochMs >= EARLIEST_MS && epochMs <= LATEST_MS && instantAt(epochMs) === text;
}

function readInstant(text: string): Temporal.Instant {
  try {
    return Temporal.Instant.from(text.toUpperCase());
  } catch {
    throw new UnreadableTime('NOT_A_TIME', 'This is not an RFC 3339 date-time.');
  }
}

const EARLIEST_MS = -62_135_596_800_000;
const LATEST_MS = 253_402_300_799_999;
const DAY_MS = 86_400_000;
/** Of the Gregorian calendar; an era of 400 years has always the same number of days. */
const ERA_DAYS = 146_097;
/** From 0000-03-01, where the eras below begin, to 1970-01-01. */
const DAYS_TO_1970 = 719_468;

/**
 * The instant so many whole milliseconds after 1970-01-01T00:00Z. By arithmetic, since folds do this for every event.
 * @throws UnreadableTime outside the years 1 to 9999
 */
export function instantAt(epochMs: number): Instant {
  if (!Number.isInteger(epochMs) || epochMs < EARLIEST_MS || epochMs > LATEST_MS) {
    throw new UnreadableTime('NOT_A_TIME', 'Times are kept for the years 1 to 9999.');
  }
  const days = Math.floor(epochMs / DAY_MS);
  const ms = epochMs - days * DAY_MS;
  const time = [Math.floor(ms / 3_600_000), Math.floor(ms / 60_000) % 60, Math.floor(ms / 1_000) % 60].map(twoDigits);
  return `${dateOfDay(days)}T${time.join(':')}.${String(ms % 1_000).padStart(3, '0')}Z` as Instant;
}

/** Milliseconds since 1970-01-01T00:00Z. */
export function epochMsOf(instant: Instant): number {
  const part = (from: number, to: number) => Number(instant.slice(from, to));
  const ms = part(11, 13) * 3_600_000 + part(14, 16) * 60_000 + part(17, 19) * 1_000 + part(20, 23);
  return dayOf(instant) * DAY_MS + ms;
}

function dayOf(date: string): number {
  return dayOfDate(Number(date.slice(0, 4)), Number(date.slice(5, 7)), Number(date.slice(8, 10)));
}

/** Days since 1970-01-01. Years are counted from March, so that the leap day is the last of its year. */
function dayOfDate(year: number, month: number, day: number): number {
  const marchYear = month > 2 ? year : year - 1;
  const era = Math.floor(marchYear / 400);
  const yearOfEra = marchYear - era * 400;
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  const leapDays = Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100);
  return era * ERA_DAYS + yearOfEra * 365 + leapDays + dayOfYear - DAYS_TO_1970;
}

/** The date that {@link dayOfDate} counts so many days for. */
function dateOfDay(days: number): string {
  const sinceEras = days + DAYS_TO_1970;
  const era = Math.floor(sinceEras / ERA_DAYS);
  const dayOfEra = sinceEras - era * ERA_DAYS;
  const withoutLeapDays =
    dayOfEra - Math.floor(dayOfEra / 1_460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096);
  const yearOfEra = Math.floor(withoutLeapDays / 365);
  const dayOfYear = dayOfEra - (yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1;
  const month = ((marchMonth + 2) % 12) + 1;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  return `${String(year).padStart(4, '0')}-${twoDigits(month)}-${twoDigits(day)}`;
}

function twoDigits(number: number): string {
  return number < 10 ? `0${number}` : String(number);
}

/** Reads a civil date. @throws UnreadableTime when there is no such day */
export function parseLocalDate(text: string): LocalDate {
  // A day that there is not, the 30th of February say, is counted as another one.
  if (LOCAL_DATE.test(text) && dateOfDay(dayOf(text)) === text) return text as LocalDate;
  throw new UnreadableTime('NOT_A_DATE', 'This is not a calendar date of the form YYYY-MM-DD.');
}

/** The canonical IANA name of a time zone; offsets such as "+01:00" are none. @throws UnreadableTime */
export function parseTimeZone(text: string): TimeZone {
  try {
    if (/^[A-Za-z]/.test(text) && text.length <= 64) {
      return Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(text).timeZoneId;
    }
  } catch {
    // Falls through to the one error for every unknown zone.
  }
  throw new UnreadableTime('NOT_A_TIME_ZONE', 'This is not the IANA name of a time zone.');
}

/** A publication date means the first instant of that local day, which need not be midnight (rules T2, S3). */
export function firstInstantOf(day: LocalDate, zone: TimeZone): Instant {
  const key = `${zone} ${day}`;
  const known = firstInstants.get(key);
  if (known !== undefined) return known;
  const instant = instantAt(Temporal.PlainDate.from(day).toZonedDateTime({ timeZone: zone }).epochMilliseconds);
  if (firstInstants.size >= MAX_FIRST_INSTANTS) firstInstants.clear();
  firstInstants.set(key, instant);
  return instant;
}

/** Kept, because reading a zone's rules takes longer than all else of a question about a day. */
const firstInstants = new Map<string, Instant>();
/** Eleven years of days in one zone. */
const MAX_FIRST_INSTANTS = 4_096;

/** An audit date means one millisecond before the first instant of the next local day (rules T2, S3). */
export function lastMillisecondOf(day: LocalDate, zone: TimeZone): Instant {
  return instantAt(epochMsOf(firstInstantOf(addDays(day, 1), zone)) - 1);
}

/** The local day an instant falls on. */
export function localDateOf(instant: Instant, zone: TimeZone): LocalDate {
  return Temporal.Instant.from(instant).toZonedDateTimeISO(zone).toPlainDate().toString() as LocalDate;
}

export function addDays(day: LocalDate, days: number): LocalDate {
  const sum = dateOfDay(dayOf(day) + days);
  // Beyond the year 9999 the calendar writes years in another form.
  return (LOCAL_DATE.test(sum) ? sum : Temporal.PlainDate.from(day).add({ days }).toString()) as LocalDate;
}

/** The same local time so many calendar days later; across a clock change the day has 23 or 25 hours (rule T2). */
export function addLocalDays(instant: Instant, days: number, zone: TimeZone): Instant {
  return instantAt(Temporal.Instant.from(instant).toZonedDateTimeISO(zone).add({ days }).epochMilliseconds);
}

export function addMs(instant: Instant, ms: number): Instant {
  return instantAt(epochMsOf(instant) + ms);
}

export function laterOf(a: Instant, b: Instant): Instant {
  return a > b ? a : b;
}

/** True for an ISO 8601 duration of whole years, months, weeks or days that is longer than nothing, e.g. "P2Y". */
export function isCalendarDuration(text: string): boolean {
  try {
    const duration = Temporal.Duration.from(text);
    return duration.sign > 0 && text.length <= 32 && !/T/i.test(text);
  } catch {
    return false;
  }
}
