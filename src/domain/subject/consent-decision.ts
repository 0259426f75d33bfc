import { type CountedDecision, countedDecisions, isOnRoot, type LapsedBecause } from './counted-decisions';
import type { ConsentDecision, PersonFacts } from './person-facts';
import type { Told } from './told';
import type { AskingVersion } from './version-line';

/** What of the decisions on a purpose stands, asked by a version (rules D1, D3, D7). */
export type StandingDecision =
  | { readonly kind: 'DECIDED'; readonly told: Told<ConsentDecision>; readonly renewed: boolean }
  | { readonly kind: 'LAPSED'; readonly told: Told<ConsentDecision>; readonly why: LapsedBecause }
  | { readonly kind: 'NONE' };

/** Decisions compete by (validFrom, order): of those that come latest first the first that counts decides (rule D1). */
export function standingDecision(person: PersonFacts, purpose: string, asking: AskingVersion): StandingDecision {
  const counted = countedDecisions(person, purpose, asking)[Symbol.iterator]();
  let lastWord: CountedDecision | undefined;
  let underOtherRoot: CountedDecision | undefined;
  for (let next = counted.next(); !next.done; next = counted.next()) {
    const each = next.value;
    if (each.weight === 'COUNTS') {
      // A later yes unmade this withdrawal: it is that yes which is due for renewal.
      const unmade = each.told.fact.kind === 'WITHDRAWN' && underOtherRoot !== undefined && isYes(underOtherRoot);
      if (unmade) break;
      return { kind: 'DECIDED', told: each.told, renewed: isYes(each) && followsYes(each, counted, person) };
    }
    lastWord ??= each;
    if (each.weight === 'RENEWAL_DUE') underOtherRoot ??= each;
  }
  if (!lastWord || lastWord.weight === 'COUNTS' || !isYes(lastWord)) return { kind: 'NONE' };
  return { kind: 'LAPSED', told: lastWord.told, why: lastWord.weight };
}

/** D3: renewed is a yes after a yes with no no between, under whatever root; by the account, or by visitors. */
function followsYes({ told }: CountedDecision, before: Iterator<CountedDecision>, { subjectId }: PersonFacts): boolean {
  const isOwn = told.subjectId === subjectId;
  for (let next = before.next(); !next.done; next = before.next()) {
    const isOfSameSide = (next.value.told.subjectId === subjectId) === isOwn;
    if (isOfSameSide && isOnRoot(next.value.weight)) return isYes(next.value);
  }
  return false;
}

function isYes({ told }: CountedDecision): boolean {
  return told.fact.kind === 'GIVEN';
}
