import { createHash } from 'node:crypto';
import { encodePosition } from '../../src/application/position-text';
import { archiveText } from '../../src/application/texts';
import { fillDemo } from '../../src/cli/demo/fill-demo';
import { addDays, type Instant, instantAt, type LocalDate, localDateOf } from '../../src/domain/time';
import type { Position } from '../../src/event-store/event-store';
import { seededRandom } from '../read-models/support/random-history';
import { appendFacts } from '../read-models/support/read-model-node';
import { openTestApi, type TestApi } from '../support/api-harness';
import { type PeopleHistory, peopleHistory } from '../support/person-stories';
import type { ToldEvent } from '../support/told-log';
import { type AsOf, countsOverApi, officerOf, personOverApi, policiesOverApi, type Rows } from './support/api-answers';
import { type Replayer, replayer, unordered } from './support/replay-file';

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

/** Compares every view of the file made last with the API; `asOf` says the same as the file's stamp. */
async function expectEqual(api: TestApi, replay: Replayer, slugs: readonly string[], asOf: AsOf): Promise<void> {
  const as = officerOf(...slugs);
  const personal = replay.rows('stamp')[0]?.personal_values === 1;
  const leftOut = (row: Rows[number]) => {
    const names = ['published_by', 'external_id'].filter((name) => name in row && !personal);
    return { ...row, ...Object.fromEntries(names.map((name) => [name, null])) };
  };
  const like = (view: string, answered: Rows, where?: string) => {
    const [example] = answered;
    // What the API leaves unnamed is left out of the comparison; an empty answer is an empty view.
    expect([view, unordered(replay.rows(view, example, where))]).toEqual([view, unordered(answered.map(leftOut))]);
  };
  const policies = await policiesOverApi(api, as, asOf);
  const known = new Set(replay.rows('policies').map(({ policy_id }) => policy_id));
  const listed = 'version_id IN (SELECT version_id FROM versions WHERE listed = 1)';
  for (const [view, answered] of Object.entries(policies)) {
    const ofKnown = answered.filter(({ policy_id }) => known.has(policy_id));
    like(view, ofKnown, view === 'policies' ? undefined : listed);
  }
  const counts: Rows[] = [];
  for (const id of known) counts.push(await countsOverApi(api, as, String(id), asOf));
  like('counts', counts.flat());
  for (const { subject_id } of replay.rows('people')) {
    const answers = await personOverApi(api, as, String(subject_id), asOf);
    for (const [view, answered] of Object.entries(answers)) like(view, answered, `subject_id = '${subject_id}'`);
  }
}

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
    expect(made).toMatchObject({ ...asOf, recorded: true, settled: true });
    await expectEqual(api, replay, ['fjordlys', 'havbris'], asOf);
  }
  replay.remove();
  await api.close();
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
