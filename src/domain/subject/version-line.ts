import type { PolicyFacts, VersionTerms } from '../policy/policy-facts';
import { effectiveDateFor, isWithdrawn } from '../policy/version-in-force';
import type { Instant } from '../time';

/** A version that somebody is asked by, or would be, at an instant. */
export interface AskingVersion {
  readonly policy: PolicyFacts;
  readonly version: VersionTerms;
  readonly at: Instant;
  /** Of the person: which of a version's dates is theirs (rule V1). */
  readonly registeredAt: Instant;
}

/** Version absent: none is in force. */
type Asking = Pick<AskingVersion, 'at' | 'registeredAt'> & { readonly version?: VersionTerms };

/** True for a version that was withdrawn, by then, so that decisions on it do not count anywhere (rule D3). */
export function isVoided(version: VersionTerms, at: Instant): boolean {
  return isWithdrawn(version, at) && version.withdrawal?.voidsDecisions === true;
}

/**
 * True for a version that the asking one follows for this person, or that was in force for them and is withdrawn
 * since. What was decided ahead of time on one still to come, or on one withdrawn before its day, is none of today's
 * business (rule D1): a scheduled version leaves no trace.
 */
export function isInLine(decidedOn: VersionTerms, asking: Asking): boolean {
  const { version, at, registeredAt } = asking;
  if (neverStood(decidedOn, asking)) return false;
  const hasItsDay = effectiveDateFor(decidedOn, registeredAt) <= at;
  return hasItsDay || (version !== undefined && !comesAfter(decidedOn, version));
}

/** True for a version that was withdrawn, by then, before its day for this person: it leaves no trace (rule V6). */
export function neverStood(version: VersionTerms, { at, registeredAt }: Omit<Asking, 'version'>): boolean {
  const { withdrawal } = version;
  return (
    withdrawal !== undefined && withdrawal.from <= at && withdrawal.from <= effectiveDateFor(version, registeredAt)
  );
}

/** Rule V1: by (general effectiveFrom, order of recording). */
function comesAfter(a: VersionTerms, b: VersionTerms): boolean {
  return a.effectiveFrom === b.effectiveFrom ? a.order > b.order : a.effectiveFrom > b.effectiveFrom;
}
