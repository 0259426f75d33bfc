import { type Instant, laterOf } from '../time';
import type { RerootedVersion, Roots } from './policy.events';
import type { VersionEntry } from './policy.state';
import { consentPurposes } from './processing-statement';
import { compareStatements, impliedRenewals } from './statement-comparison';
import { hasItsDay, type OrderedEntry, precedingVersion } from './version-in-force';

type Rooted = Pick<VersionEntry, 'id' | 'change' | 'statement'> & { readonly roots: Roots };
/** As much of an entry as its roots follow from, so that a version need not be recorded to be tried. */
export type RootedEntry = OrderedEntry &
  ((Rootable & Pick<VersionEntry, 'kind' | 'roots'>) | { readonly kind: 'retirement' });
type Rootable = Pick<VersionEntry, 'id' | 'change' | 'statement' | 'imported'>;

/**
 * The roots of a version by the one that precedes it (rule V6). Per purpose on consent: its own id where it asks for
 * renewal, where the purpose or its basis of consent is new, or where the comparison implies a renewal that another
 * version between the two used to ask for; else the predecessor's root. An import asks only for what it says (V7).
 */
export function rootsAfter(version: Rootable, predecessor: Rooted | undefined): Roots {
  const first = predecessor === undefined || version.change.reasons.includes('FIRST_VERSION');
  const implied = version.imported ? [] : renewalsBetween(predecessor, version);
  const renewed = new Set([...version.change.renewalPurposes, ...implied]);
  const consent: Record<string, string> = {};
  for (const purpose of consentPurposes(version.statement)) {
    const inherited = first || renewed.has(purpose) ? undefined : predecessor.roots.consent[purpose];
    consent[purpose] = inherited ?? version.id;
  }
  const tells = first || version.change.noticeDuty !== 'NONE';
  return {
    consent,
    notice: tells ? version.id : predecessor.roots.notice,
    acceptance: tells ? version.id : predecessor.roots.acceptance,
  };
}

function renewalsBetween(from: Rooted | undefined, to: Pick<VersionEntry, 'statement'>): readonly string[] {
  if (!from?.statement || !to.statement) return [];
  return impliedRenewals(compareStatements(from.statement, to.statement), to.statement);
}

/** The version that precedes a place as the order is at an instant, with the roots it has then. */
export function rootedPredecessor(timeline: readonly RootedEntry[], place: number, at: Instant): Rooted | undefined {
  const version = precedingVersion(timeline, place, at);
  return version && { ...version, roots: rootsOf(version, at) };
}

function rootsOf(version: Pick<VersionEntry, 'id' | 'effectiveFrom' | 'roots'>, at: Instant): Roots {
  const roots = rootsAt(version, laterOf(at, version.effectiveFrom));
  if (!roots) throw new Error(`Version ${version.id} has no roots.`);
  return roots;
}

/** The version's roots at an instant: those recorded last that hold then (rules V6, T3). */
export function rootsAt(version: Pick<VersionEntry, 'roots'>, at: Instant): Roots | undefined {
  return version.roots.findLast(({ since }) => since === undefined || since <= at)?.roots;
}

/**
 * The versions from a place in the timeline on whose roots differ, by what precedes them there, from those recorded;
 * to be recorded in the event that brought the timeline about (rule V6). A withdrawal that is still to come gives
 * another answer from its instant on.
 *
 * @param withdrawals all of the timeline
 * @param since absent: the roots may differ at every instant; else only from there on (rule T3)
 */
export function rerootedFrom(
  timeline: readonly RootedEntry[],
  place: number,
  withdrawals: readonly PlacedWithdrawal[],
  since?: Instant,
): readonly RerootedVersion[] {
  const rerooted: RerootedVersion[] = [];
  // Copied when something differs: an import appends to a timeline of thousands again and again.
  let order: RootedEntry[] | undefined;
  for (let index = place; index < timeline.length; index += 1) {
    const version = timeline[index];
    if (!version || !hasItsDay(version)) continue;
    const differing = differingRoots(order ?? timeline, index, version, withdrawals, since);
    if (differing.length === 0) continue;
    order ??= [...timeline];
    order[index] = { ...version, roots: [...version.roots, ...differing] };
    rerooted.push(...differing.map(({ since: from, roots }) => rerootedVersion(version.id, roots, from)));
  }
  return rerooted;
}

function rerootedVersion(versionId: string, roots: Roots, since: Instant | undefined): RerootedVersion {
  return { versionId, roots, ...(since && { since }) };
}

/** From the first instant at which the roots differ from those recorded, the roots at it and at every one after it. */
function differingRoots(
  order: readonly RootedEntry[],
  index: number,
  version: RootedEntry & { readonly kind: 'version' },
  withdrawals: readonly PlacedWithdrawal[],
  since: Instant | undefined,
) {
  const start = laterOf(since ?? version.effectiveFrom, version.effectiveFrom);
  const before = withdrawals.filter(({ place, from }) => place < index && from > start);
  const later = [...new Set(before.map(({ from }) => from))].sort().map((from) => ({ since: from, at: from }));
  const instants = [{ since, at: start }, ...later];
  const due = instants.map((instant) => ({
    ...instant,
    roots: rootsAfter(version, rootedPredecessor(order, index, instant.at)),
  }));
  const first = due.findIndex(({ at, roots }) => !sameRoots(rootsOf(version, at), roots));
  return first < 0 ? [] : due.slice(first);
}

/** A withdrawal of the version at a place of a timeline. */
export interface PlacedWithdrawal {
  readonly place: number;
  readonly from: Instant;
}

export function withdrawalsIn(timeline: readonly RootedEntry[]): readonly PlacedWithdrawal[] {
  const withdrawals: PlacedWithdrawal[] = [];
  for (let place = 0; place < timeline.length; place += 1) {
    const from = timeline[place]?.withdrawal?.from;
    if (from !== undefined) withdrawals.push({ place, from });
  }
  return withdrawals;
}

function sameRoots(a: Roots, b: Roots): boolean {
  const keys = Object.keys(a.consent);
  return (
    a.notice === b.notice &&
    a.acceptance === b.acceptance &&
    keys.length === Object.keys(b.consent).length &&
    keys.every((key) => a.consent[key] === b.consent[key])
  );
}
