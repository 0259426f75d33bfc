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

/** A day that there is not throws; a 25th hour would be told as another time. */
function isCanonical(text: string): boolean {
  try {
    return instantAt(epochMsOf(text as Instant)) === text;
  } catch {
    return false;
  }
}

function readInstant(text: string): Temporal.Instant {
  try {
    return Temporal.Instant.from(text.toUpperCase());
  } catch {
    throw new UnreadableTime('NOT_A_TIME', 'This is not an RFC 3339 date-time.');
  }
}

const EARLIEST_MS = Temporal.Instant.from('0001-01-01T00:00:00Z').epochMilliseconds;
/** None comes after it. */
export const LAST_INSTANT = '9999-12-31T23:59:59.999Z' as Instant;
const LATEST_MS = Temporal.Instant.from(LAST_INSTANT).epochMilliseconds;
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/** The instant so many whole milliseconds after 1970-01-01T00:00Z. @throws UnreadableTime outside the years 1 to 9999 */
export function instantAt(epochMs: number): Instant {
  if (!Number.isInteger(epochMs) || epochMs < EARLIEST_MS || epochMs > LATEST_MS) {
    throw new UnreadableTime('NOT_A_TIME', 'Times are kept for the years 1 to 9999.');
  }
  const dayStart = Math.floor(epochMs / DAY_MS) * DAY_MS;
  return `${dayNames.of(dayStart)}T${timeOfDay(epochMs - dayStart)}Z` as Instant;
}

function timeOfDay(ms: number): string {
  const hours = twoDigits(Math.floor(ms / HOUR_MS));
  const minutes = twoDigits(Math.floor(ms / MINUTE_MS) % 60);
  const seconds = twoDigits(Math.floor(ms / 1_000) % 60);
  return `${hours}:${minutes}:${seconds}.${String(ms % 1_000).padStart(3, '0')}`;
}

function twoDigits(part: number): string {
  return part < 10 ? `0${part}` : String(part);
}

/** Milliseconds since 1970-01-01T00:00Z. */
export function epochMsOf(instant: Instant): number {
  const part = (from: number, to: number) => Number(instant.slice(from, to));
  const time = part(11, 13) * HOUR_MS + part(14, 16) * MINUTE_MS + part(17, 19) * 1_000 + part(20, 23);
  return dayStarts.of(instant.slice(0, 10)) + time;
}

/** Answers of the calendar that are asked for again and again, as folds do for every event; the same ones every time. */
class Kept<Question, Answer> {
  readonly #answers = new Map<Question, Answer>();

  constructor(private readonly ask: (question: Question) => Answer) {}

  of(question: Question): Answer {
    const known = this.#answers.get(question);
    if (known !== undefined) return known;
    const answer = this.ask(question);
    if (this.#answers.size >= MAX_KEPT) this.#answers.clear();
    this.#answers.set(question, answer);
    return answer;
  }
}

/** Eleven years of days. */
const MAX_KEPT = 4_096;

const dayNames = new Kept((dayStartMs: number) =>
  Temporal.Instant.fromEpochMilliseconds(dayStartMs).toString().slice(0, 10),
);
const dayStarts = new Kept((day: string) => Temporal.Instant.from(`${day}T00:00Z`).epochMilliseconds);
const firstInstants = new Kept((dayInZone: string) => {
  const [day = '', timeZone = ''] = dayInZone.split(' ');
  return instantAt(Temporal.PlainDate.from(day).toZonedDateTime({ timeZone }).epochMilliseconds);
});
const lastMilliseconds = new Kept((dayInZone: string) => {
  const [day = '', timeZone = ''] = dayInZone.split(' ');
  return addMs(firstInstantOf(addDays(day as LocalDate, 1), timeZone), -1);
});
const localDates = new Kept((text: string) => Temporal.PlainDate.from(text, { overflow: 'reject' }).toString());

/** Reads a civil date. @throws UnreadableTime when there is no such day */
export function parseLocalDate(text: string): LocalDate {
  try {
    if (LOCAL_DATE.test(text) && localDates.of(text) === text) return text as LocalDate;
  } catch {
    // Falls through to the one error for every unreadable date.
  }
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
  return firstInstants.of(`${day} ${zone}`);
}

/** An audit date means one millisecond before the first instant of the next local day (rules T2, S3). */
export function lastMillisecondOf(day: LocalDate, zone: TimeZone): Instant {
  return lastMilliseconds.of(`${day} ${zone}`);
}

/** The local day an instant falls on. */
export function localDateOf(instant: Instant, zone: TimeZone): LocalDate {
  return Temporal.Instant.from(instant).toZonedDateTimeISO(zone).toPlainDate().toString() as LocalDate;
}

export function addDays(day: LocalDate, days: number): LocalDate {
  return Temporal.PlainDate.from(day).add({ days }).toString() as LocalDate;
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

/**
 * The same local time after a calendar duration, clipped to the month's end: a year after 29 February is 28 February
 * (rule D4). Undefined when that lies beyond the years that are kept.
 */
export function addCalendarDuration(instant: Instant, duration: string, zone: TimeZone): Instant | undefined {
  try {
    return instantAt(Temporal.Instant.from(instant).toZonedDateTimeISO(zone).add(duration).epochMilliseconds);
  } catch {
    return undefined;
  }
}
