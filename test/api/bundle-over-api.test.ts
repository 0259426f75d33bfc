import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Caller } from '../../src/api/auth/caller';
import { type VerifiedBundle, verifyBundle } from '../../src/evidence/verify/verify-bundle';
import { openTestApi, type TestApi } from '../support/api-harness';
import { type People, type Person, peopleOf } from '../support/people-over-api';
import { type Office, openOffice, refusals, send, write } from '../support/policy-over-api';
import { fileIn, readZip } from '../support/zip-files';
import { type ServerUnderTest, startTestServer } from './server/running-server';

interface Asked {
  readonly policy?: true;
  readonly subject?: true;
  readonly asOf?: object;
}

const FIELDS = 'id kind format status url failure asOf { effectiveAt effectiveOn recordedAt position timeZone rules }';

describe('bundles over GraphQL and HTTP', () => {
  let api: TestApi;
  let office: Office;
  let people: People;
  let kari: Person;
  let policy: string;
  let server: ServerUnderTest;
  let directory: string;

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'samtykke-bundles-'));
    api = await openTestApi('2024-01-10T09:00:00.000Z');
    office = await openOffice(api, 'fjordlys');
    people = peopleOf(api, office);
    kari = await people.register('kari@example.org');
    policy = await office.createPolicy('privacy');
    const version = await people.publish(policy, { text: 'Versjon en.' });
    await people.give(kari, version, ['newsletter']);
    const { evidence } = api.services;
    server = await startTestServer({ ...(evidence && { evidence }), nowMs: () => api.clock.nowMs });
  });
  afterEach(async () => {
    await server.close();
    await api.close();
    rmSync(directory, { recursive: true });
  });

  const prepare = (as: Caller, input: Readonly<Record<string, unknown>>) =>
    send(api, as, 'evidencePrepare', { kind: 'BUNDLE', format: 'ZIP', ...input }, `evidence { ${FIELDS} }`);
  const ask = (as: Caller, id: unknown) =>
    api.ask(`query ($id: ID!) { evidence(id: $id) { ${FIELDS} } }`, { as, variables: { id } });
  async function fetched(as: Caller, input: Readonly<Record<string, unknown>>) {
    const prepared = await prepare(as, input);
    expect(refusals(prepared)).toEqual([]);
    await api.services.evidence?.idle();
    const evidence = (await ask(as, prepared.at('evidence.id'))).at('evidence') as Record<string, string>;
    expect(evidence).toMatchObject({ status: 'READY', failure: null });
    const response = await fetch(`${server.address}${evidence.url}`);
    expect(response.headers.get('content-type')).toBe('application/zip');
    const path = join(directory, `${evidence.id}.zip`);
    writeFileSync(path, Buffer.from(await response.arrayBuffer()));
    const answer = JSON.parse(String(fileIn(await readZip(path), 'answer.json')));
    return { evidence, answer, found: (await verifyBundle(path)) as VerifiedBundle };
  }

  test('an officer has one prepared of a policy and of a person, and both verify', async () => {
    const ofPolicy = await fetched(office.officer, { policy });
    expect(ofPolicy.found).toMatchObject({ about: { policy }, texts: 1 });
    api.clock.nowMs += 86_400_000;
    const { found, answer, evidence } = await fetched(office.officer, {
      subject: kari.id,
      asOf: { effectiveOn: '2024-01-10' },
    });
    expect(found).toMatchObject({ about: { subject: kari.id }, effectiveOn: '2024-01-10', personalValues: 0 });
    // The stamp in the bundle is the stamp of the API.
    expect(answer.stamp).toMatchObject(evidence.asOf ?? {});
    const consents = await api.get(
      `query ($id: ID!, $asOf: AsOfInput) {
        subject(id: $id) { consents(asOf: $asOf) { purpose status valid reason { code } } }
      }`,
      {
        as: office.officer,
        variables: { id: kari.id, asOf: { effectiveAt: answer.stamp.effectiveAt, position: answer.stamp.position } },
      },
    );
    expect(answer.policies[0].consents).toMatchObject(consents.at('subject.consents') as object[]);
  });

  test('nobody but an officer of the organisation has one prepared', async () => {
    const elsewhere = await openOffice(api, 'annet');
    for (const as of [kari.token, office.service, office.editor, office.publisher, elsewhere.officer]) {
      for (const about of [{ policy }, { subject: kari.id }]) {
        const { codes, data } = await prepare(as, about);
        expect([codes[0] === 'FORBIDDEN' || codes[0] === 'NOT_FOUND', data]).toEqual([true, undefined]);
      }
    }
  });

  test.each<[string, Asked, readonly string[]]>([
    ['of nothing', {}, ['EVIDENCE_TARGET_CONTRADICTORY']],
    ['of both', { policy: true, subject: true }, ['EVIDENCE_TARGET_CONTRADICTORY']],
    ['of a day to come', { policy: true, asOf: { effectiveOn: '2030-01-01' } }, ['EVIDENCE_OF_FUTURE']],
    [
      'of a day before there was anything',
      { policy: true, asOf: { effectiveOn: '2020-01-01' } },
      ['EVIDENCE_BEFORE_START'],
    ],
    [
      'of a person before they were registered',
      { subject: true, asOf: { effectiveOn: '2020-01-01' } },
      ['EVIDENCE_BEFORE_START'],
    ],
  ])('%s is refused by a code, and nothing is recorded', async (_, asked, codes) => {
    const about = { ...(asked.policy && { policy }), ...(asked.subject && { subject: kari.id }) };
    const input = {
      ...about,
      ...(asked.asOf && { asOf: asked.asOf }),
      ...(!asked.policy && !asked.subject && { organisation: office.id }),
    };
    expect(refusals(await prepare(office.officer, input))).toEqual(codes);
    const range = { organisation: office.id, types: ['EvidencePrepared'], limit: 10 };
    const { readModels } = api.services;
    expect(readModels.factsPage(range, readModels.applied()).rows).toEqual([]);
  });

  test('of a person is gone with their erasure, and one that is made afterwards stays and verifies', async () => {
    const before = await fetched(office.officer, { subject: kari.id, personalValues: true });
    await write(api, office.officer, 'subjectErase', { subject: kari.id, reason: 'Art. 17' }, 'subject { erased }');
    expect((await fetch(`${server.address}${before.evidence.url}`)).status).toBe(410);
    expect((await ask(office.officer, before.evidence.id)).at('evidence.status')).toBe('EXPIRED');
    const after = await fetched(office.officer, { subject: kari.id, personalValues: true });
    expect(after.found).toMatchObject({ about: { subject: kari.id }, personalValues: 0 });
    expect(after.answer.person.erasedAt).toEqual(expect.any(String));
    api.clock.nowMs += 3_600_000;
    expect((await ask(office.officer, after.evidence.id)).at('evidence.status')).toBe('READY');
  });
});
