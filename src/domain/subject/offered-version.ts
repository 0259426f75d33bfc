import type { VersionEntry } from '../policy/policy.state';
import { policyFactsOfFold } from '../policy/policy-facts-of-fold';
import { findVersion, versionInForce } from '../policy/version-in-force';
import type { Instant } from '../time';
import type { OnPolicy, OnVersion } from './subject.commands';
import type { ShownText } from './subject.events';
import { contentNotOfVersion, localeNotInVersion, versionNotOffered } from './subject.refusals';
import { profileAt, type Subject } from './subject.state';

/**
 * The version, where it was offered then: in force for this person, or published and still to come for them, in a
 * policy of their organisation or of whose customer they were (rules C2, O1).
 *
 * @throws Refusal VERSION_NOT_OFFERED, with the one that was
 */
export function offeredVersion(on: OnPolicy, versionId: string, person: Subject, at: Instant): VersionEntry {
  const version = findVersion(on.policy, versionId);
  if (version && concerns(on, person, at) && isOffered(on, versionId, person, at)) return version;
  throw versionNotOffered(bestOffer(on, person, at));
}

/**
 * The version, where it was published by then: what was shown is evidence even of a withdrawn one.
 * @throws Refusal VERSION_NOT_OFFERED, with the one that was
 */
export function publishedVersion(on: OnPolicy, versionId: string, person: Subject, at: Instant): VersionEntry {
  const version = findVersion(on.policy, versionId);
  if (version && version.publishedAt <= at) return version;
  throw versionNotOffered(bestOffer(on, person, at));
}

function concerns({ policy }: OnPolicy, person: Subject, at: Instant): boolean {
  const { organisationId } = policy;
  return organisationId === person.organisationId || organisationId === profileAt(person, at).customerId;
}

function isOffered(on: OnPolicy, versionId: string, person: Subject, at: Instant): boolean {
  const { registeredAt } = person;
  const inForce = versionInForce(on.policy, at, registeredAt);
  if (inForce.code === 'VERSION_IN_FORCE' && inForce.version.id === versionId) return true;
  return scheduled(on, person, at).some(({ id }) => id === versionId);
}

function scheduled({ policy }: OnPolicy, { registeredAt }: Subject, at: Instant) {
  return policyFactsOfFold(policy).scheduled(at, registeredAt);
}

function bestOffer(on: OnPolicy, person: Subject, at: Instant): string | undefined {
  if (!concerns(on, person, at)) return undefined;
  const inForce = versionInForce(on.policy, at, person.registeredAt);
  return inForce.code === 'VERSION_IN_FORCE' ? inForce.version.id : scheduled(on, person, at)[0]?.id;
}

/** The very text named, if it is the version's (rule C2). @throws Refusal LOCALE_NOT_IN_VERSION CONTENT_NOT_OF_VERSION */
export function shownText(version: VersionEntry, shown: OnVersion): ShownText {
  const { policy, versionId, locale, contentSha256 } = shown;
  assertText(version, locale, contentSha256);
  return { policyId: policy.policyId, versionId, locale, contentSha256 };
}

export function assertText({ contents }: VersionEntry, locale: string, sha256: string): void {
  const content = contents.find((each) => each.locale === locale);
  if (!content) throw localeNotInVersion();
  if (content.sha256 !== sha256) throw contentNotOfVersion();
}
