import type { ConsentDecision, PersonFacts, Placed } from '../domain/subject/person-facts';
import { latestFirst, type Told, toldByLinked, toldByPerson } from '../domain/subject/told';
import { type Instant, LAST_INSTANT, laterOf } from '../domain/time';

/** What decides what is asked of a person, apart from when they registered. */
export interface Likeness {
  /** The same for all who are alike: of whom the same is asked, and who have done the same about it. */
  readonly key: string;
  /** From this instant on everything counts that is known; before it, they may differ yet. */
  readonly from: Instant;
}

/** A person of whom more is known is like nobody else. */
const MAX_FACTS = 200;

/**
 * Of the facts of a person what {@link askedOf} makes a difference by, without when they were recorded: the instants of
 * facts say only which of them is the later. That somebody was notified, put something off or objected asks nothing
 * else of them. Undefined: they are not to be compared with others.
 *
 * @param profileFrom from when what is known of the person's categories, customer and exemption counts
 */
export function likenessOf(person: PersonFacts, profileFrom: Instant): Likeness | undefined {
  if (person.linkedTo !== undefined) return undefined;
  const known = createKnown([profileFrom, person.registeredAt, ...(person.erasedAt ? [person.erasedAt] : [])]);
  const policies = [person, ...person.linked].flatMap((each) => each.policiesTouched(LAST_INSTANT));
  const facts = [...new Set(policies)].sort().map((policyId) => [policyId, ...onPolicy(person, policyId, known)]);
  if (known.count() > MAX_FACTS) return undefined;
  const { categories, customerId, exempt } = person.profileAt(LAST_INSTANT);
  const self = [person.organisationId, customerId ?? '', exempt, person.erasedAt !== undefined, categories];
  return {
    key: JSON.stringify([self, facts.filter(([, ...said]) => said.some((each) => each.length > 0))]),
    from: known.from(),
  };
}

/** Notes the facts that were looked at. */
function createKnown(instants: readonly Instant[]) {
  let from = instants.reduce(laterOf);
  let count = 0;
  return {
    note: <Fact extends Placed>(told: Told<Fact>): Told<Fact> => {
      count += 1;
      from = laterOf(from, told.fact.validFrom);
      return told;
    },
    count: () => count,
    from: () => from,
  };
}

type Known = ReturnType<typeof createKnown>;
type FactsOf<Fact> = (person: PersonFacts) => Iterable<Fact>;

/** What was read, what was accepted, and by purpose what was decided and whether it is restricted. */
function onPolicy(person: PersonFacts, policyId: string, known: Known): readonly (readonly unknown[])[] {
  const read = everyFact(person, (of) => [...of.noticeEnds(policyId, LAST_INSTANT)].filter(isReading), known);
  const steps = [
    ...new Set([...read.own, ...read.linked].map(({ fact: { step, versionId } }) => `${step} ${versionId}`)),
  ].sort();
  const accepted = everyFact(person, (of) => of.acceptances(policyId, LAST_INSTANT), known);
  const purposes = [person, ...person.linked].flatMap((of) => of.purposesTouched(policyId, LAST_INSTANT));
  return [
    steps,
    inOrder(accepted, ({ kind, versionId }) => `${kind} ${versionId}`),
    [...new Set(purposes)].sort().flatMap((purpose) => onPurpose(person, policyId, purpose, known)),
  ];
}

function onPurpose(person: PersonFacts, policyId: string, purpose: string, known: Known): readonly unknown[] {
  const decided = everyFact(person, (of) => of.decisions(policyId, purpose, LAST_INSTANT), known);
  const layers = everyFact(
    person,
    (of) => [...of.layers(policyId, purpose, LAST_INSTANT)].filter(({ kind }) => RESTRICTING.has(kind)),
    known,
  );
  const said = [together(decided, decisionText), inOrder(layers, ({ kind }) => kind)];
  return said.some((each) => each.length > 0) ? [[purpose, ...said]] : [];
}

const RESTRICTING: ReadonlySet<string> = new Set(['RESTRICTED', 'RESTRICTION_LIFTED']);

function isReading({ step }: { readonly step: string }): boolean {
  return step === 'SHOWN' || step === 'ACKNOWLEDGED';
}

function decisionText(decision: ConsentDecision): string {
  if (decision.kind === 'WITHDRAWN') return decision.kind;
  const until = decision.kind === 'GIVEN' ? (decision.expiresAt ?? '') : '';
  return `${decision.kind} ${decision.versionId} ${until}`;
}

interface EveryFact<Fact> {
  readonly own: readonly Told<Fact>[];
  /** Of the anonymous persons that are this account (rule D7). */
  readonly linked: readonly Told<Fact>[];
}

/** The latest first, as the rules look at them; no more than {@link MAX_FACTS} and one of each. */
function everyFact<Fact extends Placed>(person: PersonFacts, factsOf: FactsOf<Fact>, known: Known): EveryFact<Fact> {
  const own: Told<Fact>[] = [];
  for (const told of toldByPerson(person, factsOf)) {
    own.push(known.note(told));
    if (known.count() > MAX_FACTS) break;
  }
  return { own, linked: toldByLinked(person, factsOf).map(known.note) };
}

/** Empty: there are none. */
function inOrder<Fact>({ own, linked }: EveryFact<Fact>, textOf: (fact: Fact) => string): readonly unknown[] {
  const texts = (told: readonly Told<Fact>[]) => told.map(({ fact }) => textOf(fact));
  return own.length + linked.length === 0 ? [] : [texts(own), texts(linked)];
}

/** Of whichever of them is the later, rules look at that one first. */
function together<Fact extends Placed>(
  { own, linked }: EveryFact<Fact>,
  textOf: (fact: Fact) => string,
): readonly unknown[] {
  const byVisitors = new Set(linked);
  const told = linked.length === 0 ? own : [...own, ...linked].sort(latestFirst);
  return told.map((each) => (byVisitors.has(each) ? [textOf(each.fact)] : textOf(each.fact)));
}
