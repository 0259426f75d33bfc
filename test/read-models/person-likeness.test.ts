import { askedOf, obligations, obligationsOf } from '../../src/domain/subject/obligations';
import type { PersonFacts } from '../../src/domain/subject/person-facts';
import { foldPerson } from '../../src/domain/subject/person-fold';
import type { SubjectEvent } from '../../src/domain/subject/subject.events';
import type { Instant } from '../../src/domain/time';
import { likenessOf } from '../../src/read-models/person-likeness';
import { withoutReasons } from '../../src/read-models/person-standing';
import { knownAt, type PeopleHistory, peopleHistory } from '../support/person-stories';
import { randomInstant, ToldLog } from '../support/told-log';
import { withTwins } from '../support/twins';
import { seededRandom } from './support/random-history';
import { at, sampleId } from './support/sample-facts';
import { CUSTOMER, given, live, noticed, POLICY, registered, withdrawn } from './support/sample-people';

/** Who are alike are asked the same. Set TEST_SEED to replay a history that failed. */
const seed = Number(process.env.TEST_SEED ?? Math.floor(Math.random() * 2 ** 31));
const HISTORIES = process.env.SOAK ? 1_000 : 60;
const TIMEOUT_MS = process.env.SOAK ? 3_600_000 : 120_000;
const STEPS = 60;
const PREFIXES = 6;
const INSTANTS = 6;

beforeAll(() => {
  console.info(`Random histories of people alike: TEST_SEED=${seed}, ${HISTORIES} of them`);
});

interface LikePerson {
  readonly person: PersonFacts;
  readonly from: Instant;
}

/** Those of whom a likeness says that they are alike, by it. */
function peopleAlike({ events, subjects }: PeopleHistory, n: number): ReadonlyMap<string, readonly LikePerson[]> {
  const known = knownAt({ events }, n);
  const kinds = new Map<string, LikePerson[]>();
  for (const id of subjects) {
    const person = known.person(id);
    const likeness = person && likenessOf(person, profileFrom({ events }, id, n) ?? person.registeredAt);
    if (person && likeness)
      kinds.set(likeness.key, [...(kinds.get(likeness.key) ?? []), { person, from: likeness.from }]);
  }
  return kinds;
}

function profileFrom({ events }: Pick<PeopleHistory, 'events'>, id: string, n: number): Instant | undefined {
  return events
    .slice(0, n)
    .flatMap(({ stream, event }) =>
      stream === `subject-${id}` && event.type === 'SubjectClassified' ? [event.data.validFrom] : [],
    )
    .sort()
    .at(-1);
}

/** Whom every version counts among the same: there is no publication with a date of its own for those before it. */
function isOfCohort({ events }: PeopleHistory, one: PersonFacts, other: PersonFacts): boolean {
  return events.every(({ event }) => {
    if (event.type !== 'PolicyVersionPublished' || event.data.effectiveFromForExisting === undefined) return true;
    const { publishedAt } = event.data;
    return one.registeredAt < publishedAt === other.registeredAt < publishedAt;
  });
}

function compareAlike(history: PeopleHistory, n: number, dice: ToldLog, about: object): number {
  const known = knownAt(history, n);
  const policies = history.policies.flatMap((id) => known.policy(id) ?? []);
  let compared = 0;
  for (const [first, ...others] of peopleAlike(history, n).values()) {
    for (const other of first ? others : []) {
      if (!first || !isOfCohort(history, first.person, other.person)) continue;
      for (let look = 0; look < INSTANTS; look += 1) {
        const then = randomInstant(dice, history.events);
        if (then < first.from || then < other.from) continue;
        const { registeredAt, subjectId } = other.person;
        const alike = withoutReasons(obligationsOf(askedOf(first.person, policies, then), registeredAt, then));
        const alone = withoutReasons(obligations(other.person, policies, then));
        const who = { ...about, n, then, first: first.person.subjectId, subjectId };
        expect({ ...who, ...alike }).toEqual({ ...who, ...alone });
        compared += alone.items.length;
      }
    }
  }
  return compared;
}

test(
  'whoever is like another is asked what that other is asked',
  () => {
    let compared = 0;
    for (let index = 0; index < HISTORIES; index += 1) {
      const dice = new ToldLog(seededRandom(-1 - seed - index));
      const history = withTwins(peopleHistory(seededRandom(seed + index), STEPS), dice);
      for (let prefix = 0; prefix < PREFIXES; prefix += 1) {
        compared += compareAlike(history, 1 + dice.below(history.events.length), dice, { seed: seed + index });
      }
    }
    expect(compared).toBeGreaterThan(HISTORIES * 10);
  },
  TIMEOUT_MS,
);

const ONE = sampleId(41);
const OTHER = sampleId(42);
const VISITOR = sampleId(43);
const STRANGER = sampleId(44);
const someday = live(at('2024-02-01'));
const about = { policyId: POLICY, purposes: ['newsletter'] };
const [yes, no] = [(id: string) => given(id, someday), (id: string) => withdrawn(id, someday)];

function personOf(events: readonly SubjectEvent[], linked: readonly SubjectEvent[] = []): PersonFacts {
  const placed = (told: readonly SubjectEvent[]) => told.map((event, index) => ({ version: index + 1, event }));
  const visitor = linked.length === 0 ? undefined : foldPerson(placed(linked));
  const person = foldPerson(placed(events), undefined, visitor ? [visitor] : []);
  if (!person) throw new Error('Somebody is registered.');
  return person;
}

const likeness = (person: PersonFacts) => likenessOf(person, person.registeredAt);
const restricted = (subjectId: string): SubjectEvent => ({
  type: 'ProcessingRestricted',
  data: { subjectId, ...about, ...someday },
});
const lifted = (subjectId: string): SubjectEvent => ({
  type: 'ProcessingRestrictionLifted',
  data: { subjectId, ...about, ...live(at('2024-02-02')) },
});

test.each<[string, readonly SubjectEvent[], readonly SubjectEvent[]]>([
  ['a yes', [registered(ONE), yes(ONE)], [registered(OTHER)]],
  [
    'the purpose of a yes',
    [registered(ONE), yes(ONE)],
    [registered(OTHER), given(OTHER, someday, [{ purpose: 'statistics' }])],
  ],
  [
    'the end of a yes',
    [registered(ONE), yes(ONE)],
    [registered(OTHER), given(OTHER, someday, [{ purpose: 'newsletter', expiresAt: at('2026-01-01') }])],
  ],
  ['which was the last word', [registered(ONE), yes(ONE), no(ONE)], [registered(OTHER), no(OTHER), yes(OTHER)]],
  ['a restriction', [registered(ONE), yes(ONE), restricted(ONE)], [registered(OTHER), yes(OTHER)]],
  ['a restriction lifted', [registered(ONE), restricted(ONE), lifted(ONE)], [registered(OTHER), restricted(OTHER)]],
  ['a category', [registered(ONE)], [registered(OTHER, { categories: ['employee'] })]],
  ['a customer', [registered(ONE)], [registered(OTHER, { customerId: CUSTOMER })]],
  ['the organisation', [registered(ONE)], [registered(OTHER, { organisationId: CUSTOMER })]],
  ['an exemption', [registered(ONE)], [registered(OTHER, { exempt: true })]],
])('two people who differ by %s alone are not alike', (_, one, other) => {
  expect(likeness(personOf(one))?.key).not.toBe(likeness(personOf(other))?.key);
});

test('what a visitor decided is told apart from what the account did', () => {
  const visitor = (subjectId: string, accountId: string, did: readonly SubjectEvent[]): readonly SubjectEvent[] => [
    registered(subjectId, { anonymous: true }),
    ...did,
    { type: 'SubjectLinked', data: { subjectId, accountId, linkedAt: at('2024-02-03') } },
  ];
  const own = personOf([registered(ONE), yes(ONE)], visitor(VISITOR, ONE, []));
  const visitors = personOf([registered(OTHER)], visitor(STRANGER, OTHER, [yes(STRANGER)]));
  const nobodys = personOf([registered(OTHER)], visitor(STRANGER, OTHER, []));
  const keys = [own, visitors, nobodys].map((person) => likeness(person)?.key);
  expect(new Set(keys).size).toBe(3);
  expect(likeness(personOf(visitor(VISITOR, ONE, [])))).toBeUndefined();
});

test('people who did the same at other times, and were told in other ways, are alike from when it counts', () => {
  const later = live(at('2024-03-01'));
  const one = likeness(personOf([registered(ONE), yes(ONE)]));
  const other = likeness(
    personOf([
      registered(OTHER, { registeredAt: at('2023-06-01') }),
      { ...noticed(OTHER, later), type: 'NoticeNotified' },
      given(OTHER, later),
    ]),
  );
  expect(one?.key).toBe(other?.key);
  expect([one?.from, other?.from]).toEqual([at('2024-02-01'), at('2024-03-01')]);
});
