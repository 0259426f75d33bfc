import { type Instant, instantAt, lastMillisecondOf, localDateOf, parseLocalDate, type TimeZone } from '../domain/time';

/**
 * The recorded axis of `--known-on`: the end of that local day (rule S3). What is known by the end of today is what is
 * known now, and so answers as no day does.
 * @throws UnreadableTime
 */
export function knownBy(knownOn: string | undefined, zone: TimeZone, nowMs: number): Instant | undefined {
  if (knownOn === undefined) return undefined;
  const day = parseLocalDate(knownOn);
  return day === localDateOf(instantAt(nowMs), zone) ? undefined : lastMillisecondOf(day, zone);
}
