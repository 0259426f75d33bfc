import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EventStore, type Position, StoreUnavailable } from '../../src/event-store/event-store';
import { openSqliteEventStore } from '../../src/event-store/sqlite/sqlite-event-store';
import { incomingEvent } from '../../src/read-models/incoming-event';
import { openReadModels } from '../../src/read-models/sqlite/open-read-models';
import { appendFacts, newEvent, openNode, phaseOf, type ReadModelNode, reach } from './support/read-model-node';
import { at, organisationRegistered, policyCreated, published, sampleId, withdrawn } from './support/sample-facts';

const organisation = sampleId(1);
const policy = sampleId(2);
const organisationStream = `organisation-${organisation}`;
const policyStream = `policy-${policy}`;

let node: ReadModelNode;

beforeEach(async () => {
  node = await openNode();
  await node.record(organisationStream, [organisationRegistered(organisation)], at('2024-01-01'));
});

afterEach(() => node.close());

function stoppedCode(): string | undefined {
  const state = node.runner.state();
  return state.phase === 'stopped' ? state.code : undefined;
}

async function appendRaw(stream: string, type: string, data = {}, schemaVersion = 1, expected = 0): Promise<Position> {
  const event = { ...newEvent({ ...policyCreated(policy, organisation) }), type, data, metadata: { schemaVersion } };
  return (await node.store.append(stream, [event], expected)).position;
}

describe('what cannot be applied (S6)', () => {
  test.each([
    ['of unknown type', 'PolicyTeleported', {}, 1, 'UNKNOWN_EVENT_TYPE'],
    ['of a later schema version', 'PolicyCreated', {}, 7, 'UNKNOWN_SCHEMA_VERSION'],
    ['that lacks a field', 'PolicyCreated', { policyId: policy }, 1, 'MALFORMED_EVENT'],
  ])('an event %s stops the node, which stays readable', async (_, type, data, schemaVersion, code) => {
    const position = await appendRaw(policyStream, type, data, schemaVersion);
    expect(await node.runner.waitFor(position, 5_000)).toBe(false);
    expect(stoppedCode()).toBe(code);
    expect(node.runner.state()).toMatchObject({ position });
    expect(node.readModels.organisationById(organisation, node.readModels.applied())?.slug).toBe('fjordlys');
    expect(await node.runner.waitFor(position, 60_000)).toBe(false);
  });

  test('what stands before it is applied, what stands after it is not', async () => {
    const facts = [policyCreated(policy, organisation), withdrawn(policy, sampleId(9), at('2024-01-02'))];
    const position = await appendFacts(node.store, policyStream, [...facts, policyCreated(sampleId(3), organisation)]);
    expect(await node.runner.waitFor(position, 5_000)).toBe(false);
    expect(stoppedCode()).toBe('EVENT_NOT_APPLICABLE');
    const applied = node.readModels.applied();
    expect(applied.n).toBe(2);
    expect(node.readModels.policyById(policy, applied)).toBeDefined();
    expect(node.readModels.policyById(sampleId(3), applied)).toBeUndefined();
  });

  test('categories that no projection lists are passed over, and counted where they are read', async () => {
    await appendRaw(`unheard-${sampleId(4)}`, 'SomethingElse');
    const position = await appendRaw(`text-${sampleId(4)}`, 'SomethingElse');
    await reach(node, position);
    expect(node.readModels.applied()).toMatchObject({ n: 2, position });
  });

  test('pieces of texts are numbered and their bytes let go', async () => {
    const data = { organisationId: organisation, sha256: 'a', index: 0, count: 1, encoding: 'utf-8', chunk: 'Hei' };
    const position = await appendRaw(`text-${sampleId(4)}`, 'TextChunkStored', data);
    await reach(node, position);
    expect(node.readModels.applied().n).toBe(2);
    for await (const stored of node.store.readAll({ prefixes: ['text-'] })) {
      expect(incomingEvent(stored, new Set(['policy']))).not.toHaveProperty('data');
      expect(incomingEvent(stored, new Set(['policy'])).event).toBeUndefined();
    }
  });
});

describe('waiting for a position (N2)', () => {
  test('a position that is applied answers at once, one that does not come in time answers no', async () => {
    const { position } = node.readModels.applied();
    expect(await node.runner.waitFor(position, 0)).toBe(true);
    expect(await node.runner.waitFor('4711' as Position, 20)).toBe(false);
  });

  test('everybody who waits for events of one batch is answered once it is applied', async () => {
    const waits = [2, 3, 4].map((place) => node.runner.waitFor(String(place) as Position, 5_000));
    await appendFacts(node.store, policyStream, [policyCreated(policy, organisation)]);
    await appendFacts(node.store, policyStream, [
      published({ policyId: policy, versionId: sampleId(5), effectiveFrom: at('2024-01-01') }),
      withdrawn(policy, sampleId(5), at('2024-01-02')),
    ]);
    expect(await Promise.all(waits)).toEqual([true, true, true]);
  });

  test('closing answers no', async () => {
    const wait = node.runner.waitFor('4711' as Position, 60_000);
    await node.runner.close();
    expect(await wait).toBe(false);
    expect(node.runner.state()).toEqual({ phase: 'closed' });
  });
});

test('listeners are woken after every batch, until they are taken away; one that throws harms nobody', async () => {
  let woken = 0;
  const stopFirst = node.runner.onApplied(() => {
    throw new Error('A listener of this test fails on purpose.');
  });
  const stop = node.runner.onApplied(() => {
    woken += 1;
  });
  await node.record(policyStream, [policyCreated(policy, organisation)]);
  expect(woken).toBeGreaterThan(0);
  stop();
  stopFirst();
  const before = woken;
  await node.record(policyStream, [withdrawnTitle()]);
  expect(woken).toBe(before);
});

function withdrawnTitle() {
  const title = { locale: 'nb', text: 'Ny' };
  return { type: 'PolicyTitleSet', data: { policyId: policy, title, setAt: at('2024-01-02') } } as const;
}

test('lag is nothing when level, else the age of the oldest event that is not applied', async () => {
  expect(await node.runner.lag()).toEqual({ ms: 0, events: 0 });
  await node.runner.close();
  await appendFacts(node.store, policyStream, [policyCreated(policy, organisation)]);
  node.clock.nowMs += 1_500;
  expect(await node.runner.lag()).toEqual({ ms: 1_500, events: undefined });
});

test('a store that comes and goes is followed again, without gap or repetition', async () => {
  let down = false;
  const { store } = node;
  const flaky: EventStore = {
    ...store,
    subscribe: (options) =>
      (async function* () {
        for await (const item of store.subscribe(options)) {
          if (down) throw new StoreUnavailable('The connection of this test is cut.');
          yield item;
        }
      })(),
  };
  const other = openReadModels({ file: ':memory:', store: flaky, nowMs: () => node.clock.nowMs });
  other.runner.start();
  await phaseOf(other, 'live');
  down = true;
  const position = await appendFacts(store, policyStream, [policyCreated(policy, organisation)]);
  await phaseOf(other, 'waiting');
  down = false;
  await reach(other, position);
  expect([...other.dump()]).toEqual([...node.dump()]);
  await other.close();
});

describe('the log at hand is not the one that was applied (N1)', () => {
  let directory: string;
  let file: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'samtykke-'));
    file = join(directory, 'read-model.db');
  });

  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  /** A log of its own: the first `own` events are those of `like`. */
  async function logLike(like: EventStore, events: number): Promise<EventStore> {
    const store = openSqliteEventStore({ clock: () => node.clock.nowMs });
    for await (const { stream, version, id, type, data, metadata } of like.readAll({ limit: events })) {
      await store.append(stream, [{ id, type, data, metadata }], version - 1);
    }
    return store;
  }

  async function follow(store: EventStore) {
    const opened = openReadModels({ file, store, nowMs: () => node.clock.nowMs });
    opened.runner.start();
    return opened;
  }

  async function applyAllOf(store: EventStore): Promise<void> {
    const opened = await follow(store);
    await phaseOf(opened, 'live');
    await opened.close();
  }

  test('another log stops the node, which stays readable, and a rebuild makes the tables anew', async () => {
    await applyAllOf(node.store);
    const another = openSqliteEventStore({ clock: () => node.clock.nowMs });
    await appendFacts(another, `organisation-${sampleId(7)}`, [
      organisationRegistered(sampleId(7), { slug: 'another' }),
    ]);
    const opened = await follow(another);
    await phaseOf(opened, 'stopped');
    expect(opened.runner.state()).toMatchObject({ code: 'LOG_OF_ANOTHER_STORE' });
    expect(opened.readModels.organisationBySlug('fjordlys', opened.readModels.applied())).toBeDefined();
    await opened.runner.rebuild();
    await phaseOf(opened, 'live');
    expect(opened.readModels.organisationBySlug('fjordlys', opened.readModels.applied())).toBeUndefined();
    expect(opened.readModels.organisationBySlug('another', opened.readModels.applied())).toBeDefined();
    await opened.close();
    await another.close();
  });

  test('a log restored from an older copy stops the node', async () => {
    await node.record(policyStream, [policyCreated(policy, organisation)]);
    await applyAllOf(node.store);
    const shorter = await logLike(node.store, 1);
    const opened = await follow(shorter);
    await phaseOf(opened, 'stopped');
    expect(opened.runner.state()).toMatchObject({ code: 'LOG_SHORTER_THAN_APPLIED' });
    await opened.close();
    await shorter.close();
  });

  test('an older copy that has gone on differently stops the node', async () => {
    await node.record(policyStream, [policyCreated(policy, organisation)]);
    await applyAllOf(node.store);
    const forked = await logLike(node.store, 1);
    await appendFacts(forked, policyStream, [policyCreated(policy, organisation, { slug: 'fork' })]);
    await appendFacts(forked, policyStream, [withdrawnTitle()]);
    const opened = await follow(forked);
    await phaseOf(opened, 'stopped');
    expect(opened.runner.state()).toMatchObject({ code: 'LOG_OF_ANOTHER_STORE' });
    await opened.close();
    await forked.close();
  });

  test('the same log goes on where it was, without reading it again', async () => {
    await applyAllOf(node.store);
    const opened = await follow(node.store);
    await phaseOf(opened, 'live');
    expect([...opened.dump()]).toEqual([...node.dump()]);
    await opened.close();
  });
});
