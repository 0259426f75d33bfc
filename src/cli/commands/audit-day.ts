import {
  type Instant,
  instantAt,
  type LocalDate,
  lastMillisecondOf,
  localDateOf,
  parseLocalDate,
  type TimeZone,
} from '../../domain/time';
import { CommandRefused } from '../doors';
import type { AuditAsked } from './audit-sheet';

/** The days that were asked for, in the zone of the policy's organisation (rule S3). */
export interface AuditDays {
  readonly effectiveOn: LocalDate | undefined;
  readonly recordedAt: Instant | undefined;
}

/**
 * An audit is of a day that has come: of one to come it would be a forecast (rule T4), which has to be asked for.
 * @throws CommandRefused AS_OF_IN_FUTURE
 * @throws UnreadableTime
 */
export function auditDays({ on, knownOn, forecast }: AuditAsked, zone: TimeZone, nowMs: number): AuditDays {
  const effectiveOn = on === undefined ? undefined : parseLocalDate(on);
  if (effectiveOn !== undefined && !forecast && effectiveOn > localDateOf(instantAt(nowMs), zone)) {
    throw new CommandRefused('AS_OF_IN_FUTURE', 'That day is still to come; --forecast tells how it would be.');
  }
  return { effectiveOn, recordedAt: knownOn === undefined ? undefined : endOf(parseLocalDate(knownOn), zone, nowMs) };
}

/** What is known by the end of today is what is known now. */
function endOf(day: LocalDate, zone: TimeZone, nowMs: number): Instant | undefined {
  return day === localDateOf(instantAt(nowMs), zone) ? undefined : lastMillisecondOf(day, zone);
}
