import { type Instant, instantAt, type LocalDate, localDateOf, parseLocalDate, type TimeZone } from '../../domain/time';
import { CommandRefused } from '../doors';
import { knownBy } from '../known-on';
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
  return { effectiveOn, recordedAt: knownBy(knownOn, zone, nowMs) };
}
