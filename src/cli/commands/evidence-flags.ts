import { parseInstant, parseLocalDate, type TimeZone } from '../../domain/time';
import { knownBy } from '../known-on';
import type { RemoteFlags } from './remote-flags';

export interface EvidenceFlags extends RemoteFlags {
  readonly on?: string;
  readonly at?: string;
  readonly recordedAt?: string;
  readonly knownOn?: string;
  readonly out: string;
  readonly personal?: boolean;
}

/** @param zone in which the days asked for end */
export function askedInstant({ on, at, recordedAt, knownOn }: EvidenceFlags, zone: TimeZone) {
  return {
    effectiveOn: on === undefined ? undefined : parseLocalDate(on),
    effectiveAt: at === undefined ? undefined : parseInstant(at),
    recordedAt: recordedAt === undefined ? knownBy(knownOn, zone, Date.now()) : parseInstant(recordedAt),
  };
}
