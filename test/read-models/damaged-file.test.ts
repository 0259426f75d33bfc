import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { facts } from '../../projections/facts';
import type { EventStore } from '../../src/event-store/event-store';
import { openSqliteEventStore } from '../../src/event-store/sqlite/sqlite-event-store';
import { ReadModelDamaged } from '../../src/read-models/read-model-damaged';
import { type OpenReadModelsOptions, openReadModels } from '../../src/read-models/sqlite/open-read-models';
import { ReadModelFileUnknown } from '../../src/read-models/sqlite/read-model-database';
import { tableName } from '../../src/read-models/sqlite/table-names';
import { randomHistory, seededRandom } from './support/random-history';
import { appendFacts, openNode, phaseOf, reach } from './support/read-model-node';
import { organisationRegistered, sampleId } from './support/sample-facts';

const FACTS = 300;

let directory: string;
let file: string;
let store: EventStore;
let rows: readonly string[];

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'samtykke-'));
  file = join(directory, 'read-model.db');
  const clock = { nowMs: 0 };
  store = openSqliteEventStore({ clock: () => clock.nowMs });
  for (const { stream, fact, recordedAtMs } of randomHistory(seededRandom(3), FACTS).facts) {
    clock.nowMs = recordedAtMs;
    await appendFacts(store, stream, [fact]);
  }
  const node = open();
  await allApplied(node);
  rows = [...node.dump()];
  await node.close();
});

afterAll(async () => {
  await store.close();
  rmSync(directory, { recursive: true, force: true });
});

function open(more: Partial<OpenReadModelsOptions> = {}) {
  const node = openReadModels({ file, store, nowMs: () => 0, ...more });
  node.runner.start();
  return node;
}

async function allApplied(node: ReturnType<typeof open>): Promise<void> {
  const head = await store.head();
  if (head) await reach(node, head);
}

async function expectMadeAnew(): Promise<void> {
  const node = open({ removeDamaged: true });
  await allApplied(node);
  expect([...node.dump()]).toEqual(rows);
  await node.close();
}

/** Spoils the first page of a table, which the file is opened without. */
function spoil(table: string): void {
  const database = new Database(file);
  const size = Number(database.pragma('page_size', { simple: true }));
  const page = database.prepare<[string], number>('SELECT rootpage FROM sqlite_schema WHERE name = ?').pluck();
  const root = page.get(table) ?? 0;
  database.close();
  const bytes = readFileSync(file);
  bytes.fill(0xff, (root - 1) * size, root * size);
  writeFileSync(file, bytes);
}

test.each([
  ['cut short in its first page', (bytes: Buffer) => bytes.subarray(0, 1_000)],
  ['cut short after it', (bytes: Buffer) => bytes.subarray(0, 4_096)],
  ['without its last page', (bytes: Buffer) => bytes.subarray(0, bytes.length - 4_096)],
  ['of other bytes', () => Buffer.from('These are no read models.'.repeat(400))],
])('a file %s is named with its remedy, and made anew where that is asked', async (_, damage) => {
  writeFileSync(file, damage(readFileSync(file)));
  expect(() => open()).toThrow(ReadModelDamaged);
  expect(() => open()).toThrow(expect.objectContaining({ message: expect.stringContaining(file) }));
  await expectMadeAnew();
});

test('a page that only an answer would read is found where the file is to be mended', async () => {
  spoil(tableName(facts, 'facts'));
  await expectMadeAnew();
});

test('a page found damaged while following stops the read models by a code, and does not try for ever', async () => {
  spoil(tableName(facts, 'facts'));
  const node = open();
  await appendFacts(store, `organisation-${sampleId(77)}`, [organisationRegistered(sampleId(77), { slug: 'late' })]);
  await phaseOf(node, 'stopped');
  expect(node.runner.state()).toMatchObject({ code: 'READ_MODEL_DAMAGED', reason: expect.stringContaining('rebuild') });
  await node.close();
  const fresh = await openNode(':memory:', store);
  await allApplied(fresh);
  rows = [...fresh.dump()];
  await fresh.runner.close();
  await expectMadeAnew();
});

test('a whole file is kept as it is', async () => {
  const before = readFileSync(file);
  const node = open({ removeDamaged: true });
  await node.close();
  expect(readFileSync(file).equals(before)).toBe(true);
});

test('a database of another application is never removed', () => {
  const theirs = join(directory, 'theirs.db');
  const foreign = new Database(theirs);
  foreign.exec('CREATE TABLE theirs (a)');
  foreign.close();
  expect(() => openReadModels({ file: theirs, store, nowMs: () => 0, removeDamaged: true })).toThrow(
    ReadModelFileUnknown,
  );
  expect(readFileSync(theirs).subarray(0, 15).toString()).toBe('SQLite format 3');
});
