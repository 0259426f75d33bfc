import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Caller } from '../../src/api/auth/caller';
import { MAX_FILES_OF_PERSON } from '../../src/evidence/evidence-desk';
import { caller, openTestApi, type TestApi } from '../support/api-harness';
import { type People, type Person, peopleOf } from '../support/people-over-api';
import { type Office, openOffice, refusals, send, write } from '../support/policy-over-api';
import { type ServerUnderTest, startTestServer } from './server/running-server';

const FIELDS = `id kind format status rowsDone rowsTotal url expiresAt sha256 bytes failure
  asOf { effectiveAt effectiveOn position forecast }`;

describe('copies of what is held about a person, over GraphQL and HTTP', () => {
  let api: TestApi;
  let office: Office;
  let people: People;
  let kari: Person;
  let server: ServerUnderTest;

  beforeEach(async () => {
    api = await openTestApi('2024-01-10T09:00:00.000Z');
    office = await openOffice(api, 'fjordlys');
    people = peopleOf(api, office);
    kari = await people.register('kari@example.org');
    const policy = await office.createPolicy('privacy');
    const version = await people.publish(policy, { text: 'Versjon en.' });
    await people.give(kari, version, ['newsletter']);
    const { evidence } = api.services;
    server = await startTestServer({ ...(evidence && { evidence }), nowMs: () => api.clock.nowMs });
  });
  afterEach(async () => {
    await server.close();
    await api.close();
  });

  const prepare = (as: Caller, input: Readonly<Record<string, unknown>> = {}) =>
    send(api, as, 'evidencePrepare', { kind: 'SUBJECT_COPY', format: 'JSON', ...input }, `evidence { ${FIELDS} }`);
  const ask = (as: Caller, id: unknown) =>
    api.ask(`query ($id: ID!) { evidence(id: $id) { ${FIELDS} } }`, { as, variables: { id } });
  const ready = async (as: Caller, input: Readonly<Record<string, unknown>> = {}) => {
    const prepared = await prepare(as, input);
    await api.services.evidence?.idle();
    return (await ask(as, prepared.at('evidence.id'))).at('evidence') as Record<string, string>;
  };
  const fetched = (url: unknown, init: RequestInit = {}) => fetch(`${server.address}${url}`, init);

  test('a person has a copy prepared, follows it, and fetches it by a plain link', async () => {
    const prepared = await prepare(kari.token, { idempotencyKey: 'k' });
    expect(refusals(prepared)).toEqual([]);
    expect(prepared.at('position')).toEqual(expect.any(String));
    expect(prepared.at('evidence')).toMatchObject({ kind: 'SUBJECT_COPY', format: 'JSON', url: null, failure: null });
    expect(prepared.at('evidence.asOf')).toMatchObject({ effectiveAt: '2024-01-10T09:00:00.000Z', forecast: false });
    await api.services.evidence?.idle();
    const evidence = (await ask(kari.token, prepared.at('evidence.id'))).at('evidence') as Record<string, string>;
    expect(evidence).toMatchObject({ status: 'READY', expiresAt: '2024-01-17T09:00:00.000Z' });

    const response = await fetched(evidence.url);
    const body = Buffer.from(await response.arrayBuffer());
    expect(response.status).toBe(200);
    expect(String(body.length)).toBe(evidence.bytes);
    expect(createHash('sha256').update(body).digest('hex')).toBe(evidence.sha256);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      etag: `"${evidence.sha256}"`,
      'cache-control': 'no-store',
      'content-type': 'application/json; charset=utf-8',
      'content-length': evidence.bytes,
      'content-disposition': `attachment; filename="subject-copy-${evidence.id}.json"`,
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    });
    expect(JSON.parse(String(body)).person.externalId).toBe('kari@example.org');

    const again = await prepare(kari.token, { idempotencyKey: 'k' });
    expect(again.at('evidence.id')).toBe(evidence.id);
    const unchanged = await fetched(evidence.url, { headers: { 'if-none-match': `"${evidence.sha256}"` } });
    expect([unchanged.status, (await unchanged.arrayBuffer()).byteLength]).toEqual([304, 0]);
    expect((await fetched(evidence.url, { method: 'HEAD' })).headers.get('content-length')).toBe(evidence.bytes);
    const { node } = (
      await api.get(`{ node(id: "${evidence.id}") { id ... on Evidence { status } } }`, { as: kari.token })
    ).data as { node: unknown };
    expect(node).toEqual({ id: evidence.id, status: 'READY' });
  });

  test('a file that was altered where it lies is not handed out, and the answer tells nothing of it', async () => {
    const { id, url } = await ready(kari.token);
    const path = join(api.directory, id ?? '');
    writeFileSync(path, readFileSync(path, 'utf8').replace('GIVEN', 'GIVE_'));
    const response = await fetched(url);
    expect([response.status, await response.text()]).toEqual([500, 'The file cannot be fetched just now.\n']);
    for (const name of ['etag', 'content-disposition']) expect(response.headers.get(name)).toBeNull();
  });

  test('a PDF is fetched as one', async () => {
    const { url, id } = await ready(kari.token, { format: 'PDF' });
    const response = await fetched(url);
    expect(response.headers.get('content-type')).toBe('application/pdf');
    expect(response.headers.get('content-disposition')).toBe(`attachment; filename="subject-copy-${id}.pdf"`);
    expect(
      Buffer.from(await response.arrayBuffer())
        .subarray(0, 5)
        .toString(),
    ).toBe('%PDF-');
  });

  test('an officer has one prepared of anybody of the organisation, also as of a day of before', async () => {
    const { id } = kari;
    const evidence = await ready(office.officer, { subject: id, asOf: { effectiveOn: '2024-01-10' } });
    expect(evidence.asOf).toMatchObject({ effectiveOn: '2024-01-10', effectiveAt: '2024-01-10T22:59:59.999Z' });
    expect((await ask(office.officer, evidence.id)).at('evidence.status')).toBe('READY');
    expect((await ask(kari.token, evidence.id)).at('evidence.status')).toBe('READY');
    const facts = await api.get(
      `query ($o: ID!, $s: ID!) { facts(organisation: $o, subject: $s, last: 1) { nodes { type subject
        nb: sentence(locale: "nb") en: sentence(locale: "en") actor } } }`,
      { as: office.officer, variables: { o: office.id, s: id } },
    );
    expect(facts.at('facts.nodes.0')).toMatchObject({
      type: 'EvidencePrepared',
      subject: id,
      nb: expect.stringContaining('kopi av alt'),
      en: expect.stringContaining('a copy of all'),
    });
  });

  test('nobody else prepares, follows or fetches it', async () => {
    const evidence = await ready(kari.token);
    const { token: ola } = await people.register('ola');
    const elsewhere = await openOffice(api, 'havbris');
    const others: readonly Caller[] = [
      ola,
      office.service,
      office.editor,
      office.publisher,
      elsewhere.officer,
      elsewhere.service,
      caller('Odd', 'operator'),
    ];
    for (const as of others) {
      expect((await ask(as, evidence.id)).at('evidence')).toBeNull();
      expect((await api.get(`{ node(id: "${evidence.id}") { id } }`, { as })).at('node')).toBeNull();
      const { codes, data } = await prepare(as, { subject: kari.id });
      expect([codes[0] === 'FORBIDDEN' || codes[0] === 'NOT_FOUND', data]).toEqual([true, undefined]);
    }
    expect((await api.ask(`{ evidence(id: "${evidence.id}") { id } }`)).codes).toEqual(['UNAUTHENTICATED']);
    for (const id of ['', 'x', String(evidence.id).toUpperCase(), '00000000-0000-0000-0000-000000000000']) {
      expect((await ask(kari.token, id)).at('evidence')).toBeNull();
    }
  });

  test.each([
    ['an audit as a zip', { kind: 'AUDIT', format: 'ZIP' }, ['EVIDENCE_FORMAT_NOT_AVAILABLE']],
    ['a bundle of an organisation', { kind: 'BUNDLE', format: 'ZIP' }, ['EVIDENCE_TARGET_CONTRADICTORY']],
    ['a bundle that is no zip', { kind: 'BUNDLE', format: 'JSON' }, ['EVIDENCE_FORMAT_NOT_AVAILABLE']],
    ['a format that a copy has not', { format: 'CSV', byPerson: true }, ['EVIDENCE_FORMAT_NOT_AVAILABLE']],
    ['a copy of an organisation', { ofOrganisation: true, byPerson: true }, ['EVIDENCE_TARGET_CONTRADICTORY']],
    ['a blank key', { idempotencyKey: ' ', byPerson: true }, ['REQUIRED']],
  ])(
    '%s is refused by a code, and nothing is recorded',
    async (_, { byPerson, ofOrganisation, ...asked }: Asked, codes) => {
      const organisation = !byPerson || ofOrganisation ? { organisation: office.id } : {};
      const answer = await prepare(byPerson ? kari.token : office.officer, { ...asked, ...organisation });
      expect(refusals(answer)).toEqual(codes);
      const range = { organisation: office.id, types: ['EvidencePrepared'], limit: 10 };
      const { readModels } = api.services;
      expect(readModels.factsPage(range, readModels.applied()).rows).toEqual([]);
    },
  );

  test('of many orders at once so many are taken as a person may have, and the others are not recorded', async () => {
    const answers = await Promise.all(Array.from({ length: 30 }, () => prepare(kari.token)));
    const refused = answers.flatMap(refusals);
    expect(refused).toEqual(Array.from({ length: 30 - MAX_FILES_OF_PERSON }, () => 'EVIDENCE_TOO_MANY'));
    const range = { organisation: office.id, types: ['EvidencePrepared'], limit: 100 };
    const { readModels } = api.services;
    expect(readModels.factsPage(range, readModels.applied()).rows).toHaveLength(MAX_FILES_OF_PERSON);
  });

  test('a copy of nobody, of somebody elsewhere, or of before there was anybody is not found', async () => {
    const missing = '00000000-0000-0000-0000-000000000000';
    expect((await prepare(office.officer, { subject: missing })).codes).toEqual(['NOT_FOUND']);
    expect((await prepare(office.officer)).codes).toEqual(['NOT_FOUND']);
    const early = { recordedAt: '2020-01-01T00:00:00.000Z' };
    expect((await prepare(kari.token, { asOf: early })).codes).toEqual(['NOT_FOUND']);
  });

  test('after the erasure the file is expired for the officer, its link is gone, and no other can be had', async () => {
    const evidence = await ready(kari.token);
    await write(api, office.officer, 'subjectErase', { subject: kari.id, reason: 'Art. 17' }, 'subject { erased }');
    expect((await fetched(evidence.url)).status).toBe(410);
    const after = await ask(office.officer, evidence.id);
    expect(after.at('evidence')).toMatchObject({ status: 'EXPIRED', url: null, sha256: null });
    expect(refusals(await prepare(office.officer, { subject: kari.id }))).toEqual(['SUBJECT_ERASED']);
  });

  test.each([
    ['without a signature', (url: string) => url.split('?')[0] ?? ''],
    ['with another signature', (url: string) => `${url.slice(0, -2)}${url.endsWith('AA') ? 'BB' : 'AA'}`],
    ['with a longer life', (url: string) => url.replace(/expires=(\d+)/, (_, at) => `expires=${Number(at) + 1}`)],
    ['with two signatures', (url: string) => `${url}&signature=${'A'.repeat(43)}`],
    ['with an odd time', (url: string) => url.replace(/expires=\d+/, 'expires=1e9')],
    [
      'of another file',
      (url: string) => url.replace(/evidence\/[0-9a-f-]+/, `evidence/${'0'.repeat(8)}-0000-0000-0000-000000000000`),
    ],
    ['of a file of the node', (url: string) => url.replace(/evidence\/[0-9a-f-]+/, 'evidence/..%2Forders.db')],
  ])('a link %s is refused in words', async (_, change) => {
    const { url } = await ready(kari.token);
    const response = await fetched(change(url ?? ''));
    expect(response.status).toBe(403);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.text()).toContain('LINK_INVALID');
  });

  test('a link that has run out says so, and neither link nor file is named in the log of requests', async () => {
    const evidence = await ready(kari.token);
    await fetched(evidence.url);
    api.clock.nowMs += 11 * 60_000;
    const late = await fetched(evidence.url);
    expect([late.status, await late.text()]).toEqual([403, expect.stringContaining('LINK_EXPIRED')]);
    const logged = JSON.stringify(server.logged());
    expect(logged).toContain('/evidence/:id');
    expect(logged).not.toContain(evidence.id);
    expect(logged).not.toContain('signature');
  });
});

interface Asked {
  readonly byPerson?: boolean;
  readonly ofOrganisation?: boolean;
  readonly [field: string]: unknown;
}
