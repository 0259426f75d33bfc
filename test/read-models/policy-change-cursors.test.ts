import { type Instant, instantAt } from '../../src/domain/time';
import { openSqliteEventStore } from '../../src/event-store/sqlite/sqlite-event-store';
import type { PolicyChange, PolicyChangeCursor } from '../../src/read-models/policy-changes';
import { type RandomHistory, randomHistory, seededRandom } from './support/random-history';
import { appendFacts, openNode, type ReadModelNode, reach } from './support/read-model-node';

const seed = Number(process.env.TEST_SEED ?? Math.floor(Math.random() * 2 ** 31));
const random = seededRandom(seed);
const DAY_MS = 86_400_000;

let node: ReadModelNode;
let history: RandomHistory;
let start: PolicyChangeCursor;
let end: { readonly n: number; readonly t: Instant };

beforeAll(async () => {
  console.info(`Random histories: TEST_SEED=${seed}`);
  history = randomHistory(random, 250);
  const clock = { nowMs: 0 };
  const store = openSqliteEventStore({ clock: () => clock.nowMs });
  for (const { stream, fact, recordedAtMs } of history.facts) {
    clock.nowMs = recordedAtMs;
    await appendFacts(store, stream, [fact]);
  }
  node = await openNode(':memory:', store);
  const head = await store.head();
  if (head) await reach(node, head);
  const times = history.facts.map(({ recordedAtMs }) => recordedAtMs);
  start = { n: 0, t: instantAt(Math.min(...times)) };
  end = { n: history.facts.length, t: instantAt(Math.max(...times) + 100 * DAY_MS) };
});

afterAll(() => node.close());

function read(after: PolicyChangeCursor, untilN: number, untilT: Instant, limit: number) {
  return node.readModels.policyChangesAfter({ after, untilN, untilT, limit });
}

function readAll(after: PolicyChangeCursor): readonly PolicyChange[] {
  const page = read(after, end.n, end.t, 100_000);
  expect(page.hasMore).toBe(false);
  return page.items;
}

test('going on from the cursor of any item gives exactly the items after it', () => {
  const items = readAll(start);
  expect(items.length).toBeGreaterThan(50);
  for (const [index, { cursor }] of items.entries()) {
    expect({ seed, index, rest: readAll(cursor) }).toEqual({ seed, index, rest: items.slice(index + 1) });
  }
});

test('pages of any size join to the same items', () => {
  const items: PolicyChange[] = [];
  let cursor = start;
  for (let more = true; more; ) {
    const page = read(cursor, end.n, end.t, 1 + Math.floor(random() * 4));
    items.push(...page.items);
    cursor = page.next;
    more = page.hasMore;
  }
  expect(items).toEqual(readAll(start));
});

test('a reader who follows log and clock in steps of any size knows what is in force after each', () => {
  const known = new Map<string, string | undefined>();
  const counts = new Map<string, number>();
  let cursor = start;
  while (cursor.n < end.n || cursor.t < end.t) {
    const untilN = Math.min(end.n, cursor.n + Math.floor(random() * 6));
    const untilT = instantAt(Math.min(Date.parse(end.t), Date.parse(cursor.t) + Math.floor(random() * 9) * DAY_MS));
    const page = read(cursor, untilN, untilT, 100_000);
    for (const { kind, policy, versionId, id } of page.items) {
      if (kind === 'IN_FORCE') known.set(policy, versionId);
      else counts.set(id, (counts.get(id) ?? 0) + 1);
    }
    cursor = page.next;
    for (const policy of history.policies) {
      const answer = node.readModels.versionInForce(policy, { effectiveAt: cursor.t, n: cursor.n });
      if (answer.code !== 'VERSION_IN_FORCE') continue;
      const about = { seed, policy, ...cursor };
      expect({ ...about, version: known.get(policy) }).toEqual({ ...about, version: answer.versionId });
    }
  }
  const written = history.facts.filter(({ fact }) =>
    ['PolicyVersionPublished', 'PolicyVersionWithdrawn', 'PolicyRetired'].includes(fact.type),
  );
  const imports = [...counts.keys()].filter((id) => id.startsWith('RETIRED')).length;
  expect(counts.size).toBeGreaterThanOrEqual(written.length);
  expect(counts.size).toBeLessThanOrEqual(written.length + imports);
  expect([...counts.values()].every((times) => times === 1)).toBe(true);
});
