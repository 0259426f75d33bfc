import type { Policy, VersionEntry } from '../policy/policy.state';
import { effectiveDateFor, findVersion, isWithdrawn, versionInForce } from '../policy/version-in-force';
import type { Instant } from '../time';
import type { OnVersion } from './subject.commands';
import type { ShownText } from './subject.events';
import { contentNotOfVersion, localeNotInVersion, versionNotOffered } from './subject.refusals';

/** Whom a version is offered to, and when. */
export interface Offer {
  readonly at: Instant;
  readonly registeredAt: Instant;
}

/**
 * The version, where it was offered then: in force for this person, or published and still to come for them (rule C2).
 * @throws Refusal VERSION_NOT_OFFERED, with the one that was
 */
export function offeredVersion(policy: Policy, versionId: string, offer: Offer): VersionEntry {
  const version = findVersion(policy, versionId);
  if (version && isOffered(policy, version, offer)) return version;
  throw versionNotOffered(bestOffer(policy, offer)?.id);
}

/**
 * The version, where it was published by then: what was shown is evidence even of a withdrawn one.
 * @throws Refusal VERSION_NOT_OFFERED, with the one that was
 */
export function publishedVersion(policy: Policy, versionId: string, offer: Offer): VersionEntry {
  const version = findVersion(policy, versionId);
  if (version && version.publishedAt <= offer.at) return version;
  throw versionNotOffered(bestOffer(policy, offer)?.id);
}

function isOffered(policy: Policy, version: VersionEntry, offer: Offer): boolean {
  const { at, registeredAt } = offer;
  const inForce = versionInForce(policy, at, registeredAt);
  if (inForce.code === 'VERSION_IN_FORCE' && inForce.version.id === version.id) return true;
  return isToCome(policy, version, offer);
}

/** A cohort date never brings back a version that another has overtaken (rule V1). */
function isToCome(policy: Policy, version: VersionEntry, { at, registeredAt }: Offer): boolean {
  if (version.publishedAt > at || isWithdrawn(version, at) || effectiveDateFor(version, registeredAt) <= at)
    return false;
  const inForce = versionInForce(policy, at, registeredAt);
  if (inForce.code === 'NOT_YET_PUBLISHED' || inForce.code === 'ALL_WITHDRAWN') return true;
  const decides = inForce.code === 'RETIRED' ? inForce.retirement : inForce.version;
  return policy.timeline.indexOf(version) > policy.timeline.indexOf(decides);
}

function bestOffer(policy: Policy, offer: Offer): VersionEntry | undefined {
  const inForce = versionInForce(policy, offer.at, offer.registeredAt);
  if (inForce.code === 'VERSION_IN_FORCE') return inForce.version;
  return policy.timeline.find(
    (entry): entry is VersionEntry => entry.kind === 'version' && isToCome(policy, entry, offer),
  );
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
