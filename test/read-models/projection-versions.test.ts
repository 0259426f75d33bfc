import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { clock } from '../../projections/clock';
import { facts } from '../../projections/facts';
import { policies } from '../../projections/policies';
import type { Projection } from '../../projections/projection';
import { openSqliteEventStore } from '../../src/event-store/sqlite/sqlite-event-store';
import { listedCategories, READ_PREFIXES } from '../../src/read-models/incoming-event';
import { projectionRunner } from '../../src/read-models/projection-runner';
import { RebuildFailed } from '../../src/read-models/rebuild-tables';
import { PROJECTIONS } from '../../src/read-models/sqlite/open-read-models';
import { openReadModelDatabase, ReadModelFileUnknown } from '../../src/read-models/sqlite/read-model-database';
import { readModelStorage } from '../../src/read-models/sqlite/read-model-storage';
import { tableName } from '../../src/read-models/sqlite/table-names';
import { appendFacts, phaseOf } from './support/read-model-node';
import { organisationRegistered, policyCreated, sampleId } from './support/sample-facts';

const store = openSqliteEventStore({ clock: () => 1_700_000_000_000 });
const organisation = sampleId(1);

beforeAll(async () => {
  await appendFacts(store, `organisation-${organisation}`, [organisationRegistered(organisation)]);
  await appendFacts(store, `policy-${sampleId(2)}`, [policyCreated(sampleId(2), organisation)]);
});

afterAll(() => store.close());

/** Policies with one more word in each row: another fold, so another version. */
const policiesV2: Projection = {
  ...policies,
  version: 2,
  apply: (event, view) =>
    policies
      .apply(event, view)
      .map((change) =>
        change.kind === 'insert' && change.table === 'titles'
          ? { ...change, row: { ...change.row, title: `${change.row.title} (2)` } }
          : change,
      ),
};

function open(database: Database.Database, projections: readonly Projection[], prefixes = READ_PREFIXES) {
  const storage = readModelStorage(database, projections, prefixes);
  const listed = listedCategories(projections);
  const log = () => undefined;
  const runner = projectionRunner({ store, storage, prefixes, listed, nowMs: () => 0, log });
  return { storage, runner };
}

async function applyAll(database: Database.Database, projections: readonly Projection[], prefixes = READ_PREFIXES) {
  const opened = open(database, projections, prefixes);
  opened.runner.start();
  await phaseOf(opened, 'live');
  await opened.runner.close();
  return opened;
}

function tables(database: Database.Database): readonly string[] {
  return database
    .prepare<[], string>(`SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name`)
    .pluck()
    .all();
}

test('a new version of a projection is built beside the old one, which goes once the new one is level', async () => {
  const database = openReadModelDatabase(':memory:');
  await applyAll(database, PROJECTIONS);
  const next = PROJECTIONS.map((projection) => (projection.name === 'policies' ? policiesV2 : projection));
  const opened = open(database, next);
  expect(opened.storage.live().isLevel()).toBe(false);
  expect(tables(database)).toEqual(expect.arrayContaining(['policies_v1_titles', 'policies_v2_titles']));
  const ticks = () =>
    database
      .prepare(`SELECT count(*) FROM ${tableName(clock, 'ticks')}`)
      .pluck()
      .get();
  expect([ticks(), database.prepare('SELECT count(*) FROM policies_v2_titles').pluck().get()]).toEqual([2, 0]);
  opened.runner.start();
  await phaseOf(opened, 'live');
  expect(database.prepare('SELECT title FROM policies_v2_titles').pluck().all()).toEqual(['Personvern (2)']);
  expect(ticks()).toBe(2);
  expect(opened.storage.live().isLevel()).toBe(true);
  expect(tables(database)).not.toContain('policies_v1_titles');
  await opened.runner.close();
  database.close();
});

test('reading other categories begins anew, since ordinals count what is read', async () => {
  const database = openReadModelDatabase(':memory:');
  await applyAll(database, PROJECTIONS);
  await applyAll(database, PROJECTIONS, ['policy-', 'organisation-']);
  const counted = () =>
    database
      .prepare(`SELECT max(n) FROM ${tableName(clock, 'ticks')}`)
      .pluck()
      .get();
  expect(counted()).toBe(2);
  await applyAll(database, [...PROJECTIONS.filter(({ name }) => name === 'clock')], ['organisation-']);
  expect(counted()).toBe(1);
  database.close();
});

test('every index is there once a node is live, also after a rebuild, and none is made twice', async () => {
  const database = openReadModelDatabase(':memory:');
  const opened = await applyAll(database, PROJECTIONS);
  const indexes = () =>
    database
      .prepare<[], string>(`SELECT tbl_name FROM sqlite_schema WHERE type = 'index' AND sql NOT NULL ORDER BY 1`)
      .pluck()
      .all();
  const wanted = PROJECTIONS.flatMap(({ tables }) =>
    Object.values(tables).flatMap(({ indexes = {} }) => Object.keys(indexes)),
  );
  expect(indexes()).toHaveLength(wanted.length);
  const before = indexes();
  await opened.runner.rebuild();
  expect(indexes()).toEqual(before);
  await applyAll(database, PROJECTIONS);
  expect(indexes()).toEqual(before);
  database.close();
});

test('a rebuild of one read model makes its tables anew and leaves those of the others', async () => {
  const database = openReadModelDatabase(':memory:');
  const opened = await applyAll(database, PROJECTIONS);
  const checkpoints = () => database.prepare('SELECT * FROM checkpoints ORDER BY projection').all();
  const rows = (projection: Projection, table: string) =>
    database.prepare(`SELECT * FROM ${tableName(projection, table)}`).all();
  const [before, titles] = [checkpoints(), rows(policies, 'titles')];
  database.exec(`DELETE FROM ${tableName(policies, 'titles')}; DELETE FROM ${tableName(facts, 'facts')}`);
  await opened.runner.rebuild(['policies']);
  expect(rows(policies, 'titles')).toEqual(titles);
  expect(titles).toHaveLength(1);
  expect(rows(facts, 'facts')).toEqual([]);
  expect(checkpoints()).toEqual(before);
  expect(tables(database).filter((table) => table.includes('next'))).toEqual([]);
  await opened.runner.rebuild();
  expect(rows(facts, 'facts')).not.toEqual([]);
  database.close();
});

test('a rebuild that fails leaves the tables as they were', async () => {
  const database = openReadModelDatabase(':memory:');
  let broken = false;
  const fragile: Projection = {
    ...facts,
    apply: (event, view) => {
      if (broken) throw new Error('The fold of this test fails on purpose.');
      return facts.apply(event, view);
    },
  };
  const projections = PROJECTIONS.map((projection) => (projection.name === 'facts' ? fragile : projection));
  const opened = await applyAll(database, projections);
  const before = tables(database);
  broken = true;
  await expect(opened.runner.rebuild()).rejects.toThrow(RebuildFailed);
  expect(tables(database)).toEqual(before);
  expect(
    database
      .prepare(`SELECT count(*) FROM ${tableName(facts, 'facts')}`)
      .pluck()
      .get(),
  ).toBe(2);
  database.close();
});

test('a file of something else is left alone', () => {
  const directory = mkdtempSync(join(tmpdir(), 'samtykke-'));
  const path = join(directory, 'theirs.db');
  const foreign = new Database(path);
  foreign.exec('CREATE TABLE theirs (a)');
  expect(() => openReadModelDatabase(path)).toThrow(ReadModelFileUnknown);
  expect(tables(foreign)).toEqual(['theirs']);
  foreign.close();
  rmSync(directory, { recursive: true, force: true });
});
