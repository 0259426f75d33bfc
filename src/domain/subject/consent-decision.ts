import type { ConsentDecision, PersonFacts } from './person-facts';
import { type Told, toldByLinked, toldByPerson } from './told';
import { type AskingVersion, isInLine, isVoided, neverStood } from './version-line';

/** What of the decisions on a purpose stands, asked by a version (rules D1, D3, D7). */
export type StandingDecision =
  | { readonly kind: 'DECIDED'; readonly told: Told<ConsentDecision>; readonly renewed: boolean }
  | { readonly kind: 'LAPSED'; readonly told: Told<ConsentDecision>; readonly why: LapsedBecause }
  | { readonly kind: 'NONE' };

/** A yes that no longer counts: under another root only, on a voided version, or on one that was taken out. */
export type LapsedBecause = 'RENEWAL_DUE' | 'VOIDED' | 'VERSION_REVOKED';

/**
 * D7: where the account has a decision on the purpose and root only that counts, else the last one of the anonymous
 * persons linked to it.
 */
export function standingDecision(person: PersonFacts, purpose: string, asking: AskingVersion): StandingDecision {
  const decisions = (of: PersonFacts) => of.decisions(asking.policy.policyId, purpose, asking.at);
  const own = lastCounting(toldByPerson(person, decisions), purpose, asking);
  if (own.kind === 'DECIDED' || person.linked.length === 0) return own;
  const linked = lastCounting(toldByLinked(person, decisions), purpose, asking);
  return linked.kind === 'DECIDED' || own.kind === 'NONE' ? linked : own;
}

/** Decisions compete by (validFrom, order): of those that come latest first the first that counts decides (rule D1). */
function lastCounting(
  decisions: Iterable<Told<ConsentDecision>>,
  purpose: string,
  asking: AskingVersion,
): StandingDecision {
  const weighed = weighAll(decisions, purpose, asking);
  let lastWord: Weighed | undefined;
  let underOtherRoot: Weighed | undefined;
  for (const each of weighed) {
    if (each.weight === 'COUNTS') {
      // A later yes unmade this withdrawal: it is that yes which is due for renewal.
      const unmade = each.told.fact.kind === 'WITHDRAWN' && underOtherRoot !== undefined && isYes(underOtherRoot);
      if (unmade) break;
      return { kind: 'DECIDED', told: each.told, renewed: isYes(each) && yesComesNext(weighed) };
    }
    lastWord ??= each;
    if (each.weight === 'RENEWAL_DUE') underOtherRoot ??= each;
  }
  if (!lastWord || lastWord.weight === 'COUNTS' || !isYes(lastWord)) return { kind: 'NONE' };
  return { kind: 'LAPSED', told: lastWord.told, why: lastWord.weight };
}

/** D3: renewed is a yes after a yes with no no between, under whatever root. */
function yesComesNext(weighed: Iterable<Weighed>): boolean {
  for (const each of weighed) {
    if (each.weight === 'COUNTS' || each.weight === 'RENEWAL_DUE') return isYes(each);
  }
  return false;
}

function isYes({ told }: Weighed): boolean {
  return told.fact.kind === 'GIVEN';
}

interface Weighed {
  readonly told: Told<ConsentDecision>;
  /** Counts for the version that asks, or why it would not even if it is a yes. */
  readonly weight: 'COUNTS' | LapsedBecause;
}

function* weighAll(
  decisions: Iterable<Told<ConsentDecision>>,
  purpose: string,
  asking: AskingVersion,
): Generator<Weighed> {
  for (const told of decisions) {
    const weight = weigh(told.fact, purpose, asking);
    if (weight !== undefined) yield { told, weight };
  }
}

/** Undefined: nothing to the version that asks. A withdrawal enters every root (rule D1). */
function weigh(decision: ConsentDecision, purpose: string, asking: AskingVersion): Weighed['weight'] | undefined {
  if (decision.kind === 'WITHDRAWN') return 'COUNTS';
  const bearing = bearingOf(decision.versionId, purpose, asking);
  if (bearing === 'VERSION_REVOKED' || bearing === 'VOIDED') return decision.kind === 'GIVEN' ? bearing : undefined;
  return bearing === 'NONE' ? undefined : bearing;
}

/** What a version is to the one that asks about a purpose: what was decided on it counts, or why a yes would not. */
export type VersionBearing = Weighed['weight'] | 'NONE';

export function bearingOf(versionId: string, purpose: string, asking: AskingVersion): VersionBearing {
  const { policy, version, at } = asking;
  const decidedOn = policy.version(versionId);
  if (!decidedOn) return 'VERSION_REVOKED';
  if (neverStood(decidedOn, asking)) return 'NONE';
  if (isVoided(decidedOn, at)) return isInLine(decidedOn, asking) ? 'VOIDED' : 'NONE';
  const root = policy.rootsAt(decidedOn.id, at)?.consent[purpose];
  if (root !== undefined && root === policy.rootsAt(version.id, at)?.consent[purpose]) return 'COUNTS';
  return isInLine(decidedOn, asking) ? 'RENEWAL_DUE' : 'NONE';
}
