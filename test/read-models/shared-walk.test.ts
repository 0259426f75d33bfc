import { type Instant, instantAt } from '../../src/domain/time';
import type { ReadModels } from '../../src/read-models/read-models';
import { sharedWalkQueries } from '../../src/read-models/shared-walk';
import { peopleHistory } from '../support/person-stories';
import { DAY_MS, ToldLog } from '../support/told-log';
import { seededRandom } from './support/random-history';
import { appendFacts, openNode, type ReadModelNode, reach } from './support/read-model-node';

/** What many share is what each would have found alone. Set TEST_SEED to replay a history that failed. */
const seed = Number(process.env.TEST_SEED ?? Math.floor(Math.random() * 2 ** 31));
const HISTORIES = 6;
const STEPS = 60;
const QUESTIONS = 40;

beforeAll(() => {
  console.info(`Random histories walked by many: TEST_SEED=${seed}, ${HISTORIES} of them`);
});

type Question = (queries: ReadModels) => unknown;

/** A question that somebody asks on their way, in no order, by themselves or for an organisation. */
function question(dice: ToldLog, ids: Record<'organisations' | 'subjects', readonly string[]>, head: number): Question {
  const n = dice.below(head + 1);
  const untilN = n + dice.below(head + 1 - n);
  const subjects = [dice.pick(ids.subjects), ...(dice.chance(0.3) ? [dice.pick(ids.subjects)] : [])];
  const organisations = [dice.pick(ids.organisations), ...(dice.chance(0.3) ? [dice.pick(ids.organisations)] : [])];
  const registeredAt = somewhen(dice);
  const filter = { organisations, ...(dice.chance(0.5) && { registeredAt }) };
  const [from, until] = [somewhen(dice), somewhen(dice)];
  return dice.pick<Question>([
    (queries) => queries.nextFactTouching(subjects, n, untilN),
    (queries) => queries.policyChangeSource(filter).nextChange(n, untilN),
    (queries) => queries.policyChangeSource(filter).nextBoundary(from, until, n),
    (queries) => queries.nextPolicyChangeAt({ organisations, afterT: from }, { n }),
    (queries) => {
      const source = queries.policyChangeSource(filter);
      const change = source.nextChange(n, head);
      return change && [source.changeAt(change.n), source.winner(change.policy, from, change.n)];
    },
  ]);
}

function somewhen(dice: ToldLog): Instant {
  return instantAt(Date.parse('2024-01-01T00:00:00Z') + dice.below(900) * DAY_MS);
}

async function walk(node: ReadModelNode, historySeed: number): Promise<number> {
  const dice = new ToldLog(seededRandom(-1 - historySeed));
  const history = peopleHistory(seededRandom(historySeed), STEPS);
  const organisations = history.events.flatMap(({ stream }) => /^organisation-(.*)$/.exec(stream)?.[1] ?? []);
  const ids = { organisations: [...new Set(organisations)], subjects: history.subjects };
  const shared = sharedWalkQueries(node.readModels);
  let found = 0;
  for (const { stream, event, n } of history.events) {
    await reach(node, await appendFacts(node.store, stream, [event]));
    if (!dice.chance(0.3)) continue;
    for (let asked = 0; asked < QUESTIONS; asked += 1) {
      const ask = question(dice, ids, node.readModels.applied().n);
      const about = { seed: historySeed, n, asked };
      const alone = ask(node.readModels);
      expect({ ...about, answer: ask(shared) }).toEqual({ ...about, answer: alone });
      if (alone !== undefined) found += 1;
    }
  }
  return found;
}

test('what many look up together is what each would find alone, while more is applied', async () => {
  let found = 0;
  for (let index = 0; index < HISTORIES; index += 1) {
    const node = await openNode();
    try {
      found += await walk(node, seed + index);
    } finally {
      await node.close();
    }
  }
  expect(found).toBeGreaterThan(HISTORIES * QUESTIONS);
}, 60_000);
