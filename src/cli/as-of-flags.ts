import type { Command } from 'commander';
import { parseInstant, parseLocalDate, type TimeZone } from '../domain/time';
import type { AsOfInput } from '../read-models/as-of';
import { WrongUsage } from './doors';
import { knownBy } from './known-on';

/** A moment on both axes: `--on` and `--at` the effective one, `--known-on` and `--recorded-at` what was known. */
export interface AsOfFlags {
  readonly on?: string;
  readonly at?: string;
  readonly recordedAt?: string;
  readonly knownOn?: string;
}

export function withAsOfFlags(command: Command): Command {
  return command
    .option('--on <date>', 'at the end of this day; else now')
    .option('--at <instant>', 'at this instant, with its offset')
    .option('--recorded-at <instant>', 'by what had been recorded then')
    .option('--known-on <date>', 'by what had been recorded by the end of this day');
}

/** @throws WrongUsage AS_OF_CONTRADICTORY */
export function refuseContradiction({ on, at, recordedAt, knownOn }: AsOfFlags): void {
  if (on !== undefined && at !== undefined) {
    throw new WrongUsage('AS_OF_CONTRADICTORY', 'Give --on or --at, not both.');
  }
  if (recordedAt !== undefined && knownOn !== undefined) {
    throw new WrongUsage('AS_OF_CONTRADICTORY', 'Give --recorded-at or --known-on, not both.');
  }
}

/**
 * @param zone in which the days asked for end
 * @throws UnreadableTime
 */
export function askedInstant({ on, at, recordedAt, knownOn }: AsOfFlags, zone: TimeZone): AsOfInput {
  return {
    effectiveOn: on === undefined ? undefined : parseLocalDate(on),
    effectiveAt: at === undefined ? undefined : parseInstant(at),
    recordedAt: recordedAt === undefined ? knownBy(knownOn, zone, Date.now()) : parseInstant(recordedAt),
  };
}
