import type { Instant, TimeZone } from '../domain/time';

/** Date and time of day in a zone; Swedish writes them as ISO 8601 does. */
export function clockOf(instant: Instant, zone: TimeZone): string {
  return formatOf(zone).format(new Date(instant));
}

function formatOf(timeZone: TimeZone): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  const format = known ?? new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' });
  formats.set(timeZone, format);
  return format;
}

/** Making one takes far longer than using it. There are some hundred zones. */
const formats = new Map<TimeZone, Intl.DateTimeFormat>();
