import { askedOf, obligations, obligationsOf } from '../../src/domain/subject/obligations';
import type { PersonFacts } from '../../src/domain/subject/person-facts';
import type { Instant } from '../../src/domain/time';
import { likenessOf } from '../../src/read-models/person-likeness';
import { withoutReasons } from '../../src/read-models/person-standing';
import { knownAt, type PeopleHistory, peopleHistory } from '../support/person-stories';
import { randomInstant, ToldLog } from '../support/told-log';
import { withTwins } from '../support/twins';
import { seededRandom } from './support/random-history';

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
        const at = randomInstant(dice, history.events);
        if (at < first.from || at < other.from) continue;
        const { registeredAt, subjectId } = other.person;
        const alike = withoutReasons(obligationsOf(askedOf(first.person, policies, at), registeredAt, at));
        const alone = withoutReasons(obligations(other.person, policies, at));
        const who = { ...about, n, at, first: first.person.subjectId, subjectId };
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
