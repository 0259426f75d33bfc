import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { binaryEvent, EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import { instantAt } from '../../src/domain/time';
import type { EventStore, Json, JsonObject, StoredEvent } from '../../src/event-store/event-store';
import { openEventStoreDb } from '../../src/event-store/eventstoredb/open-event-store-db';
import { consentsOf, type ServerConsents, tidied } from '../projections/support/consents-by-subject';
import { inForceOfTables, inForceOfTimeline, type ServerTimeline } from '../projections/support/in-force-of-timeline';
import { definitionOf, runProjection, type ServerEvent } from '../projections/support/projection-server';
import { randomHistory, seededRandom } from '../read-models/support/random-history';
import { appendFacts, openNode, type ReadModelNode, reach } from '../read-models/support/read-model-node';
import { organisationRegistered, policyCreated } from '../read-models/support/sample-facts';
import { registered } from '../read-models/support/sample-people';
import { collect } from '../support/event-store-samples';
import { peopleHistory } from '../support/person-stories';
import { deployOnServer, eventually, type ProjectionsOnServer } from '../support/projections-on-server';

/**
 * projections/eventstore on a real server: its states against those of our stand-in, so that what test/projections says
 * of the sources holds there too, and its answers against those of our own tables over the same log.
 */
const url = process.env.EVENTSTORE_URL;

if (url === undefined) {
  process.stderr.write(
    'SKIPPED: our projections on a real EventStoreDB against our tables. To run it: docker compose up -d eventstoredb ' +
      '&& EVENTSTORE_URL=esdb://127.0.0.1:2113?tls=false npx jest eventstoredb-projection-answers\n',
  );
  test.skip('projections on a real server (EVENTSTORE_URL is not set)', () => undefined);
} else {
  jest.setTimeout(120_000);
  describe('our projections on a real server', () => ourProjections(url));
  describe('partitions and states on a real server', () => partitions(url));
}

const SOURCES = join(__dirname, '..', '..', 'projections', 'eventstore');
const sources = Object.fromEntries(
  readdirSync(SOURCES).map((file) => [basename(file, '.js'), readFileSync(join(SOURCES, file), 'utf8')]),
);
const DAY_MS = 86_400_000;
const seed = Number(process.env.TEST_SEED ?? Math.floor(Math.random() * 2 ** 31));

/** A history as it was written under ids of this run, so that any number of them share a log. */
interface Written {
  readonly organisations: readonly string[];
  readonly policies: readonly string[];
  readonly subjects: readonly string[];
  readonly stems: readonly string[];
  readonly firstMs: number;
  readonly lastMs: number;
}

async function writeHistories(store: EventStore): Promise<Written> {
  const texts = randomHistory(seededRandom(seed), 300);
  const people = peopleHistory(seededRandom(seed), 200);
  const stems = [randomUUID().slice(0, 23), randomUUID().slice(0, 23)] as const;
  const [ofTexts, ofPeople] = stems.map((stem) => renamedTo(stem));
  if (!ofTexts || !ofPeople) throw new Error('There are two histories.');
  for (const { stream, fact } of texts.facts) await appendFacts(store, ofTexts(stream), [ofTexts(fact)]);
  for (const { stream, event } of people.events) await appendFacts(store, ofPeople(stream), [ofPeople(event)]);
  const times = [...texts.facts, ...people.events].map(({ recordedAtMs }) => recordedAtMs);
  return {
    organisations: [...ofTexts(texts.organisations), ...ofPeople(people.organisations)],
    policies: [...ofTexts(texts.policies), ...ofPeople(people.policies)],
    subjects: ofPeople(people.subjects),
    stems,
    firstMs: Math.min(...times),
    lastMs: Math.max(...times),
  };
}

/** Ids of sample histories are the same in every run and all begin alike. */
function renamedTo(stem: string): <T>(value: T) => T {
  return (value) => {
    const text = JSON.stringify(value).replaceAll('00000000-0000-4000-8000', stem);
    return JSON.parse(text.replaceAll(/"slug":"([a-z0-9-]+)"/g, `"slug":"$1-${stem.slice(0, 8)}"`));
  };
}

/** What others may keep in the same database: events of every type we read, empty, no object, no JSON. */
async function writeForeign(client: EventStoreDBClient): Promise<readonly string[]> {
  const types = new Set(
    Object.values(sources).flatMap((source) =>
      Object.keys(definitionOf(source).handlers).filter((key) => key !== '$init'),
    ),
  );
  const streams: string[] = [];
  for (const type of types) {
    const stream = `crm-${randomUUID()}`;
    const json = jsonEvent({ type, data: { organisationId: stream, policyId: stream, purposes: 'all' } });
    await client.appendToStream(stream, [
      json,
      jsonEvent({ type, data: {} }),
      jsonEvent({ type, data: [1] }),
      binaryEvent({ type, data: Buffer.from('not JSON') }),
    ]);
    streams.push(stream);
  }
  return streams;
}

function ourProjections(server: string): void {
  let node: ReadModelNode;
  let running: ProjectionsOnServer;
  let written: Written;
  let foreign: readonly string[];
  let events: ServerEvent[];

  beforeAll(async () => {
    console.info(`Random histories for a real server: TEST_SEED=${seed}`);
    const store = await openEventStoreDb({ url: server });
    const client = EventStoreDBClient.connectionString(server);
    foreign = await writeForeign(client);
    await client.dispose();
    const histories = await writeHistories(store);
    written = await writeLast(store, histories);
    running = await deployOnServer(server, sources);
    node = await openNode(':memory:', store);
    const head = await store.head(['policy-', 'organisation-', 'subject-']);
    if (head) await reach(node, head);
    events = await eventsOf(store, histories.stems);
  });

  afterAll(async () => {
    await running?.close();
    await node?.close();
  });

  /** The server's states of these partitions, once they are those that our stand-in keeps. */
  async function statesOf(name: string, partitions: readonly string[]): Promise<readonly unknown[]> {
    const standIn = runProjection(sources[name] ?? '', events);
    const expected = partitions.map((partition) => standIn.get(partition));
    const states = await eventually(
      () => Promise.all(partitions.map((partition) => running.stateOf(name, partition))),
      (found) => isDeepStrictEqual(found, expected),
    );
    expect({ seed, states }).toEqual({ seed, states: expected });
    return states;
  }

  test('the state of each policy is that of the stand-in and names the version in force that our tables name', async () => {
    const states = await statesOf(
      'versions-in-force',
      written.policies.map((id) => `policy-${id}`),
    );
    const random = seededRandom(seed + 1);
    const { n } = node.readModels.applied();
    const found = new Set<string>();
    for (const [index, policy] of written.policies.entries()) {
      for (let pair = 0; pair < 200; pair += 1) {
        const firstMs = written.firstMs - 400 * DAY_MS;
        const at = instantAt(firstMs + Math.floor(random() * (written.lastMs + 60 * DAY_MS - firstMs)));
        const answer = node.readModels.versionInForce(policy, { effectiveAt: at, n });
        const theirs = inForceOfTimeline(states[index] as ServerTimeline, at);
        expect({ seed, policy, at, id: theirs }).toEqual({ seed, policy, at, id: inForceOfTables(answer) });
        found.add(answer.code);
      }
    }
    expect([...found].sort()).toEqual(['ALL_WITHDRAWN', 'NOT_YET_PUBLISHED', 'RETIRED', 'VERSION_IN_FORCE']);
  });

  test('the state of each organisation is that of the stand-in and lists the policies that our tables list', async () => {
    const states = await statesOf('policies-by-organisation', written.organisations);
    for (const [index, organisation] of written.organisations.entries()) {
      const range = { organisation, visibleTo: 'all', limit: 100 } as const;
      const ours = node.readModels.policiesPage(range, node.readModels.applied()).rows;
      const policies = ours.map(({ id: policyId, slug, kind }) => ({ policyId, slug, kind }));
      expect(states[index]).toMatchObject({ organisationId: organisation, policies });
    }
  });

  test('the state of each person is that of the stand-in and lists what our tables say they decided', async () => {
    const states = await statesOf(
      'consent-state-by-subject',
      written.subjects.map((id) => `subject-${id}`),
    );
    for (const [index, subject] of written.subjects.entries()) {
      const person = node.readModels.personFacts(subject, node.readModels.applied());
      expect({ seed, person: tidied(states[index] as ServerConsents) }).toEqual({
        seed,
        person: person && consentsOf(person),
      });
    }
  });

  test('the counts of the whole log are those of our tables', async () => {
    const ofTables = () => {
      const { organisations, policies, versions } = node.readModels.counts(node.readModels.applied());
      return { organisations, policies, versions };
    };
    const ofServer = async () => {
      const state = (await running.stateOf('counts')) as Readonly<Record<string, number>> | undefined;
      const { organisations, policies, versionsPublished = 0, versionsImported = 0 } = state ?? {};
      return { organisations, policies, versions: versionsPublished + versionsImported };
    };
    // Others may write to the same log meanwhile, and both follow it.
    const theirs = await eventually(ofServer, (counts) => isDeepStrictEqual(counts, ofTables()));
    expect(theirs).toEqual(ofTables());
    expect(theirs.versions).toBeGreaterThan(0);
  });

  test('streams that are not ours get no state and stop nothing', async () => {
    const names = Object.keys(sources);
    expect(foreign.length).toBeGreaterThan(10);
    for (const name of names.filter((each) => each !== 'counts')) {
      const states = await Promise.all(foreign.map((stream) => running.stateOf(name, stream)));
      expect(states).toEqual(foreign.map(() => undefined));
    }
    const statuses = await Promise.all(names.map((name) => running.statusOf(name)));
    expect(statuses).toEqual(names.map(() => 'Running'));
  });
}

/** Every projection keeps something of these: whoever has come to them has come past everything before. */
async function writeLast(store: EventStore, { stems: [stem = ''], ...written }: Written): Promise<Written> {
  const last = (digit: number) => `${stem}-${'f'.repeat(11)}${digit}`;
  const [organisationId, policyId, subjectId] = [last(1), last(2), last(3)];
  const slug = `last-${stem.slice(0, 8)}`;
  await appendFacts(store, `organisation-${organisationId}`, [organisationRegistered(organisationId, { slug })]);
  await appendFacts(store, `policy-${policyId}`, [policyCreated(policyId, organisationId, { slug })]);
  await appendFacts(store, `subject-${subjectId}`, [registered(subjectId, { organisationId })]);
  return {
    ...written,
    stems: [stem],
    organisations: [...written.organisations, organisationId],
    policies: [...written.policies, policyId],
    subjects: [...written.subjects, subjectId],
  };
}

async function eventsOf(store: EventStore, stems: readonly string[]): Promise<ServerEvent[]> {
  const prefixes = stems.flatMap((stem) => [`organisation-${stem}`, `policy-${stem}`, `subject-${stem}`]);
  return (await collect(store.readAll({ prefixes }))).map(asServed);
}

function asServed({ stream, type, version, data, metadata }: StoredEvent): ServerEvent {
  return { streamId: stream, eventType: type, sequenceNumber: version - 1, isJson: true, data, metadata };
}

/** What our sources rely on, each told to the server and to the stand-in. */
function partitions(server: string): void {
  const type = `Probed${randomUUID().slice(0, 8)}`;
  const count = `$init: () => ({ count: 0, last: null })`;
  const counting = `${type}: (state, event) => {
    state.count += 1;
    state.last = event.sequenceNumber;
    return state;
  }`;
  const probes = {
    'by-key': `fromAll().partitionBy((event) => event.data.key).when({ ${count}, ${counting} });`,
    'by-stream': `fromAll().foreachStream().when({ ${count}, ${counting} });`,
    'some-streams': `fromAll().partitionBy((event) => (event.streamId.endsWith('1') ? event.streamId : undefined))
      .when({ ${count}, ${counting} });`,
    'nothing-returned': `fromAll().when({ ${count}, ${type}: (state) => { state.count += 1; } });`,
    'no-init': `fromAll().when({ ${type}: (state, event) => ({ before: state.sum || 0, sum: (state.sum || 0) + 1 }) });`,
  };
  const keys: readonly Json[] = ['a', 'b', 'a', 'Å', 7, '7', 0, true, false, null, { x: 1 }, ['a'], 'a', 'last'];
  const streams = [1, 2, 3, 11].map((number) => `probe${randomUUID().slice(0, 8)}-${number}`);
  const nameless = `fromAll().partitionBy((event) => (event.data.key === 'last' ? '' : 'a')).when({ ${count}, ${counting} });`;
  let running: ProjectionsOnServer;
  const events: ServerEvent[] = [];

  beforeAll(async () => {
    const client = EventStoreDBClient.connectionString(server);
    const add = async (streamId: string, data: JsonObject) => {
      const sequenceNumber = events.filter((event) => event.streamId === streamId).length;
      await client.appendToStream(streamId, jsonEvent({ type, data }));
      events.push({ streamId, eventType: type, sequenceNumber, isJson: true, data, metadata: {} });
    };
    for (const stream of streams) await add(stream, {});
    for (const [index, key] of keys.entries()) await add(streams[index % streams.length] ?? '', { key });
    await client.dispose();
    running = await deployOnServer(server, { ...probes, nameless });
  });

  afterAll(() => running?.close());

  test.each(Object.entries(probes))('%s keeps the same states as our stand-in', async (name, source) => {
    const expected = runProjection(source, events);
    // Also partitions that a key could be taken for.
    const asked = new Set([...expected.keys(), ...streams, ...keys.map(String), 'undefined', JSON.stringify({ x: 1 })]);
    const all = async () => {
      const states = await Promise.all([...asked].map(async (key) => [key, await running.stateOf(name, key)] as const));
      return new Map(states.filter(([, state]) => state !== undefined));
    };
    expect(expected.size).toBeGreaterThan(0);
    const states = await eventually(all, (found) => isDeepStrictEqual(found, expected));
    expect({ status: await running.statusOf(name), states }).toEqual({ status: 'Running', states: expected });
  });

  test('a partition without a name stops a projection there and in our stand-in', async () => {
    expect(() => runProjection(nameless, events)).toThrow('A partition has no name.');
    const status = await eventually(
      () => running.statusOf('nameless'),
      (found) => found !== 'Running',
    );
    expect(status).toMatch(/^Faulted .*Partition '' state/s);
  });
}
