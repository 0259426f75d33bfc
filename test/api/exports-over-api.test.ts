import type { Caller } from '../../src/api/auth/caller';
import { MAX_FILES_OF_ORGANISATION } from '../../src/evidence/evidence-desk';
import { caller, openTestApi, type TestApi } from '../support/api-harness';
import { csvRecords } from '../support/csv-records';
import { type People, type Person, peopleOf } from '../support/people-over-api';
import { type Office, openOffice, refusals, send, write } from '../support/policy-over-api';
import { type ServerUnderTest, startTestServer } from './server/running-server';

const FIELDS = `id kind format status rowsDone rowsTotal url expiresAt sha256 bytes failure
  asOf { effectiveAt effectiveOn position }`;
const DAY_MS = 86_400_000;

describe('exports over GraphQL and HTTP', () => {
  let api: TestApi;
  let office: Office;
  let people: People;
  let policy: string;
  let kari: Person;
  let server: ServerUnderTest;

  beforeEach(async () => {
    api = await openTestApi('2024-01-10T09:00:00.000Z');
    office = await openOffice(api, 'fjordlys');
    people = peopleOf(api, office);
    policy = await office.createPolicy('privacy');
    const version = await people.publish(policy, { text: 'Versjon en.' });
    kari = await people.register('kari@example.org');
    await people.register('ola@example.org');
    await people.give(kari, version, ['newsletter']);
    const { evidence } = api.services;
    server = await startTestServer({ ...(evidence && { evidence }), nowMs: () => api.clock.nowMs });
  });
  afterEach(async () => {
    await server.close();
    await api.close();
  });

  const prepare = (as: Caller, input: Readonly<Record<string, unknown>> = {}) =>
    send(api, as, 'evidencePrepare', { kind: 'AUDIT', format: 'JSON', policy, ...input }, `evidence { ${FIELDS} }`);
  const ask = (as: Caller, id: unknown) =>
    api.ask(`query ($id: ID!) { evidence(id: $id) { ${FIELDS} } }`, { as, variables: { id } });
  const ready = async (input: Readonly<Record<string, unknown>> = {}) => {
    const prepared = await prepare(office.officer, input);
    expect(refusals(prepared)).toEqual([]);
    await api.services.evidence?.idle();
    return (await ask(office.officer, prepared.at('evidence.id'))).at('evidence') as Record<string, string>;
  };
  const fetched = (url: unknown) => fetch(`${server.address}${url}`);
  const ordersRecorded = () => {
    const { readModels } = api.services;
    const range = { organisation: office.id, types: ['EvidencePrepared'], limit: 100 };
    return readModels.factsPage(range, readModels.applied()).rows;
  };

  test('an officer has an audit made, follows it, and fetches it by a plain link', async () => {
    const evidence = await ready({ format: 'CSV' });
    expect(evidence).toMatchObject({ status: 'READY', rowsDone: 2, rowsTotal: 2, failure: null });
    const response = await fetched(evidence.url);
    expect(response.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(response.headers.get('content-disposition')).toBe(`attachment; filename="audit-${evidence.id}.csv"`);
    const body = Buffer.from(await response.arrayBuffer());
    expect(String(body.length)).toBe(evidence.bytes);
    const records = csvRecords(body);
    expect(records.find(([name]) => name === 'position')?.[1]).toBe(Reflect.get(Object(evidence.asOf), 'position'));
    expect(records.filter(([cell]) => cell === 'fjordlys/privacy')).toHaveLength(2);
    expect(String(body)).not.toContain('example.org');
  });

  test('what a file shows is what the API answers at its stamp, also later', async () => {
    const evidence = await ready();
    const file = JSON.parse(await (await fetched(evidence.url)).text()) as {
      readonly asOf: { readonly effectiveAt: string; readonly position: string };
      readonly policies: readonly { readonly subjects: number; readonly consents: readonly unknown[] }[];
    };
    api.clock.nowMs += DAY_MS;
    await people.withdraw(kari, policy, ['newsletter']);
    const { effectiveAt, position } = file.asOf;
    const answer = await api.get(
      `query ($policy: ID!, $asOf: AsOfInput) { audit(policy: $policy, asOf: $asOf) {
        subjects inBreach consents { purpose status subjects valid } } }`,
      { as: office.officer, variables: { policy, asOf: { effectiveAt, position } } },
    );
    const [counts] = file.policies;
    expect(answer.at('audit.subjects')).toBe(counts?.subjects);
    expect(answer.at('audit.consents')).toEqual(counts?.consents);
  });

  test('that one was made is a fact with who, what, and as of when, in both languages', async () => {
    await ready({ format: 'PDF', asOf: { effectiveOn: '2024-01-10' } });
    await ready({ personalValues: true });
    await ready({ kind: 'PROCESSING_RECORD', policy: undefined, organisation: office.id });
    const facts = await api.get(
      `query ($o: ID!) { facts(organisation: $o, types: ["EvidencePrepared"]) { nodes { actor policy data
        nb: sentence(locale: "nb") en: sentence(locale: "en") } } }`,
      { as: office.officer, variables: { o: office.id } },
    );
    expect(facts.at('facts.nodes')).toEqual([
      {
        actor: expect.any(String),
        policy,
        data: expect.stringContaining('"effectiveOn":"2024-01-10"'),
        nb: 'Fikk laget et revisjonsuttrekk (PDF) slik det var 2024-01-10 23:59 (Europe/Oslo).',
        en: 'Had an audit export prepared (PDF) as of 2024-01-10 23:59 (Europe/Oslo).',
      },
      {
        actor: expect.any(String),
        policy,
        data: expect.stringContaining('"personalValues":true'),
        nb: 'Fikk laget et revisjonsuttrekk (JSON) med personenes egne id-er, slik det var 2024-01-10 10:00 (Europe/Oslo).',
        en: "Had an audit export prepared (JSON) with the people's own ids, as of 2024-01-10 10:00 (Europe/Oslo).",
      },
      {
        actor: expect.any(String),
        policy: null,
        data: expect.stringContaining('"PROCESSING_RECORD"'),
        nb: 'Fikk laget behandlingsprotokollen (JSON) slik det var 2024-01-10 10:00 (Europe/Oslo).',
        en: 'Had the record of processing activities prepared (JSON) as of 2024-01-10 10:00 (Europe/Oslo).',
      },
    ]);
  });

  test('nobody else orders, follows or fetches it, and nothing is recorded of the attempt', async () => {
    const evidence = await ready();
    const elsewhere = await openOffice(api, 'havbris');
    const others: readonly Caller[] = [
      kari.token,
      office.service,
      office.editor,
      office.approver,
      office.publisher,
      elsewhere.officer,
      caller('Odd', 'operator'),
    ];
    for (const as of others) {
      expect((await ask(as, evidence.id)).at('evidence')).toBeNull();
      for (const input of [{}, { policy: undefined, organisation: office.id }]) {
        const { codes, data } = await prepare(as, input);
        expect([codes[0] === 'FORBIDDEN' || codes[0] === 'NOT_FOUND', data]).toEqual([true, undefined]);
      }
    }
    expect(ordersRecorded()).toHaveLength(1);
    const mixed = await prepare(office.officer, { organisation: elsewhere.id });
    expect(refusals(mixed)).toEqual(['EVIDENCE_TARGET_CONTRADICTORY']);
    expect(ordersRecorded()).toHaveLength(1);
  });

  test.each([
    ['of an unknown policy', { policy: '00000000-0000-0000-0000-000000000000' }, 'NOT_FOUND', undefined],
    ['of nothing', { policy: undefined }, 'NOT_FOUND', undefined],
    ['of an unknown organisation', { policy: undefined, organisation: 'x' }, 'NOT_FOUND', undefined],
    ['of a position of another log', { asOf: { position: 'W10' } }, 'BAD_POSITION', undefined],
    ['known only later', { asOf: { recordedAt: '2030-01-01T00:00:00Z' } }, 'AS_OF_IN_FUTURE', undefined],
    ['of a day to come', { asOf: { effectiveOn: '2024-01-11' } }, undefined, 'EVIDENCE_OF_FUTURE'],
    ['of an instant to come', { asOf: { effectiveAt: '2024-01-10T10:00:00Z' } }, undefined, 'EVIDENCE_OF_FUTURE'],
    ['before its first version', { asOf: { effectiveOn: '2024-01-08' } }, undefined, 'EVIDENCE_BEFORE_START'],
    [
      'by what was known before it',
      { asOf: { recordedAt: '2020-01-01T00:00:00Z' } },
      undefined,
      'EVIDENCE_BEFORE_START',
    ],
    ['of a person', { subject: '6f708192-a3b4-55c6-97d8-e9f0a1b2c310' }, undefined, 'EVIDENCE_TARGET_CONTRADICTORY'],
    ['as a zip', { format: 'ZIP' }, undefined, 'EVIDENCE_FORMAT_NOT_AVAILABLE'],
  ])('an audit %s is answered by a code, and nothing is recorded', async (_, input, code, refusal) => {
    const answer = await prepare(office.officer, input);
    expect([answer.codes[0], refusals(answer)[0]]).toEqual([code, refusal]);
    expect(ordersRecorded()).toEqual([]);
    expect(api.faults).toEqual([]);
  });

  test('the day that is under way may be had: the file says that it is a forecast', async () => {
    const { url } = await ready({ asOf: { effectiveOn: '2024-01-10' } });
    const file = JSON.parse(await (await fetched(url)).text()) as { readonly asOf: unknown };
    expect(file.asOf).toMatchObject({ effectiveOn: '2024-01-10', forecast: true });
    const now = JSON.parse(await (await fetched((await ready()).url)).text()) as { readonly asOf: unknown };
    expect(now.asOf).toMatchObject({ forecast: false });
  });

  test('a link runs out in minutes, the file in seven days', async () => {
    const evidence = await ready();
    api.clock.nowMs += 11 * 60_000;
    const late = await fetched(evidence.url);
    expect([late.status, await late.text()]).toEqual([403, expect.stringContaining('LINK_EXPIRED')]);
    const { url } = (await ask(office.officer, evidence.id)).at('evidence') as Record<string, string>;
    expect((await fetched(url)).status).toBe(200);
    api.clock.nowMs += 7 * DAY_MS;
    expect((await ask(office.officer, evidence.id)).at('evidence')).toMatchObject({ status: 'EXPIRED', url: null });
  });

  test('a link to one file opens no other', async () => {
    const [first, second] = [await ready(), await ready({ personalValues: true })];
    const swapped = String(first.url).replace(String(first.id), String(second.id));
    expect((await fetched(swapped)).status).toBe(403);
  });

  test("with the people's own ids it goes when one of them is erased, its link too", async () => {
    const evidence = await ready({ personalValues: true });
    expect(await (await fetched(evidence.url)).text()).toContain('kari@example.org');
    await write(api, office.officer, 'subjectErase', { subject: kari.id, reason: 'Art. 17' }, 'subject { erased }');
    expect((await fetched(evidence.url)).status).toBe(410);
    expect((await ask(office.officer, evidence.id)).at('evidence')).toMatchObject({ status: 'EXPIRED', sha256: null });
    const again = await ready({ personalValues: true, asOf: { effectiveOn: '2024-01-10' } });
    expect(await (await fetched(again.url)).text()).not.toContain('kari@example.org');
  });

  test('an organisation keeps so many files at most, the latest; the same command again is the same one, of another day none', async () => {
    const first = await prepare(office.officer, { idempotencyKey: 'a' });
    expect((await prepare(office.officer, { idempotencyKey: 'a' })).at('evidence.id')).toBe(first.at('evidence.id'));
    const other = await prepare(office.officer, { idempotencyKey: 'a', asOf: { effectiveOn: '2024-01-10' } });
    expect(refusals(other)).toEqual(['IDEMPOTENCY_CONFLICT']);
    for (let made = 1; made < MAX_FILES_OF_ORGANISATION; made += 1) {
      expect(refusals(await prepare(office.officer))).toEqual([]);
    }
    expect(ordersRecorded()).toHaveLength(MAX_FILES_OF_ORGANISATION);
    await api.services.evidence?.idle();
    const kept = await ready();
    expect(kept).toMatchObject({ status: 'READY' });
    expect((await ask(office.officer, first.at('evidence.id'))).at('evidence')).toMatchObject({
      status: 'EXPIRED',
      url: null,
    });
    const copy = { kind: 'SUBJECT_COPY', policy: undefined, subject: kari.id };
    expect(refusals(await prepare(office.officer, copy))).toEqual([]);
  });
});
