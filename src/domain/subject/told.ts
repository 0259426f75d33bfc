import type { PersonFacts, Placed } from './person-facts';

/** A fact and whose stream it stands in. */
export interface Told<Fact> {
  readonly subjectId: string;
  readonly fact: Fact;
}

type FactsOf<Fact> = (person: PersonFacts) => Iterable<Fact>;

/** Facts of the person's own stream, in their order. */
export function* toldByPerson<Fact>(person: PersonFacts, factsOf: FactsOf<Fact>): Generator<Told<Fact>> {
  for (const fact of factsOf(person)) yield { subjectId: person.subjectId, fact };
}

/** Facts of the anonymous persons that are this account, latest first (rule D7). */
export function toldByLinked<Fact extends Placed>(person: PersonFacts, factsOf: FactsOf<Fact>): readonly Told<Fact>[] {
  const [first, ...others] = person.linked.map((linked) => [...toldByPerson(linked, factsOf)]);
  return first === undefined || others.length === 0 ? (first ?? []) : [...first, ...others.flat()].sort(latestFirst);
}

type Admits<Fact> = (fact: Fact) => boolean;

/** The last such fact of the account; where it has none, of the anonymous persons linked to it (rule D7). */
export function lastOfAccountElseLinked<Fact extends Placed>(
  person: PersonFacts,
  factsOf: FactsOf<Fact>,
  admits: Admits<Fact>,
): Told<Fact> | undefined {
  return lastOfAccount(person, factsOf, admits) ?? lastOfLinked(person, factsOf, admits);
}

/** The last such fact, whether of the account or of an anonymous person linked to it. */
export function lastOfAll<Fact extends Placed>(
  person: PersonFacts,
  factsOf: FactsOf<Fact>,
  admits: Admits<Fact>,
): Told<Fact> | undefined {
  const own = lastOfAccount(person, factsOf, admits);
  const linked = lastOfLinked(person, factsOf, admits);
  if (!own || !linked) return own ?? linked;
  return latestFirst(own, linked) <= 0 ? own : linked;
}

function lastOfAccount<Fact>(person: PersonFacts, factsOf: FactsOf<Fact>, admits: Admits<Fact>) {
  for (const told of toldByPerson(person, factsOf)) if (admits(told.fact)) return told;
  return undefined;
}

function lastOfLinked<Fact extends Placed>(person: PersonFacts, factsOf: FactsOf<Fact>, admits: Admits<Fact>) {
  return toldByLinked(person, factsOf).find(({ fact }) => admits(fact));
}

/** By validFrom, then place in the stream; of two streams the greater id, so that every node says the same. */
export function latestFirst(a: Told<Placed>, b: Told<Placed>): number {
  if (a.fact.validFrom !== b.fact.validFrom) return a.fact.validFrom < b.fact.validFrom ? 1 : -1;
  if (a.fact.order !== b.fact.order) return b.fact.order - a.fact.order;
  return a.subjectId < b.subjectId ? 1 : a.subjectId > b.subjectId ? -1 : 0;
}
