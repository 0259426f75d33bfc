import { concerns } from '../../src/domain/subject/concerns';
import { obligations } from '../../src/domain/subject/obligations';
import type { Instant } from '../../src/domain/time';
import {
  countOneByOne,
  countOrganisation,
  countOrganisationOneByOne,
  countPopulation,
  type PopulationAsked,
  type PopulationCounts,
  type PopulationPage,
  peoplePage,
} from '../../src/read-models/population';
import { isLookedFor, type LookedFor } from '../../src/read-models/population-filter';
import { standingOf } from '../../src/read-models/population-standing';
import { PopulationTally } from '../../src/read-models/population-tally';
import { type TablesOfHistory, tablesOfHistory } from '../projections/support/tables-of-history';
import { crowdHistory } from '../support/crowd-story';
import { type Knowledge, knownAt, type PeopleHistory, peopleHistory } from '../support/person-stories';
import { randomInstant, ToldLog } from '../support/told-log';
import { visitorHistory } from '../support/visitor-story';
import { seededRandom } from './support/random-history';
import { openNode } from './support/read-model-node';
import type { SampleFact } from './support/sample-facts';

/** Counts from tables equal those of the fold, at any instant on both axes. TEST_SEED replays a history that failed. */
const seed = Number(process.env.TEST_SEED ?? Math.floor(Math.random() * 2 ** 31));
const HISTORIES = process.env.SOAK ? 5_000 : 30;
const STEPS = 90;
const PREFIXES = 6;
const INSTANTS = 4;

jest.setTimeout(process.env.SOAK ? 7_200_000 : 120_000);

beforeAll(() => {
  console.info(`Random populations: TEST_SEED=${seed}, ${HISTORIES} histories`);
});

interface Told {
  readonly history: PeopleHistory;
  readonly tables: TablesOfHistory;
  readonly dice: ToldLog;
  readonly about: { readonly seed: number };
}

async function inEveryHistory(check: (told: Told) => Promise<void>, histories = HISTORIES): Promise<void> {
  for (let index = 0; index < histories; index += 1) {
    const history = peopleHistory(seededRandom(seed + index), STEPS);
    const tables = tablesOfHistory(history.events);
    await check({ history, tables, dice: new ToldLog(seededRandom(-1 - index - seed)), about: { seed: seed + index } });
    tables.database.close();
  }
}

/** By looking at every person's stream. */
function countedByFold(known: Knowledge, subjects: readonly string[], asked: PopulationAsked, at: Instant) {
  const { policy, customer, category } = asked;
  const tally = new PopulationTally();
  for (const id of subjects) {
    const person = known.person(id);
    if (!person || !concerns(person, policy, at)) continue;
    const { customerId, categories } = person.profileAt(at);
    if (customer !== undefined && customerId !== customer) continue;
    if (category !== undefined && !categories.includes(category)) continue;
    tally.add(standingOf(person, policy, at), 1);
    if (obligations(person, [policy], at).blocked) tally.addInBreach(1);
  }
  return tally.counts();
}

test('counts equal the fold at random instants on both axes', async () => {
  const met = { asked: 0, told: 0, statuses: new Set<string>(), breaches: 0, acceptances: 0, steps: new Set<string>() };
  const remember = ({ consents, notices, acceptances, inBreach }: PopulationCounts) => {
    for (const { status } of consents) met.statuses.add(status);
    for (const { step } of notices) met.steps.add(step);
    met.acceptances += acceptances.length;
    met.breaches += inBreach;
  };
  await inEveryHistory(async ({ history, tables, dice, about }) => {
    const { events, policies, subjects, organisations } = history;
    for (let turn = 0; turn < PREFIXES; turn += 1) {
      const n = turn % 2 === 0 ? events.length : dice.below(events.length + 1);
      const known = knownAt(history, n);
      const prefix = tables.prefix(n);
      for (let place = 0; place < INSTANTS; place += 1) {
        const at = randomInstant(dice, events);
        for (const id of policies) {
          const filter = {
            ...(dice.chance(0.2) && { customer: dice.pick(organisations) }),
            ...(dice.chance(0.2) && { category: 'customer' }),
          };
          const [folded, read] = [known.policy(id), tables.readModels.policyFacts(id, prefix)];
          if (!folded || !read) continue;
          const asked = { policy: read, ...filter };
          const counts = await tables.readModels.populationCounts(asked, { effectiveAt: at, n });
          met.asked += 1;
          // Where the tables cannot tell, everybody is looked at.
          if (!counts) continue;
          met.told += 1;
          const expected = countedByFold(known, subjects, { policy: folded, ...filter }, at);
          remember(expected);
          expect({ at, ...about, n, id, filter, counts }).toEqual({ ...about, n, at, id, filter, counts: expected });
        }
      }
    }
  });
  console.info(`The tables told ${met.told} of ${met.asked} counts`);
  expect(met.told).toBeGreaterThan(met.asked / 2);
  // The histories must meet every status and step, else the comparison proves little.
  expect(met.statuses.size).toBe(13);
  expect(met.steps.size).toBe(4);
  expect(met.breaches).toBeGreaterThan(0);
  expect(met.acceptances).toBeGreaterThan(0);
});

/** People and (T, K) of one crowd: every count that is asked looks at each of the people, too. */
const CROWD = process.env.SOAK ? 10_000 : 120;
const MOMENTS = process.env.SOAK ? 1_000 : 25;
const LINKED_CROWDS = process.env.SOAK ? 300 : 12;

test.each([
  [`counts of ${CROWD} people equal looking at each of them`, 1, crowdHistory, CROWD, MOMENTS],
  ['counts of accounts that have visitors equal looking at each of them (D7)', LINKED_CROWDS, visitorHistory, 12, 25],
] as const)('%s', async (name, crowds, tell, people, moments) => {
  const met = { asked: 0, told: 0 };
  for (let crowd = 0; crowd < crowds; crowd += 1) {
    const history = tell(seededRandom(seed + crowd), people);
    const { readModels, prefix, database } = tablesOfHistory(history.events);
    const dice = new ToldLog(seededRandom(-seed - crowd));
    for (let moment = 0; moment < moments; moment += 1) {
      const n = moment % 2 === 0 ? history.events.length : 1 + dice.below(history.events.length);
      const effectiveAt = randomInstant(dice, history.events);
      const id = dice.pick(history.policies);
      const policy = readModels.policyFacts(id, prefix(n));
      if (!policy) continue;
      const about = { seed: seed + crowd, n, effectiveAt, id };
      const counts = await countPopulation(readModels, { policy }, { effectiveAt, n }, prefix(n));
      const expected = await countOneByOne(readModels, { policy }, { effectiveAt, n }, prefix(n));
      expect({ ...about, counts }).toEqual({ ...about, counts: expected });
      met.asked += 1;
      if (await readModels.populationCounts({ policy }, { effectiveAt, n })) met.told += 1;
    }
    database.close();
  }
  console.info(`${name}: the tables told ${met.told} of ${met.asked}`);
});

test('after a rebuild from zero the tables are the same bytes and say the same', async () => {
  const node = await openNode();
  const history = peopleHistory(seededRandom(seed), STEPS);
  for (const { stream, event, recordedAtMs } of history.events) {
    node.clock.nowMs = Math.max(node.clock.nowMs, recordedAtMs);
    await node.record(stream, [event as SampleFact]);
  }
  const at = { effectiveAt: history.events.at(-1)?.at ?? ('' as Instant), n: history.events.length };
  const all = async () => {
    const prefix = node.readModels.applied();
    const counts = history.policies.map((id) => {
      const policy = node.readModels.policyFacts(id, prefix);
      return policy && countPopulation(node.readModels, { policy }, at, prefix);
    });
    return { counts: await Promise.all(counts), rows: [...node.dump()].filter((row) => row.startsWith('population')) };
  };
  const before = await all();
  await node.runner.rebuild();
  expect(await all()).toEqual(before);
  expect(before.rows.length).toBeGreaterThan(10);
  await node.close();
});

/** A crowd halfway through its history, some of whom a policy concerns: at times nothing is in force. */
function concernedCrowd() {
  for (let turn = 1; ; turn += 1) {
    const history = crowdHistory(seededRandom(seed + turn), 60);
    const half = Math.floor(history.events.length / 2);
    const at = history.events[half - 1]?.at ?? ('' as Instant);
    const known = knownAt(history, half);
    for (const id of history.policies) {
      const policy = known.policy(id);
      const expected = history.subjects.filter((subject) => {
        const person = known.person(subject);
        return person && policy && concerns(person, policy, at);
      });
      if (expected.length > 8) return { history, id, half, expected };
    }
  }
}

test('pages of one moment hold each person once while others are written', async () => {
  const node = await openNode();
  const { history, id, half, expected } = concernedCrowd();
  const append = async (from: number, to: number) => {
    for (const { stream, event } of history.events.slice(from, to)) await node.record(stream, [event as SampleFact]);
  };
  await append(0, half);
  const prefix = node.readModels.applied();
  const at = { effectiveAt: history.events[half - 1]?.at ?? ('' as Instant), n: prefix.n };
  const policy = node.readModels.policyFacts(id, prefix);
  if (!policy) throw new Error('There is no policy.');
  const found: string[] = [];
  let place = half;
  for (let after: number | undefined = 0; after !== undefined; ) {
    const page = await peoplePage(node.readModels, { policy, after, limit: 4 }, at, prefix);
    found.push(...page.people.map(({ subjectId }) => subjectId));
    after = page.next;
    await append(place, place + 15);
    place += 15;
  }
  expect({ seed, found }).toEqual({ seed, found: expected });
  await node.close();
});

test('pages of those who stand as asked for leave nobody out', async () => {
  const history = crowdHistory(seededRandom(seed + 2), 60);
  const { readModels, prefix, database } = tablesOfHistory(history.events);
  const n = history.events.length;
  const known = knownAt(history, n);
  const effectiveAt = history.events.at(-1)?.at ?? ('' as Instant);
  const filters: readonly LookedFor[] = [
    { consent: { purpose: 'newsletter', valid: true } },
    { consent: { purpose: 'newsletter', status: 'WITHDRAWN' } },
    { notice: { steps: ['PENDING'] } },
    { notice: { steps: ['SHOWN', 'ACKNOWLEDGED'] } },
    { accepted: true },
    { inBreach: true },
    { inBreach: false },
  ];
  for (const id of history.policies) {
    const [policy, folded] = [readModels.policyFacts(id, prefix(n)), known.policy(id)];
    if (!policy || !folded) continue;
    for (const filter of filters) {
      const found: string[] = [];
      for (let after: number | undefined = 0; after !== undefined; ) {
        const page: PopulationPage = await peoplePage(
          readModels,
          { policy, ...filter, after, limit: 7 },
          { effectiveAt, n },
          prefix(n),
        );
        found.push(...page.people.map(({ subjectId }) => subjectId));
        after = page.next;
      }
      const expected = history.subjects.filter((subject) => {
        const person = known.person(subject);
        return person && concerns(person, folded, effectiveAt) && isLookedFor(person, folded, filter, effectiveAt);
      });
      expect({ seed, id, filter, found }).toEqual({ seed, id, filter, found: expected });
    }
  }
  database.close();
});

test('the list behind a count of consents is as long as the count, also of a purpose that the text lacks', async () => {
  let terminated = 0;
  await inEveryHistory(async ({ history, tables: { readModels, prefix }, dice, about }) => {
    const n = history.events.length;
    const at = { effectiveAt: randomInstant(dice, history.events), n };
    for (const id of history.policies) {
      const policy = readModels.policyFacts(id, prefix(n));
      if (!policy) continue;
      const { consents } = await countPopulation(readModels, { policy }, at, prefix(n));
      for (const { purpose, status, subjects } of consents) {
        const consent = { purpose, status };
        const { people } = await peoplePage(readModels, { policy, consent, limit: 1_000 }, at, prefix(n));
        expect({ ...about, id, at, consent, listed: people.length }).toEqual({
          ...about,
          id,
          at,
          consent,
          listed: subjects,
        });
        if (status === 'TERMINATED') terminated += subjects;
      }
    }
  });
  console.info(`Lists of ${terminated} whose purpose the text lacks`);
  expect(terminated).toBeGreaterThan(0);
});

test('an organisation counts each of its people once, however many of its policies concern them', async () => {
  await inEveryHistory(async ({ history, tables: { readModels, prefix }, dice, about }) => {
    for (let turn = 0; turn < PREFIXES; turn += 1) {
      const n = turn % 2 === 0 ? history.events.length : dice.below(history.events.length + 1);
      const at = { effectiveAt: randomInstant(dice, history.events), n };
      const policies = history.policies.slice(0, 2).flatMap((id) => readModels.policyFacts(id, prefix(n)) ?? []);
      const asked = { policies, ...(dice.chance(0.2) && { category: 'customer' }) };
      const counts = await countOrganisation(readModels, asked, at, prefix(n));
      const expected = await countOrganisationOneByOne(readModels, asked, at, prefix(n));
      expect({ ...about, at, counts }).toEqual({ ...about, at, counts: expected });
    }
  }, HISTORIES / 4);
});
