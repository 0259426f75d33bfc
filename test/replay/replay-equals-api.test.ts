import { createHash } from 'node:crypto';
import { encodePosition } from '../../src/application/position-text';
import { archiveText } from '../../src/application/texts';
import { fillDemo } from '../../src/cli/demo/fill-demo';
import { addDays, type Instant, instantAt, type LocalDate, localDateOf } from '../../src/domain/time';
import type { Position } from '../../src/event-store/event-store';
import { openEventStoreDb } from '../../src/event-store/eventstoredb/open-event-store-db';
import { seededRandom } from '../read-models/support/random-history';
import { appendFacts } from '../read-models/support/read-model-node';
import { openTestApi, type TestApi } from '../support/api-harness';
import { openEventStoreDbDouble } from '../support/eventstoredb-double';
import { type PeopleHistory, peopleHistory } from '../support/person-stories';
import type { ToldEvent } from '../support/told-log';
import { officerOf } from './support/api-answers';
import { expectEqual } from './support/expect-equal';
import { replayer } from './support/replay-file';

/** Every view of a replay says what the API answers at its stamp. Set TEST_SEED to replay a history that failed. */
const seed = Number(process.env.TEST_SEED ?? Math.floor(Math.random() * 2 ** 31));
const HISTORIES = process.env.SOAK ? 200 : 4;
const STEPS = 60;
const PLACES = 3;

jest.setTimeout(process.env.SOAK ? 3_600_000 : 120_000);

beforeAll(() => {
  console.info(`Random histories replayed into files: TEST_SEED=${seed}, ${HISTORIES} of them`);
});

const nodeOf = ({ services: { app, readModels }, clock }: TestApi) => ({ app, readModels, nowMs: () => clock.nowMs });

test('of the demo data, at each of its events, with what people are called', async () => {
  const api = await openTestApi('2024-06-15T10:00:00.000Z');
  const replay = replayer(nodeOf(api));
  const { app, readModels } = api.services;
  const position = await fillDemo(app, (name) => app.vault.actorOf({ issuer: 'test', claim: name, name }));
  await applied(api, position);
  const head = readModels.applied();
  for (let n = head.n; n > 0; n -= 6) {
    const prefix = readModels.prefixAtOrdinal(n);
    if (!prefix) throw new Error('The log is shorter than it was.');
    const asOf = { position: encodePosition(app.logId, prefix.position) };
    const made = await replay.make({ until: asOf, personal: true });
    expect(made).toMatchObject({ ...asOf, unrecorded: undefined, settled: true });
    await expectEqual(api, replay, ['fjordlys', 'havbris'], asOf);
  }
  replay.remove();
  await api.close();
});

test('of the demo data in EventStoreDB', async () => {
  const double = await openEventStoreDbDouble();
  const api = await openTestApi('2024-06-15T10:00:00.000Z', { store: await openEventStoreDb({ url: double.url }) });
  const { app, readModels } = api.services;
  await applied(api, await fillDemo(app, (name) => app.vault.actorOf({ issuer: 'test', claim: name, name })));
  const replay = replayer(nodeOf(api));
  const asOf = { position: encodePosition(app.logId, readModels.applied().position) };
  expect(await replay.make({ until: asOf })).toMatchObject({ ...asOf, people: 2, policies: 3 });
  await expectEqual(api, replay, ['fjordlys', 'havbris'], asOf);
  replay.remove();
  await api.close();
  await double.close();
});

test('of random histories of people, at random positions and days', async () => {
  for (let index = 0; index < HISTORIES; index += 1) {
    const random = seededRandom(seed + index);
    const history = peopleHistory(random, STEPS);
    const { api, days } = await recorded(withTexts(history));
    const replay = replayer(nodeOf(api));
    const { app, readModels } = api.services;
    const slugs = ['processor', 'customer'];
    for (let place = 0; place < PLACES; place += 1) {
      const n = place === 0 ? readModels.applied().n : 1 + Math.floor(random() * readModels.applied().n);
      const prefix = readModels.prefixAtOrdinal(n);
      if (!prefix) throw new Error('The log is shorter than it was.');
      const asOf = { position: encodePosition(app.logId, prefix.position) };
      await replay.make({ until: asOf, personal: place === 0 });
      const there = (id: string) => readModels.subjectById(id, prefix) ?? readModels.policyById(id, prefix);
      const ids = [...replay.rows('people'), ...replay.rows('policies')].map((row) => row.subject_id ?? row.policy_id);
      expect(ids.sort()).toEqual([...history.subjects, ...history.policies].filter(there).sort());
      await expectEqual(api, replay, slugs, asOf);

      const day = addDays(days.first, Math.floor(random() * days.count));
      const { recordedAt, position } = await replay.make({ until: { day } });
      expect(position).toBe(await positionAt(api, recordedAt));
      await expectEqual(api, replay, slugs, { effectiveOn: day, recordedAt });
    }
    replay.remove();
    await api.close();
  }
});

interface WithTexts {
  readonly history: PeopleHistory;
  readonly texts: readonly string[];
}

/** A history whose versions have texts, with the hashes of those. */
function withTexts(history: PeopleHistory): WithTexts {
  const texts = new Map<string, string>();
  const hashOf = (sha: string) => {
    const text = `Teksten til ${sha.slice(0, 12)}: æøå`;
    texts.set(sha, text);
    return createHash('sha256').update(text, 'utf8').digest('hex');
  };
  const told = JSON.stringify(history.events).replaceAll(/"([0-9a-f]{64})"/g, (_, sha: string) => `"${hashOf(sha)}"`);
  return { history: { ...history, events: JSON.parse(told) as ToldEvent[] }, texts: [...texts.values()] };
}

/** A node over a log that holds a history, each event recorded when it was. */
async function recorded({ history, texts }: WithTexts) {
  const api = await openTestApi(instantAt(history.events[0]?.recordedAtMs ?? 0));
  const { app } = api.services;
  for (const organisation of history.organisations) {
    for (const text of texts) {
      const bytes = Buffer.from(text, 'utf8');
      await archiveText(app, organisation, { locale: 'nb', format: 'MARKDOWN', bytes });
    }
  }
  let last: Instant = instantAt(api.clock.nowMs);
  for (const { stream, event, recordedAtMs } of history.events) {
    api.clock.nowMs = recordedAtMs;
    last = instantAt(recordedAtMs);
    const position = await appendFacts(app.store, stream, [event]);
    await applied(api, position);
  }
  const first = addDays(localDateOf(instantAt(history.events[0]?.recordedAtMs ?? 0), 'UTC'), -2);
  const count = (Date.parse(last) - Date.parse(`${first}T00:00:00Z`)) / 86_400_000 + 2;
  api.clock.nowMs = Date.parse(last) + 4 * 86_400_000;
  return { api, days: { first: first as LocalDate, count } };
}

async function positionAt(api: TestApi, recordedAt: Instant): Promise<string> {
  const document =
    'query ($asOf: AsOfInput) { policies(first: 1) { nodes { inForce(asOf: $asOf) { asOf { position } } } } }';
  const answer = await api.get(document, { as: officerOf('processor'), variables: { asOf: { recordedAt } } });
  return String(answer.at('policies.nodes.0.inForce.asOf.position'));
}

async function applied({ services: { progress } }: TestApi, position: Position): Promise<void> {
  if (!(await progress.waitFor(position, 10_000))) throw new Error('The read models do not follow.');
}
