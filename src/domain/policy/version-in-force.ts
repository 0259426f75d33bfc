import { type Instant, laterOf } from '../time';
import {
  type Entry,
  type Policy,
  placeInTimeline,
  type RetirementEntry,
  type VersionEntry,
  type Withdrawal,
} from './policy.state';

/** Which entry decides at an instant, or why none does. */
export type InForce =
  | { readonly code: 'VERSION_IN_FORCE'; readonly version: VersionEntry }
  | { readonly code: 'RETIRED'; readonly retirement: RetirementEntry }
  | { readonly code: 'NOT_YET_PUBLISHED' }
  | { readonly code: 'ALL_WITHDRAWN' };

/**
 * Which version is in force at an instant (rule V1). Among the eligible the greatest (general effectiveFrom, order of
 * recording) decides, so that a cohort date never brings an older version back.
 *
 * @param registeredAt when the person asked for registered; absent: without a person, by the general dates
 */
export function versionInForce(policy: Policy, at: Instant, registeredAt?: Instant): InForce {
  let withdrawn = false;
  for (let index = policy.timeline.length - 1; index >= 0; index -= 1) {
    const entry = policy.timeline[index];
    if (!entry || entry.effectiveFrom > at) continue;
    if (entry.kind === 'retirement') return { code: 'RETIRED', retirement: entry };
    if (isWithdrawn(entry, at)) withdrawn = true;
    else if (effectiveDateFor(entry, registeredAt) <= at) return { code: 'VERSION_IN_FORCE', version: entry };
  }
  return { code: withdrawn ? 'ALL_WITHDRAWN' : 'NOT_YET_PUBLISHED' };
}

/** From when a version holds for a person: the cohort date for those registered before it was published (rule V1). */
export function effectiveDateFor(
  version: Pick<VersionEntry, 'publishedAt' | 'effectiveFrom'> & {
    readonly effectiveFromForExisting?: Instant | undefined;
  },
  registeredAt: Instant | undefined,
): Instant {
  const existing = registeredAt !== undefined && registeredAt < version.publishedAt;
  return existing ? (version.effectiveFromForExisting ?? version.effectiveFrom) : version.effectiveFrom;
}

/** Withdrawn from its instant on: an instant equal to it no longer belongs to the version (rules P4, V3). */
export function isWithdrawn(version: { readonly withdrawal?: Withdrawal | undefined }, at: Instant): boolean {
  return version.withdrawal !== undefined && version.withdrawal.from <= at;
}

export type VersionStatus = 'SCHEDULED' | 'IN_FORCE' | 'SUPERSEDED' | 'WITHDRAWN' | 'RETIRED';

/** The version's status for new subjects; undefined while it was not yet published. */
export function versionStatus(policy: Policy, version: VersionEntry, at: Instant): VersionStatus | undefined {
  if (version.publishedAt > at) return undefined;
  if (isWithdrawn(version, at)) return 'WITHDRAWN';
  if (version.effectiveFrom > at) return 'SCHEDULED';
  const inForce = versionInForce(policy, at);
  if (inForce.code === 'VERSION_IN_FORCE') return inForce.version.id === version.id ? 'IN_FORCE' : 'SUPERSEDED';
  const without = { ...policy, timeline: policy.timeline.filter((entry) => entry.kind === 'version') };
  const last = versionInForce(without, at);
  return last.code === 'VERSION_IN_FORCE' && last.version.id === version.id ? 'RETIRED' : 'SUPERSEDED';
}

export function findVersion(policy: Policy, id: string): VersionEntry | undefined {
  const entry = policy.timeline.find((candidate) => candidate.id === id);
  return entry?.kind === 'version' ? entry : undefined;
}

/** As much of an entry as its place in the order of effect follows from. */
export type OrderedEntry = {
  readonly id: string;
  readonly kind: Entry['kind'];
  readonly effectiveFrom: Instant;
  readonly withdrawal?: Withdrawal;
};

type VersionOf<E extends OrderedEntry> = Extract<E, { readonly kind: 'version' }>;

/**
 * True when a version stands in the order of effect as it is at an instant, its own day at the earliest: withdrawn
 * versions are left out of what precedes another (rule V5), but only from their withdrawal on.
 */
function stands(version: OrderedEntry, at: Instant): boolean {
  return version.withdrawal === undefined || version.withdrawal.from > laterOf(at, version.effectiveFrom);
}

/** The version that precedes a place in the timeline as the order is at an instant; retirements are passed over (V5). */
export function precedingVersion<E extends OrderedEntry>(
  timeline: readonly E[],
  place: number,
  at: Instant,
): VersionOf<E> | undefined {
  for (let index = place - 1; index >= 0; index -= 1) {
    const entry = timeline[index];
    if (entry && isVersion(entry) && stands(entry, at)) return entry;
  }
  return undefined;
}

/** The versions from a place in the timeline on that have a day in force before them, earliest effect first (V5). */
export function followingVersions<E extends OrderedEntry>(
  timeline: readonly E[],
  place: number,
): readonly VersionOf<E>[] {
  return timeline.slice(place).filter(hasItsDay);
}

/** True for a version that was not withdrawn before its day came. */
export function hasItsDay<E extends OrderedEntry>(entry: E): entry is VersionOf<E> {
  return isVersion(entry) && stands(entry, entry.effectiveFrom);
}

function isVersion<E extends OrderedEntry>(entry: E): entry is VersionOf<E> {
  return entry.kind === 'version';
}

/** Versions published for later that will come into force: not withdrawn, or only after their day. */
export function scheduledVersions(policy: Policy, at: Instant): readonly VersionEntry[] {
  return followingVersions(policy.timeline, placeInTimeline(policy.timeline, at));
}
