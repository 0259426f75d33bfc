import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { EventStore } from '../src/event-store/event-store';
import { openLogDatabase } from '../src/event-store/sqlite/log-database';
import { eventStoreOver } from '../src/event-store/sqlite/sqlite-event-store';
import { hasRoomIn, TRIAL_EVERY_MS } from '../src/event-store/sqlite/write-watch';
import { healthOf } from '../src/node-health';
import { openReadModels } from '../src/read-models/sqlite/open-read-models';
import { freshStream, sampleEvent } from './support/event-store-samples';
import { emptyDirectories } from './support/sqlite-log-files';

const LAG_LIMIT_MS = 10_000;
const emptyDirectory = emptyDirectories();
const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

/** A node over a log whose file may only hold so much, as on a disk that is full. */
function nodeOf(hasRoom?: () => boolean) {
  const clock = { nowMs: Date.parse('2026-01-01T00:00:00Z') };
  const database = openLogDatabase(join(emptyDirectory(), 'events.db'));
  const store = eventStoreOver(database, { clock: () => clock.nowMs, ...(hasRoom && { hasRoom }) });
  const models = openReadModels({ file: ':memory:', store, nowMs: () => clock.nowMs });
  models.runner.start();
  open.push(async () => {
    await models.close();
    await store.close();
  });
  const held = Number(database.pragma('page_count', { simple: true }));
  return {
    clock,
    store,
    limit: (pages: number) => void database.pragma(`max_page_count = ${held + pages}`),
    append: () => appendLarge(store),
    writes: async () => {
      const checks = await healthOf({ store, runner: models.runner, readModels: models.readModels }, LAG_LIMIT_MS);
      return checks.find(({ name }) => name === 'STORE_WRITES');
    },
  };
}

function appendLarge(store: EventStore) {
  return store.append(freshStream(), [sampleEvent({ text: 'x'.repeat(100_000) })], 0);
}

const FULL = { name: 'STORE_WRITES', ok: false, detail: 'the last append could not be written: SQLITE_FULL' };
const WELL = { name: 'STORE_WRITES', ok: true };

test('a node whose last append found the disk full is not ready until one is written', async () => {
  const node = nodeOf();
  expect(await node.writes()).toEqual(WELL);
  node.limit(5);
  await expect(node.append()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  expect(await node.writes()).toEqual(FULL);
  node.clock.nowMs += 10 * TRIAL_EVERY_MS;
  expect(await node.writes()).toEqual(FULL);
  node.limit(1_000);
  await node.append();
  expect(await node.writes()).toEqual(WELL);
});

test('a node that nobody writes to any more is ready again once a trial finds room, tried now and then', async () => {
  let trials = 0;
  let room = false;
  const node = nodeOf(() => {
    trials += 1;
    return room;
  });
  node.limit(5);
  await expect(node.append()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  for (let asked = 0; asked < 10; asked += 1) expect(await node.writes()).toEqual(FULL);
  expect(trials).toBe(0);
  node.clock.nowMs += TRIAL_EVERY_MS;
  for (let asked = 0; asked < 10; asked += 1) expect(await node.writes()).toEqual(FULL);
  expect(trials).toBe(1);
  room = true;
  node.clock.nowMs += TRIAL_EVERY_MS;
  expect(await node.writes()).toEqual(WELL);
});

test('an append that another writer was before says nothing of the disk', async () => {
  const node = nodeOf();
  await expect(node.store.append(freshStream(), [sampleEvent({})], 3)).rejects.toMatchObject({
    code: 'WRONG_EXPECTED_VERSION',
  });
  expect(await node.writes()).toEqual(WELL);
});

test('a trial leaves nothing behind, and finds no room where nothing can be written', () => {
  const directory = emptyDirectory();
  expect(hasRoomIn(directory)).toBe(true);
  expect(readdirSync(directory)).toEqual([]);
  expect(hasRoomIn(join(directory, 'absent'))).toBe(false);
});
