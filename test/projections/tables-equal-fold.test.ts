import { clock } from '../../projections/clock';
import type { OrganisationEvent } from '../../src/domain/organisation/organisation.events';
import type { PolicyEvent } from '../../src/domain/policy/policy.events';
import { evolvePolicy, noPolicy, type Policy } from '../../src/domain/policy/policy.state';
import { rootsAt } from '../../src/domain/policy/roots';
import { versionInForce, versionStatus } from '../../src/domain/policy/version-in-force';
import { type Instant, instantAt } from '../../src/domain/time';
import { openSqliteEventStore } from '../../src/event-store/sqlite/sqlite-event-store';
import type { InForce } from '../../src/read-models/read-models';
import { tableName } from '../../src/read-models/sqlite/table-names';
import { type RandomHistory, randomHistory, seededRandom } from '../read-models/support/random-history';
import { appendFacts, openNode, type ReadModelNode, reach } from '../read-models/support/read-model-node';

const DAY_MS = 86_400_000;
const PAIRS = 1_000;
const EVENTS = 400;

/** Set TEST_SEED to replay a history that failed. */
const seed = Number(process.env.TEST_SEED ?? Math.floor(Math.random() * 2 ** 31));
const random = seededRandom(seed);

let node: ReadModelNode;
let history: RandomHistory;

beforeAll(async () => {
  console.info(`Random histories: TEST_SEED=${seed}`);
  history = randomHistory(random, EVENTS);
  node = await openRecorded(history);
});

afterAll(() => node.close());

async function openRecorded({ facts }: RandomHistory): Promise<ReadModelNode> {
  const clock = { nowMs: 0 };
  const store = openSqliteEventStore({ clock: () => clock.nowMs });
  for (const { stream, fact, recordedAtMs } of facts) {
    clock.nowMs = recordedAtMs;
    await appendFacts(store, stream, [fact]);
  }
  const opened = await openNode(':memory:', store);
  const head = await store.head();
  if (head !== undefined) await reach(opened, head);
  return opened;
}

/** The oracle: the policy's own stream folded up to an ordinal. */
function foldUpTo(policyId: string, n: number): Policy | undefined {
  const events = history.facts.slice(0, n).filter(({ stream }) => stream === `policy-${policyId}`);
  const state = events.map(({ fact }) => fact as PolicyEvent).reduce(evolvePolicy, noPolicy);
  return state.status === 'existing' ? state : undefined;
}

function randomMoment(): { readonly effectiveAt: Instant; readonly n: number } {
  const n = Math.floor(random() * (history.facts.length + 1));
  const times = history.facts.map(({ recordedAtMs }) => recordedAtMs);
  const first = (times[0] ?? 0) - 420 * DAY_MS;
  const days = Math.ceil((Math.max(...times) + 60 * DAY_MS - first) / DAY_MS);
  // Boundaries lie on whole days: half of the instants hit one exactly, the others a millisecond beside it.
  const day = first + Math.floor(random() * days) * DAY_MS;
  const onBoundary = day - (day % DAY_MS);
  return { effectiveAt: instantAt(onBoundary + Math.floor(random() * 3) - 1), n };
}

function folded(policyId: string, effectiveAt: Instant, n: number, registeredAt?: Instant) {
  const policy = foldUpTo(policyId, n);
  const answer = policy ? versionInForce(policy, effectiveAt, registeredAt) : { code: 'NOT_YET_PUBLISHED' as const };
  switch (answer.code) {
    case 'VERSION_IN_FORCE':
      return answer.version.id;
    case 'RETIRED':
      return `RETIRED ${answer.retirement.id}`;
    case 'NOT_YET_PUBLISHED':
    case 'ALL_WITHDRAWN':
      return answer.code;
  }
}

function asked(answer: InForce): string {
  if (answer.code === 'VERSION_IN_FORCE') return answer.versionId;
  return answer.code === 'RETIRED' ? `RETIRED ${answer.retirementId}` : answer.code;
}

test(`the version in force equals the fold at ${PAIRS} random instants on both axes`, () => {
  const answers = new Map<string, number>();
  for (let pair = 0; pair < PAIRS; pair += 1) {
    const moment = randomMoment();
    const registeredAt = random() < 0.5 ? randomMoment().effectiveAt : undefined;
    for (const policy of history.policies) {
      const expected = folded(policy, moment.effectiveAt, moment.n, registeredAt);
      const answer = asked(node.readModels.versionInForce(policy, moment, registeredAt));
      expect({ seed, ...moment, policy, registeredAt, answer }).toEqual({
        seed,
        ...moment,
        policy,
        registeredAt,
        answer: expected,
      });
      const kind = expected.split(' ')[0]?.replace(/^[0-9a-f-]{36}$/, 'version') ?? '';
      answers.set(kind, (answers.get(kind) ?? 0) + 1);
    }
  }
  // The histories must meet every kind of answer, else the comparison proves little.
  expect([...answers.keys()].sort()).toEqual(['ALL_WITHDRAWN', 'NOT_YET_PUBLISHED', 'RETIRED', 'version']);
});

test(`status, roots, texts and titles of every version equal the fold at random instants`, () => {
  for (let pair = 0; pair < PAIRS / 10; pair += 1) {
    const moment = randomMoment();
    for (const policyId of history.policies) {
      const policy = foldUpTo(policyId, moment.n);
      for (const entry of policy?.timeline ?? []) {
        if (!policy || entry.kind !== 'version') continue;
        const about = { seed, ...moment, version: entry.id };
        const contents = entry.contents.map(({ locale }) => locale);
        expect({
          ...about,
          status: node.readModels.versionStatus(entry.id, moment),
          roots: node.readModels.versionRoots(entry.id, moment),
          contents: node.readModels
            .versionContents(entry.id, { ...moment, effectiveAt: END })
            .map(({ locale }) => locale)
            .sort(),
        }).toEqual({
          ...about,
          status: versionStatus(policy, entry, moment.effectiveAt),
          roots: rootsAt(entry, moment.effectiveAt),
          contents: contents.toSorted(),
        });
      }
      const titles = node.readModels.policyTitles(policyId, { ...moment, effectiveAt: END });
      expect({ seed, titles }).toEqual({ seed, titles: policy?.titles ?? [] });
    }
  }
});

test('the zone and the default locale of an organisation are those known at the prefix', () => {
  for (const organisation of history.organisations) {
    let zone: string | undefined;
    let locale: string | undefined;
    for (const [index, { stream, fact }] of history.facts.entries()) {
      if (stream === `organisation-${organisation}`) {
        zone = zoneSet(fact as OrganisationEvent) ?? zone;
        locale = localeSet(fact as OrganisationEvent) ?? locale;
      }
      const prefix = node.readModels.prefixAtOrdinal(index + 1);
      expect(prefix && node.readModels.timeZoneOf(organisation, prefix)).toBe(zone);
      expect(prefix && node.readModels.defaultLocaleOf(organisation, prefix)).toBe(locale);
    }
  }
});

test('a node that starts late, one that was there from the start and a rebuild have the same tables', async () => {
  const live = await openNode();
  for (const { stream, fact, recordedAtMs } of history.facts) {
    await live.record(stream, [fact], new Date(recordedAtMs).toISOString());
  }
  const lines = [...live.dump()].map(withoutPosition);
  expect(lines.length).toBeGreaterThan(EVENTS);
  expect([...node.dump()].map(withoutPosition)).toEqual(lines);
  const before = [...live.dump()];
  await live.runner.rebuild();
  expect([...live.dump()]).toEqual(before);
  await live.close();
}, 60_000);

const END = '9999-01-01T00:00:00.000Z' as Instant;

function zoneSet(event: OrganisationEvent): string | undefined {
  return event.type === 'OrganisationRegistered' || event.type === 'OrganisationTimeZoneSet'
    ? event.data.timeZone
    : undefined;
}

function localeSet(event: OrganisationEvent): string | undefined {
  return event.type === 'OrganisationRegistered' || event.type === 'OrganisationDefaultLocaleSet'
    ? event.data.defaultLocale
    : undefined;
}

/** Both logs have the same positions here; were they two stores, only positions could differ. */
function withoutPosition(line: string): string {
  return line.startsWith(`${tableName(clock, 'ticks')} `) ? line.replace(/^(\S+ \[\d+),"[^"]*"/, '$1') : line;
}
