import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { instantAt } from '../../src/domain/time';
import type { JsonObject } from '../../src/event-store/event-store';
import { randomHistory, seededRandom } from '../read-models/support/random-history';
import { openNode, type ReadModelNode } from '../read-models/support/read-model-node';
import { inForceOfTables, inForceOfTimeline, type ServerTimeline } from './support/in-force-of-timeline';
import { definitionOf, runProjection, type ServerEvent } from './support/projection-server';

const SOURCES = join(__dirname, '..', '..', 'projections', 'eventstore');
const DAY_MS = 86_400_000;

const seed = Number(process.env.TEST_SEED ?? Math.floor(Math.random() * 2 ** 31));
const random = seededRandom(seed);
const history = randomHistory(random, 300);

let node: ReadModelNode;
let events: ServerEvent[];

beforeAll(async () => {
  console.info(`Random history: TEST_SEED=${seed}`);
  node = await openNode();
  for (const { stream, fact, recordedAtMs } of history.facts) {
    await node.record(stream, [fact], new Date(recordedAtMs).toISOString());
  }
  events = [];
  for await (const { stream, type, version, data, metadata } of node.store.readAll()) {
    events.push({ streamId: stream, eventType: type, sequenceNumber: version - 1, isJson: true, data, metadata });
  }
});

afterAll(() => node.close());

function sourceOf(name: string): string {
  return readFileSync(join(SOURCES, `${name}.js`), 'utf8');
}

test('the state of each policy names the version in force that our tables name', () => {
  const states = runProjection(sourceOf('versions-in-force'), events);
  const { n } = node.readModels.applied();
  const times = history.facts.map(({ recordedAtMs }) => recordedAtMs);
  const first = Math.min(...times) - 400 * DAY_MS;
  for (const policy of history.policies) {
    for (let pair = 0; pair < 200; pair += 1) {
      const at = instantAt(first + Math.floor(random() * (Math.max(...times) + 60 * DAY_MS - first)));
      const answer = node.readModels.versionInForce(policy, { effectiveAt: at, n });
      const ours = inForceOfTables(answer);
      const theirs = inForceOfTimeline(states.get(`policy-${policy}`) as ServerTimeline, at);
      expect({ seed, policy, at, id: theirs }).toEqual({ seed, policy, at, id: ours });
    }
  }
});

test('the state of each organisation lists the policies that our tables list', () => {
  const states = runProjection(sourceOf('policies-by-organisation'), events);
  expect([...states.keys()].sort()).toEqual([...history.organisations].sort());
  for (const organisation of history.organisations) {
    const range = { organisation, visibleTo: 'all', limit: 100 } as const;
    const ours = node.readModels.policiesPage(range, node.readModels.applied()).rows;
    const policies = ours.map(({ id: policyId, slug, kind }) => ({ policyId, slug, kind }));
    expect(states.get(organisation)).toMatchObject({ organisationId: organisation, policies });
  }
});

test('the counts are those of our tables', () => {
  const counts = runProjection(sourceOf('counts'), events).get('') as Record<string, number>;
  const ours = node.readModels.counts(node.readModels.applied());
  expect(counts).toMatchObject({ organisations: ours.organisations, policies: ours.policies });
  expect((counts.versionsPublished ?? 0) + (counts.versionsImported ?? 0)).toBe(ours.versions);
});

describe.each(readdirSync(SOURCES))('%s', (file) => {
  const source = readFileSync(join(SOURCES, file), 'utf8');
  const foreign = (eventType: string, data: JsonObject | undefined): ServerEvent => ({
    streamId: `other-${eventType}`,
    eventType,
    sequenceNumber: 0,
    isJson: data !== undefined,
    data,
    metadata: {},
  });

  test('reads events of types it does not know and keeps nothing of them', () => {
    const strangers = [foreign('SomethingElse', {}), foreign('$metadata', { $maxAge: 1 })];
    expect(runProjection(source, strangers).size).toBe(0);
  });

  test('keeps nothing of events of its types in streams that are not ours, JSON or not', () => {
    const { $init, ...handlers } = definitionOf(source).handlers;
    const types = Object.keys(handlers);
    expect(types).not.toEqual([]);
    const kept = runProjection(source, [
      ...types.map((type) => foreign(type, {})),
      ...types.map((type) => foreign(type, undefined)),
    ]);
    expect([...kept]).toEqual(kept.has('') ? [['', $init?.()]] : []);
  });
});

test('the stand-in refuses a source that emits', () => {
  expect(() => runProjection(`fromAll().when({}).transformBy((s) => s)`, [])).toThrow('transformBy is not a function');
  const source = `fromAll().when({ PolicyCreated: (s, e) => { emit('x', 'y', {}); return s; } })`;
  expect(() => runProjection(source, events)).toThrow('emit is not defined');
});
