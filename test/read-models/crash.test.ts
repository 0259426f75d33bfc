import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { clock } from '../../projections/clock';
import { facts } from '../../projections/facts';
import { openSqliteEventStore } from '../../src/event-store/sqlite/sqlite-event-store';
import { tableName } from '../../src/read-models/sqlite/table-names';
import { within } from '../support/event-store-samples';
import { startTypescript } from '../support/typescript-child';
import { randomHistory, seededRandom } from './support/random-history';
import { appendFacts, openNode, phaseOf, reach } from './support/read-model-node';
import { at, organisationRegistered, sampleId } from './support/sample-facts';

const KILLS = 8;
const FACTS = 1_500;

const seed = Number(process.env.TEST_SEED ?? Math.floor(Math.random() * 2 ** 31));

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'samtykke-'));
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

test('killed at any moment, rows and checkpoint are of the same event, and following goes on from there', async () => {
  console.info(`Random history and kills: TEST_SEED=${seed}`);
  const random = seededRandom(seed);
  const { facts } = randomHistory(random, FACTS);
  const clock = { nowMs: 0 };
  const store = openSqliteEventStore({ directory, clock: () => clock.nowMs });
  for (const { stream, fact, recordedAtMs } of facts) {
    clock.nowMs = recordedAtMs;
    await appendFacts(store, stream, [fact]);
  }
  await store.close();
  const file = join(directory, 'read-model.db');
  let killedAt = 0;
  for (let kill = 0; kill < KILLS; kill += 1) {
    const child = startTypescript('test/read-models/support/follow-log.ts', directory, file);
    if (child.stdout && kill > 0) await within(once(child.stdout, 'data'), 'The first batch');
    await new Promise((resolve) => setTimeout(resolve, random() * (kill > 0 ? 40 : 400)));
    child.kill('SIGKILL');
    await once(child, 'close');
    killedAt = assertWhole(file, killedAt);
    // Begins anew now and then, so that most kills hit while batches are applied.
    if (killedAt === facts.length) {
      rmSync(file, { force: true });
      killedAt = 0;
    }
  }
  const reopened = openSqliteEventStore({ directory, clock: () => clock.nowMs });
  const resumed = await openNode(file, reopened);
  const head = await reopened.head();
  if (head) await reach(resumed, head);
  const fresh = await openNode(':memory:', reopened);
  if (head) await reach(fresh, head);
  expect([...resumed.dump()]).toEqual([...fresh.dump()]);
  await fresh.close();
  await resumed.close();
}, 120_000);

/** Every table ends at the checkpoint. Answers the checkpoint. */
function assertWhole(file: string, atLeast: number): number {
  const database = new Database(file);
  try {
    const known = database.prepare(`SELECT count(*) FROM sqlite_schema WHERE name = 'checkpoints'`).pluck().get();
    const checkpoints = known ? database.prepare<[], number>('SELECT n FROM checkpoints').pluck().all() : [];
    if (checkpoints.length === 0) return 0;
    expect(new Set(checkpoints).size).toBe(1);
    const n = checkpoints[0] ?? 0;
    expect(n).toBeGreaterThanOrEqual(atLeast);
    for (const table of [tableName(clock, 'ticks'), tableName(facts, 'facts')]) {
      const rows = database.prepare(`SELECT count(*), coalesce(max(n), 0) FROM ${table}`).raw().get();
      expect([seed, rows]).toEqual([seed, [n, n]]);
    }
    return n;
  } finally {
    database.close();
  }
}

test('a failure between rows and checkpoint leaves neither, and is tried again', async () => {
  const file = join(directory, 'read-model.db');
  const node = await openNode(file);
  const registered = (number: number) =>
    [`organisation-${sampleId(number)}`, [organisationRegistered(sampleId(number), { slug: `o-${number}` })]] as const;
  await node.record(...registered(1), at('2024-01-01'));
  await phaseOf(node, 'live');
  const before = [...node.dump()];
  const saboteur = new Database(file);
  saboteur.exec(`CREATE TRIGGER sabotage BEFORE UPDATE ON checkpoints BEGIN SELECT raise(ABORT, 'sabotage'); END`);
  const position = await appendFacts(node.store, ...registered(2));
  await phaseOf(node, 'waiting');
  expect([...node.dump()]).toEqual(before);
  expect(node.readModels.applied().n).toBe(1);
  saboteur.exec('DROP TRIGGER sabotage');
  saboteur.close();
  await reach(node, position);
  expect(node.readModels.counts(node.readModels.applied()).organisations).toBe(2);
  await node.close();
});
