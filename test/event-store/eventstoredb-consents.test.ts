import { randomUUID } from 'node:crypto';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { EventStoreDBClient } from '@eventstore/db-client';
import { deployProjections } from '../../src/event-store/eventstoredb/deploy-projections';
import { openEventStoreDb } from '../../src/event-store/eventstoredb/open-event-store-db';
import { consentsOf, type ServerConsents, tidied } from '../projections/support/consents-by-subject';
import { tablesOfHistory } from '../projections/support/tables-of-history';
import { seededRandom } from '../read-models/support/random-history';
import { appendFacts } from '../read-models/support/read-model-node';
import { type PeopleHistory, peopleHistory } from '../support/person-stories';

const url = process.env.EVENTSTORE_URL;

if (url === undefined) {
  process.stderr.write(
    'SKIPPED: consents by subject on a real EventStoreDB. To run it: docker compose up -d eventstoredb && ' +
      'EVENTSTORE_URL=esdb://127.0.0.1:2113?tls=false npx jest eventstoredb-consents\n',
  );
  test.skip('consents by subject on the server (EVENTSTORE_URL is not set)', () => undefined);
} else {
  onServer(url);
}

/** Longest the server may take to come to the end of the log. */
const CATCH_UP_MS = 30_000;

function onServer(server: string): void {
  const seed = Number(process.env.TEST_SEED ?? Math.floor(Math.random() * 2 ** 31));
  const directory = mkdtempSync(join(tmpdir(), 'projections-'));
  const name = `consents${randomUUID().slice(0, 8)}`;
  const client = EventStoreDBClient.connectionString(server);

  afterAll(async () => {
    rmSync(directory, { recursive: true });
    await client.disableProjection(`samtykke-${name}`);
    await sleep(500);
    await client.deleteProjection(`samtykke-${name}`, { deleteCheckpointStream: true, deleteStateStream: true });
    await client.dispose();
  });

  test('the server keeps what our tables say of every person of a random history', async () => {
    console.info(`Random history on the server: TEST_SEED=${seed}`);
    const history = withOwnIds(peopleHistory(seededRandom(seed), 150));
    const store = await openEventStoreDb({ url: server });
    for (const { stream, event } of history.events) await appendFacts(store, stream, [event]);
    await store.close();
    copyFileSync(join('projections', 'eventstore', 'consent-state-by-subject.js'), join(directory, `${name}.js`));
    expect(await deployProjections(server, directory)).toMatchObject([{ ok: true }]);
    const { readModels, database } = tablesOfHistory(history.events);
    for (const subject of history.subjects) {
      const person = readModels.personFacts(subject, readModels.applied());
      const ours = person && consentsOf(person);
      const theirs = await settled(subject, ours);
      expect({ seed, subject, theirs }).toEqual({ seed, subject, theirs: ours });
    }
    database.close();
  }, 120_000);

  /** The state once it is the one expected, else as it is when the time has run out. */
  async function settled(subject: string, expected: unknown): Promise<ServerConsents> {
    const started = performance.now();
    for (;;) {
      const state = await stateOf(subject);
      if (isDeepStrictEqual(state, expected) || performance.now() - started > CATCH_UP_MS) return state;
      await sleep(200);
    }
  }

  async function stateOf(subject: string): Promise<ServerConsents> {
    const nothing = { subjectId: null, organisationId: null, linkedTo: null, erasedAt: null, consents: [] };
    const partition = `subject-${subject}`;
    const state = await client.getProjectionState<ServerConsents>(`samtykke-${name}`, { partition });
    // Of a partition that it has not come to yet the server answers an empty object.
    return tidied({ ...nothing, ...state });
  }
}

/** The same history under ids that no other run has written on the server. */
function withOwnIds(history: PeopleHistory): PeopleHistory {
  const own = randomUUID().slice(0, 8);
  return JSON.parse(JSON.stringify(history).replaceAll('00000000-0000-4000', `${own}-0000-4000`)) as PeopleHistory;
}
