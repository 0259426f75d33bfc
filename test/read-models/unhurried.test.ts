import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { Position } from '../../src/event-store/event-store';
import { openSqliteEventStore } from '../../src/event-store/sqlite/sqlite-event-store';
import { eventBatches, GATHERING_MS, MAX_BATCH_EVENTS, MAX_GATHERED_EVENTS } from '../../src/read-models/event-batches';
import type { IncomingEvent } from '../../src/read-models/projection-tables';
import { openReadModels } from '../../src/read-models/sqlite/open-read-models';
import { appendFacts, phaseOf, type ReadModelNode, reach } from './support/read-model-node';
import { organisationRegistered, policyCreated, sampleId } from './support/sample-facts';

const organisation = sampleId(1);
let node: Pick<ReadModelNode, 'store' | 'runner' | 'readModels' | 'dump' | 'close'>;

beforeEach(async () => {
  const store = openSqliteEventStore({ clock: () => Date.parse('2024-01-01T00:00:00.000Z') });
  await appendFacts(store, `organisation-${organisation}`, [organisationRegistered(organisation)]);
  const models = openReadModels({ file: ':memory:', store, nowMs: () => 0, unhurried: true });
  node = { ...models, store };
  models.runner.start();
  await phaseOf(models, 'live');
});

afterEach(async () => {
  await node.close();
  await node.store.close();
});

const append = (number: number) => {
  const policy = sampleId(number);
  return appendFacts(node.store, `policy-${policy}`, [
    policyCreated(policy, organisation, { slug: `policy-${number}` }),
  ]);
};
const applied = () => node.readModels.applied().n;
/** Long enough for whatever is applied as soon as the event loop is free. */
const someTurns = async () => {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};

test('what was there at the start is applied without waiting', () => {
  expect(applied()).toBe(1);
});

test('what comes later gathers, and is applied at once when somebody waits for it', async () => {
  const position = await append(2);
  await someTurns();
  expect(applied()).toBe(1);
  await reach(node, position);
  expect(applied()).toBe(2);
});

test('what comes while somebody waits does not gather', async () => {
  const waits = node.runner.waitFor(await append(2), 10_000);
  const later = await append(3);
  expect(await waits).toBe(true);
  await reach(node, later);
  expect(applied()).toBe(3);
});

test('more gathers than one batch of a node in a hurry, and rows are the same in the end', async () => {
  const woken: number[] = [];
  node.runner.onApplied(() => woken.push(applied()));
  for (let number = 2; number < MAX_BATCH_EVENTS + 52; number += 1) await append(number);
  const last = await append(MAX_BATCH_EVENTS + 52);
  await reach(node, last);
  expect(applied()).toBe(MAX_BATCH_EVENTS + 52);
  // Alone, each of them would wake once.
  expect(woken.length).toBeLessThan(MAX_BATCH_EVENTS / 10);
  const hurried = openReadModels({ file: ':memory:', store: node.store, nowMs: () => 0 });
  hurried.runner.start();
  await reach(hurried, last);
  expect([...node.dump()]).toEqual([...hurried.dump()]);
  await hurried.close();
});

test('what has gathered is applied when the node closes', async () => {
  await append(2);
  await someTurns();
  let last = 0;
  node.runner.onApplied(() => {
    last = applied();
  });
  await node.runner.close();
  expect(last).toBe(2);
});

describe('events that nobody minds to gather', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  const event: IncomingEvent = {
    id: sampleId(1),
    position: '1' as Position,
    recordedAtMs: 0,
    original: undefined,
    stream: `text-${sampleId(1)}`,
    category: 'text',
    version: 1,
    actor: undefined,
    event: undefined,
  };
  const gathering = (applied: number[]) =>
    eventBatches({
      apply: (batch) => {
        applied.push(batch.length);
        return true;
      },
      end: () => undefined,
      isLeisurely: () => true,
    });

  test('are applied after a while, together', () => {
    const applied: number[] = [];
    const batches = gathering(applied);
    batches.add(event);
    jest.advanceTimersByTime(GATHERING_MS - 1);
    batches.add(event);
    expect(applied).toEqual([]);
    jest.advanceTimersByTime(1);
    expect(applied).toEqual([2]);
    jest.advanceTimersByTime(10 * GATHERING_MS);
    expect(applied).toEqual([2]);
  });

  test('are applied at once when they are many', () => {
    const applied: number[] = [];
    const batches = gathering(applied);
    for (let count = 0; count < MAX_GATHERED_EVENTS; count += 1) batches.add(event);
    expect(applied).toEqual([MAX_GATHERED_EVENTS]);
  });

  test('are let go when the reader ends, and read again by the next', () => {
    const applied: number[] = [];
    const batches = gathering(applied);
    batches.add(event);
    batches.end();
    jest.advanceTimersByTime(GATHERING_MS);
    expect(applied).toEqual([]);
  });
});

test('while the log is young no index is kept that only questions need, and all of them are there when the node closes', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'samtykke-unhurried-'));
  const file = join(directory, 'read-model.db');
  const indexes = () => {
    const database = new Database(file, { readonly: true });
    const found = database
      .prepare<[], string>(
        `SELECT tables.name || ' ' || group_concat(columns.name) FROM sqlite_schema AS tables
         JOIN pragma_index_list(tables.name) AS list JOIN pragma_index_info(list.name) AS columns
         WHERE tables.type = 'table' AND list.origin = 'c' GROUP BY tables.name, list.name ORDER BY 1`,
      )
      .pluck()
      .all();
    database.close();
    return found;
  };
  try {
    const hurried = openReadModels({ file, store: node.store, nowMs: () => 0 });
    hurried.runner.start();
    await phaseOf(hurried, 'live');
    await hurried.close();
    const every = indexes();
    const unhurried = openReadModels({ file, store: node.store, nowMs: () => 0, unhurried: true });
    unhurried.runner.start();
    await phaseOf(unhurried, 'live');
    const needed = indexes();
    expect(needed.length).toBeLessThan(every.length);
    expect(every).toEqual(expect.arrayContaining(needed));
    await append(2);
    await unhurried.close();
    expect(indexes()).toEqual(every);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
