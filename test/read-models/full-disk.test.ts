import { setImmediate as nextTurn } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { openSqliteEventStore } from '../../src/event-store/sqlite/sqlite-event-store';
import { listedCategories, READ_PREFIXES } from '../../src/read-models/incoming-event';
import { projectionRunner } from '../../src/read-models/projection-runner';
import { appendFacts, phaseOf } from './support/read-model-node';
import { organisationRegistered, sampleId } from './support/sample-facts';

type Opening = typeof import('../../src/read-models/sqlite/open-read-models') &
  typeof import('../../src/read-models/sqlite/read-model-database') &
  typeof import('../../src/read-models/sqlite/read-model-storage');

/** The driver throws errors of the class that the first registry of modules gave it, whichever asks. */
function ofAnotherRegistry(): Opening {
  new Database(':memory:').close();
  let opening: Opening | undefined;
  jest.isolateModules(() => {
    opening = {
      ...require('../../src/read-models/sqlite/open-read-models'),
      ...require('../../src/read-models/sqlite/read-model-database'),
      ...require('../../src/read-models/sqlite/read-model-storage'),
    };
  });
  if (!opening) throw new Error('The modules were not loaded.');
  return opening;
}

test('read models on a full disk wait for room and blame no event for it', async () => {
  const { openReadModelDatabase, readModelStorage, PROJECTIONS } = ofAnotherRegistry();
  const store = openSqliteEventStore({ clock: () => 0 });
  const database = openReadModelDatabase(':memory:');
  const storage = readModelStorage(database, PROJECTIONS, READ_PREFIXES);
  const listed = listedCategories(PROJECTIONS);
  const log = () => undefined;
  const runner = projectionRunner({ store, storage, prefixes: READ_PREFIXES, listed, nowMs: () => 0, log });
  runner.start();
  await phaseOf({ runner }, 'live');
  const held = Number(database.pragma('page_count', { simple: true }));
  database.pragma(`max_page_count = ${held}`);
  const name = 'x'.repeat(20_000);
  const fact = organisationRegistered(sampleId(1), { name });
  const position = await appendFacts(store, `organisation-${sampleId(1)}`, [fact]);
  while (runner.state().phase === 'live') await nextTurn();
  const { phase } = runner.state();
  database.pragma(`max_page_count = ${held + 1_000}`);
  const applied = await runner.waitFor(position, 10_000);
  await runner.close();
  expect([phase, applied, storage.live().checkpoint().n]).toEqual(['waiting', true, 1]);
  await store.close();
  database.close();
});
