import { MAX_ACTIVITIES_IN_ANSWER } from '../../src/api/processing-record/record-limit';
import { openTestApi, type TestApi } from '../support/api-harness';
import { type Office, openOffice, refusals, STATEMENT, send, write } from '../support/policy-over-api';

const RECORD = `query ($organisation: ID!, $asOf: AsOfInput) {
  processingRecord(organisation: $organisation, asOf: $asOf) {
    organisation { slug }
    asOf { effectiveAt effectiveOn position rules }
    activities {
      role policy { handle } version { label statement { contact } } purpose { key title(locale: "nb") }
      controller { name number role } processors { name } contact dataProtectionOfficer
      subjectCategories dataCategories recipients transfers retention securityMeasures
    }
    leftOut { policy { handle } version { label } code nb: text(locale: "nb") en: text(locale: "en") }
  } }`;

describe('the record of processing activities over GraphQL', () => {
  let api: TestApi;
  let office: Office;
  let policy: string;
  beforeEach(async () => {
    api = await openTestApi('2024-01-10T09:00:00.000Z');
    office = await openOffice(api, 'fjordlys');
    policy = await office.createPolicy('privacy');
    await office.publish(policy, { text: 'Versjon en.' });
  });
  afterEach(() => api.close());

  const ask = (more: object = {}, as = office.officer) =>
    api.ask(RECORD, { as, variables: { organisation: office.id, ...more } });

  test('an officer reads it by the names of the statement, with the stamp that repeats it', async () => {
    const answer = await ask();
    expect(answer.codes).toEqual([]);
    expect(answer.at('processingRecord.organisation.slug')).toBe('fjordlys');
    expect(answer.at('processingRecord.leftOut')).toEqual([]);
    const first = STATEMENT.purposes[0];
    expect(answer.at('processingRecord.activities.0')).toMatchObject({
      role: 'CONTROLLER',
      policy: { handle: 'fjordlys/privacy' },
      purpose: { key: first?.key },
      controller: { name: STATEMENT.controller.name },
      contact: STATEMENT.contact,
      retention: first?.retention,
      recipients: first?.recipients,
    });
    const { effectiveAt, position } = answer.at('processingRecord.asOf') as Record<string, string>;
    api.clock.nowMs += 86_400_000;
    await write(api, office.publisher, 'policyRetire', { policy, reason: 'Ferdig' }, 'policy { id }');
    const again = await ask({ asOf: { effectiveAt, position } });
    expect(again.data).toEqual(answer.data);
    const now = await ask();
    expect(now.at('processingRecord.activities')).toEqual([]);
    expect(now.at('processingRecord.leftOut')).toEqual([
      {
        policy: { handle: 'fjordlys/privacy' },
        version: null,
        code: 'RETIRED',
        nb: 'Dokumentet var tatt ut av bruk.',
        en: 'The policy was retired.',
      },
    ]);
  });

  test('nobody but its officers has it, and an unknown organisation is as one that may not be seen', async () => {
    const elsewhere = await openOffice(api, 'havbris');
    for (const as of [office.editor, office.publisher, office.service, elsewhere.officer]) {
      const { codes, data } = await ask({}, as);
      expect([codes[0] === 'FORBIDDEN' || codes[0] === 'NOT_FOUND', data]).toEqual([true, { processingRecord: null }]);
    }
    expect((await api.ask(RECORD, { variables: { organisation: office.id } })).codes).toEqual(['UNAUTHENTICATED']);
    expect((await ask({}, elsewhere.officer)).codes).toEqual(['NOT_FOUND']);
    expect((await ask({ organisation: 'x' })).codes).toEqual(['NOT_FOUND']);
    expect((await ask({ organisation: policy })).codes).toEqual(['NOT_FOUND']);
  });

  test.each([
    ['of a time that is recorded only later', { recordedAt: '2030-01-01T00:00:00Z' }, 'AS_OF_IN_FUTURE'],
    ['of two instants', { effectiveAt: '2024-01-01T00:00:00Z', effectiveOn: '2024-01-01' }, 'AS_OF_CONTRADICTORY'],
    ['of a position of another log', { position: 'W10' }, 'BAD_POSITION'],
  ])('%s it answers a code', async (_, asOf, code) => {
    expect((await ask({ asOf })).codes).toEqual([code]);
  });

  test('more than an answer holds is to be had as a file', async () => {
    const purposes = Array.from({ length: 50 }, (_, n) => ({ ...STATEMENT.purposes[0], key: `purpose-${n}` }));
    const statement = { ...STATEMENT, controllerIsCustomer: true, purposes };
    for (let n = 0; n * purposes.length <= MAX_ACTIVITIES_IN_ANSWER; n += 1) {
      const customer = { slug: `customer-${n}`, name: `${n} AS`, timeZone: 'Europe/Oslo', defaultLocale: 'nb' };
      await write(api, office.service, 'organisationRegister', { ...customer, customerOf: office.id }, 'position');
    }
    await office.publish(await office.createPolicy('customers'), { text: 'For kunder.', statement });
    const answer = await ask();
    expect(answer.codes).toEqual(['TOO_COMPLEX']);
    expect(answer.errors?.[0]?.message).toContain('evidencePrepare');
    const input = { kind: 'PROCESSING_RECORD', format: 'CSV', organisation: office.id };
    const fields = 'evidence { id status rowsTotal }';
    const prepared = await send(api, office.officer, 'evidencePrepare', input, fields);
    await api.services.evidence?.idle();
    const evidence = await api.get(`{ evidence(id: "${String(prepared.at('evidence.id'))}") { status rowsDone } }`, {
      as: office.officer,
    });
    expect(evidence.at('evidence')).toEqual({ status: 'READY', rowsDone: 41 * 50 + 1 });
  });

  test.each([
    ['policy', () => ({ policy })],
    ['subject', () => ({ subject: '6f708192-a3b4-55c6-97d8-e9f0a1b2c310' })],
  ])('a file of it is of an organisation: with a %s it is refused, and nothing is recorded', async (path, more) => {
    const input = { kind: 'PROCESSING_RECORD', format: 'JSON', organisation: office.id, ...more() };
    const answer = await send(api, office.officer, 'evidencePrepare', input, 'evidence { id }');
    expect(refusals(answer)).toEqual(['EVIDENCE_TARGET_CONTRADICTORY']);
    expect(answer.at('userErrors.0.path')).toEqual([path]);
    const { readModels } = api.services;
    const range = { organisation: office.id, types: ['EvidencePrepared'], limit: 1 };
    expect(readModels.factsPage(range, readModels.applied()).rows).toEqual([]);
  });
});
