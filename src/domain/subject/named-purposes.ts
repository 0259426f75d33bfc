import { MAX_PURPOSES } from '../limits';
import type { Policy, VersionEntry } from '../policy/policy.state';
import type { Purpose } from '../policy/processing-statement';
import { addCalendarDuration, type Instant, type TimeZone } from '../time';
import { namesPurpose } from './fact-entries';
import { governingBasis } from './governing-basis';
import type { GivenPurpose } from './subject.events';
import { purposeNotOnConsent, purposesEmpty, purposeTwice, purposeUnknown, tooManyPurposes } from './subject.refusals';
import type { Subject } from './subject.state';

/**
 * The purposes of a version that a decision is about: all of them rest on consent for this person, or none is decided
 * (rules C3, D5).
 */
export function purposesOnConsent(
  version: VersionEntry,
  named: readonly string[],
  categories: readonly string[],
): readonly Purpose[] {
  assertNamed(named);
  return named.map((key, index) => {
    const purpose = version.statement?.purposes.find((each) => each.key === key);
    if (!purpose) throw purposeUnknown(index);
    if (governingBasis(purpose, categories) !== 'CONSENT') throw purposeNotOnConsent(index);
    return purpose;
  });
}

/** What a withdrawal or an objection names: any purpose that the policy ever had, or that this person ever decided on. */
export function assertKnownPurposes(policy: Policy, named: readonly string[], { facts }: Subject): void {
  assertNamed(named);
  const known = new Set(policy.timeline.flatMap((entry) => (entry.kind === 'version' ? purposeKeys(entry) : [])));
  const unknown = named.findIndex((key) => !known.has(key) && !namesPurpose(facts, policy.policyId, key));
  if (unknown >= 0) throw purposeUnknown(unknown);
}

function purposeKeys({ statement }: VersionEntry): readonly string[] {
  return statement?.purposes.map(({ key }) => key) ?? [];
}

function assertNamed(named: readonly string[]): void {
  if (named.length === 0) throw purposesEmpty();
  if (named.length > MAX_PURPOSES) throw tooManyPurposes();
  const twice = named.findIndex((key, index) => named.indexOf(key) !== index);
  if (twice >= 0) throw purposeTwice(twice);
}

/** A yes lasts as long as the version agreed to says, reckoned when it is given (rule D4). */
export function givenPurpose(purpose: Purpose, from: Instant, zone: TimeZone): GivenPurpose {
  const { key, consentValidFor } = purpose;
  const expiresAt = consentValidFor === undefined ? undefined : addCalendarDuration(from, consentValidFor, zone);
  return { purpose: key, ...(expiresAt && { expiresAt }) };
}
