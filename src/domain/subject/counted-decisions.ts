import type { ConsentDecision, PersonFacts } from './person-facts';
import { latestFirst, type Told, toldByLinked, toldByPerson } from './told';
import { type AskingVersion, isInLine, isVoided, neverStood } from './version-line';

/** A decision that is something to the version that asks. */
export interface CountedDecision {
  readonly told: Told<ConsentDecision>;
  /** Counts for the version that asks, or why it would not even if it is a yes. */
  readonly weight: 'COUNTS' | LapsedBecause;
}

/** A yes that no longer counts: under another root only, on a voided version, or on one that was taken out. */
export type LapsedBecause = 'RENEWAL_DUE' | 'VOIDED' | 'VERSION_REVOKED';

/**
 * What was decided on a purpose, the latest first, by the account and the anonymous persons linked to it: on each root
 * what the account decided, if it did, else what they did (rule D7). A withdrawal enters every root (rule D1), so that
 * of an account that ever withdrew only its own decisions count.
 */
export function countedDecisions(
  person: PersonFacts,
  purpose: string,
  asking: AskingVersion,
): Iterable<CountedDecision> {
  const decisions = (of: PersonFacts) => of.decisions(asking.policy.policyId, purpose, asking.at);
  const own = weighAll(toldByPerson(person, decisions), purpose, asking);
  if (person.linked.length === 0) return own;
  const linked = weighAll(toldByLinked(person, decisions), purpose, asking);
  return ofAccountElseLinked([...own], linked, purpose, asking);
}

function ofAccountElseLinked(
  own: readonly CountedDecision[],
  linked: Iterable<CountedDecision>,
  purpose: string,
  asking: AskingVersion,
): readonly CountedDecision[] {
  if (own.some(({ told }) => told.fact.kind === 'WITHDRAWN')) return own;
  const rootOf = (versionId: string) => consentRootOf(versionId, purpose, asking);
  const decided = new Set<string | undefined>();
  for (const { told, weight } of own) if (isOnRoot(weight)) decided.add(rootDecided(told.fact, rootOf));
  const hasDecided = (root: string | undefined) => root !== undefined && decided.has(root);
  const decidedHere = hasDecided(rootOf(asking.version.id));
  const others = [...linked].flatMap((each): readonly CountedDecision[] => {
    const { told } = each;
    if (told.fact.kind !== 'WITHDRAWN') return hasDecided(rootDecided(told.fact, rootOf)) ? [] : [each];
    // It entered the roots that the account did not decide on, and no others.
    return [decidedHere ? { told, weight: 'RENEWAL_DUE' } : each];
  });
  return [...own, ...others].sort((a, b) => latestFirst(a.told, b.told));
}

function rootDecided(decision: ConsentDecision, rootOf: (versionId: string) => string | undefined): string | undefined {
  return decision.kind === 'WITHDRAWN' ? undefined : rootOf(decision.versionId);
}

function* weighAll(
  decisions: Iterable<Told<ConsentDecision>>,
  purpose: string,
  asking: AskingVersion,
): Generator<CountedDecision> {
  for (const told of decisions) {
    const weight = weigh(told.fact, purpose, asking);
    if (weight !== undefined) yield { told, weight };
  }
}

/** Undefined: nothing to the version that asks. A withdrawal enters every root (rule D1). */
function weigh(
  decision: ConsentDecision,
  purpose: string,
  asking: AskingVersion,
): CountedDecision['weight'] | undefined {
  if (decision.kind === 'WITHDRAWN') return 'COUNTS';
  const bearing = bearingOf(decision.versionId, purpose, asking);
  if (bearing === 'VERSION_REVOKED' || bearing === 'VOIDED') return decision.kind === 'GIVEN' ? bearing : undefined;
  return bearing === 'NONE' ? undefined : bearing;
}

/** What a version is to the one that asks about a purpose: what was decided on it counts, or why a yes would not. */
export type VersionBearing = CountedDecision['weight'] | 'NONE';

export function bearingOf(versionId: string, purpose: string, asking: AskingVersion): VersionBearing {
  const { policy, version, at } = asking;
  const decidedOn = policy.version(versionId);
  if (!decidedOn) return 'VERSION_REVOKED';
  if (neverStood(decidedOn, asking)) return 'NONE';
  if (isVoided(decidedOn, at)) return isInLine(decidedOn, asking) ? 'VOIDED' : 'NONE';
  const root = consentRootOf(decidedOn.id, purpose, asking);
  if (root !== undefined && root === consentRootOf(version.id, purpose, asking)) return 'COUNTS';
  return isInLine(decidedOn, asking) ? 'RENEWAL_DUE' : 'NONE';
}

/** Under a voided version, or one that was taken out, nothing is decided (rule D3). */
export function isOnRoot(bearing: VersionBearing): boolean {
  return bearing === 'COUNTS' || bearing === 'RENEWAL_DUE';
}

export function consentRootOf(
  versionId: string,
  purpose: string,
  { policy, at }: Pick<AskingVersion, 'policy' | 'at'>,
): string | undefined {
  return policy.rootsAt(versionId, at)?.consent[purpose];
}
