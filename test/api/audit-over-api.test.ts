import { type AuditedOffice, idsOf, openAuditedOffice } from '../support/audited-office';
import { STATEMENT, write } from '../support/policy-over-api';

describe('an audit', () => {
  let api: AuditedOffice['api'];
  let office: AuditedOffice['office'];
  let customer: AuditedOffice['customer'];
  let people: AuditedOffice['people'];
  let policy: AuditedOffice['policy'];
  let v1: AuditedOffice['v1'];
  let kari: AuditedOffice['kari'];
  let ola: AuditedOffice['ola'];
  let per: AuditedOffice['per'];
  let goTo: AuditedOffice['goTo'];
  let ask: AuditedOffice['ask'];
  let page: AuditedOffice['page'];
  let ids: AuditedOffice['ids'];

  beforeEach(async () => {
    ({ api, office, customer, people, policy, v1, kari, ola, per, goTo, ask, page, ids } = await openAuditedOffice());
  });
  afterEach(async () => {
    expect(api.faults).toEqual([]);
    await api.close();
  });

  describe('lists the people behind its counts', () => {
    test('as they stand about this policy, in order of registration', async () => {
      const { nodes, totalCount } = await page();
      expect(totalCount).toBe(3);
      expect(nodes).toEqual([
        {
          subject: { id: kari.id, erased: false, externalId: 'kari', categories: ['customers'], customer: null },
          consents: [{ purpose: 'newsletter', status: 'GIVEN', valid: true }],
          notices: [{ step: 'ACKNOWLEDGED', version: { id: v1.id } }],
          acceptances: [],
          obligations: [],
        },
        expect.objectContaining({
          consents: [{ purpose: 'newsletter', status: 'REFUSED', valid: false }],
          notices: [{ step: 'PENDING', version: { id: v1.id } }],
          obligations: [{ kind: 'READ_NOTICE', deadline: '2024-01-13T22:59:59.999Z' }],
        }),
        expect.objectContaining({ consents: [{ purpose: 'newsletter', status: 'UNKNOWN', valid: false }] }),
      ]);
    });

    test.each([
      ['consent: { purpose: "newsletter", status: GIVEN }', ['kari']],
      ['consent: { purpose: "newsletter", status: REFUSED }', ['ola']],
      ['consent: { purpose: "newsletter", valid: false }', ['ola', 'per']],
      ['consent: { purpose: "newsletter", status: GIVEN, valid: false }', []],
      ['consent: { purpose: "newsletter" }', ['kari', 'ola', 'per']],
      ['notice: [PENDING, NOTIFIED]', ['ola', 'per']],
      ['notice: [ACKNOWLEDGED]', ['kari']],
      ['category: "prospects"', ['per']],
      ['inBreach: true', ['ola', 'per']],
      ['inBreach: false', ['kari']],
      ['inBreach: true, category: "prospects"', ['per']],
      ['notice: [PENDING], consent: { purpose: "newsletter", status: UNKNOWN }, inBreach: true', ['per']],
    ])('filtered by %s', async (filter, expected) => {
      goTo(5);
      const { nodes, totalCount } = await page(filter);
      expect(nodes.map(({ subject }) => subject.externalId)).toEqual(expected);
      if (totalCount !== null) expect(totalCount).toBe(expected.length);
    });

    test('filtered by customer, and by the version that notice is of', async () => {
      expect(await ids(`customer: "${customer.id}"`)).toEqual([ola.id]);
      goTo(1);
      const v2 = await people.publish(policy, {
        text: 'Versjon to.',
        reasons: ['PURPOSE'],
        statement: withPurpose('profiling'),
        more: { renewalPurposes: ['profiling'] },
      });
      expect(await ids('notice: [ACKNOWLEDGED]')).toEqual([]);
      expect(await ids(`notice: [ACKNOWLEDGED], noticeVersion: "${v1.id}"`)).toEqual([kari.id]);
      expect(await ids(`notice: [PENDING], noticeVersion: "${v2.id}"`)).toEqual([kari.id, ola.id, per.id]);
    });

    test('filtered by acceptance where the policy is terms', async () => {
      const terms = await office.createPolicy('terms', { kind: 'TERMS' });
      const version = await people.publish(terms, { text: 'Vilkår.' });
      await people.accept(ola, version);
      const accepted = async (yes: boolean) => {
        const query = `{ audit(policy: "${terms}") { acceptances { subjects } people(accepted: ${yes}) { nodes { subject { id } acceptances { accepted } } } } }`;
        return (await api.get(query, { as: office.officer })).at('audit') as object;
      };
      expect(await accepted(true)).toEqual({
        acceptances: [{ subjects: 1 }],
        people: { nodes: [{ subject: { id: ola.id }, acceptances: [{ accepted: true }] }] },
      });
      expect(await accepted(false)).toMatchObject({
        people: { nodes: [{ subject: { id: kari.id } }, { subject: { id: per.id } }] },
      });
    });

    test('limited as the audit itself, and further', async () => {
      const limited = `, customer: "${customer.id}"`;
      expect(await ids('', limited)).toEqual([ola.id]);
      expect(await ids(`customer: "${customer.id}"`, limited)).toEqual([ola.id]);
      expect(await ids('category: "prospects"', limited)).toEqual([]);
      expect(await ids('category: "prospects"', ', category: "customers"')).toEqual([per.id]);
      expect((await ask('subjects consents { status subjects }', limited)).at('audit')).toEqual({
        subjects: 1,
        consents: [{ status: 'REFUSED', subjects: 1 }],
      });
    });

    test('an erased person stands in the dates before, as erased and without anything personal', async () => {
      const before = await page();
      const at = `, asOf: { effectiveAt: "${before.asOf.effectiveAt}", position: "${before.asOf.position}" }`;
      const counts =
        'subjects inBreach notices { step subjects } consents { purpose status subjects valid } asOf { position }';
      const counted = JSON.stringify((await ask(counts, at)).data);
      goTo(2);
      await write(api, kari.token, 'subjectErasureRequest', {}, 'subject { id }');
      await write(
        api,
        office.officer,
        'subjectErase',
        { subject: kari.id, reason: 'Kari Nordmann ba' },
        'subject { id }',
      );
      const after = await page('', at);
      const [first, ...others] = before.nodes;
      expect(after).toEqual({
        ...before,
        asOf: before.asOf,
        nodes: [{ ...first, subject: { ...first?.subject, erased: true, externalId: null } }, ...others],
      });
      expect(JSON.stringify((await ask(counts, at)).data)).toBe(counted);
      expect(await ids('')).toEqual([ola.id, per.id]);
      expect(await ids('', ', asOf: { effectiveOn: "2024-01-10" }')).toEqual([kari.id, ola.id, per.id]);
      expect(JSON.stringify(after)).not.toContain('Nordmann');
    });
  });

  describe('in pages', () => {
    test('every page stands at the stamp of the first, whatever was written since', async () => {
      const first = await page('first: 1');
      expect(first.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
      goTo(1);
      await people.withdraw(kari, policy, ['newsletter']);
      await people.give(ola, v1, ['newsletter']);
      await people.register('liv');
      const second = await page(`first: 1, after: "${first.pageInfo.endCursor}"`);
      const third = await page(`first: 1, after: "${second.pageInfo.endCursor}"`);
      expect([...second.nodes, ...third.nodes].map(({ consents }) => consents[0]?.status)).toEqual([
        'REFUSED',
        'UNKNOWN',
      ]);
      for (const { asOf, totalCount } of [second, third]) {
        expect([asOf.effectiveAt, asOf.position, totalCount]).toEqual([first.asOf.effectiveAt, first.asOf.position, 3]);
      }
      expect(third.pageInfo.hasNextPage).toBe(false);
      expect(idsOf(await page())).toHaveLength(4);
    });

    test('a cursor of another stamp, list, filter, policy or log is refused', async () => {
      const asOf = ', asOf: { effectiveOn: "2024-01-10" }';
      const first = await page('first: 1', asOf);
      const { position } = first.asOf;
      goTo(3);
      await people.register('liv');
      const codes = async (args: string, auditArgs: string) =>
        (await ask(`people(${args}) { asOf { position } }`, auditArgs)).codes;
      const after = `after: "${first.pageInfo.endCursor}"`;
      expect(await codes(after, asOf)).toEqual([]);
      expect(await codes(after, `, asOf: { effectiveOn: "2024-01-10", position: "${position}" }`)).toEqual([]);
      expect(await codes(after, '')).toEqual([]);
      for (const other of [
        '{ effectiveOn: "2024-01-11" }',
        '{ effectiveAt: "2024-01-10T22:59:59.998Z" }',
        `{ recordedAt: "${new Date(api.clock.nowMs).toISOString()}" }`,
        `{ position: "${position}" }`,
        `{ effectiveOn: "2024-01-10", recordedAt: "${new Date(api.clock.nowMs).toISOString()}" }`,
      ]) {
        expect([other, await codes(after, `, asOf: ${other}`)]).toEqual([other, ['CURSOR_OF_ANOTHER_STAMP']]);
      }
      const other = await office.createPolicy('other');
      await people.publish(other, { text: 'Noe annet.' });
      expect(await codes(`inBreach: true, ${after}`, asOf)).toEqual(['BAD_CURSOR']);
      expect(await codes(after, `${asOf}, category: "customers"`)).toEqual(['BAD_CURSOR']);
      expect(await codes('after: "elsewhere"', '')).toEqual(['BAD_CURSOR']);
      expect(await codes('after: ""', '')).toEqual(['BAD_CURSOR']);
      const ofOther = await api.ask(`{ audit(policy: "${other}") { people(${after}) { asOf { position } } } }`, {
        as: office.officer,
      });
      expect(ofOther.codes).toEqual(['BAD_CURSOR']);
      const ofOrganisation = `{ organisationAudit(organisation: "${office.id}") { people(${after}) { asOf { position } } } }`;
      expect((await api.ask(ofOrganisation, { as: office.officer })).codes).toEqual(['BAD_CURSOR']);
    });
  });

  test.each([
    ['people(consent: { purpose: "nowhere" }) { totalCount }', 'BAD_USER_INPUT'],
    ['people(consent: { purpose: "" }) { totalCount }', 'BAD_USER_INPUT'],
    ['people(notice: []) { totalCount }', 'BAD_USER_INPUT'],
    ['people(noticeVersion: "nowhere") { totalCount }', 'BAD_USER_INPUT'],
    ['people(notice: [SHOWN], noticeVersion: "nowhere") { totalCount }', 'NOT_FOUND'],
    ['people(accepted: true) { totalCount }', 'BAD_USER_INPUT'],
    ['people(category: "nobody") { totalCount }', 'BAD_USER_INPUT'],
    ['people(category: "") { totalCount }', 'BAD_USER_INPUT'],
    ['people(category: "\\u0000") { totalCount }', 'BAD_USER_INPUT'],
    ['people(customer: "nowhere") { totalCount }', 'NOT_FOUND'],
    ['people(first: 0) { totalCount }', 'BAD_USER_INPUT'],
    ['people(first: 101) { totalCount }', 'BAD_USER_INPUT'],
    ['timeline(from: "2024-01-11", to: "2024-01-10") { on }', 'BAD_USER_INPUT'],
    ['timeline(from: "2022-01-01", to: "2024-03-11") { on }', 'BAD_USER_INPUT'],
    ['timeline(from: "0001-01-01", to: "9999-12-31") { on }', 'BAD_USER_INPUT'],
  ])('%s is an error with a code, and never an empty answer', async (field, code) => {
    const { codes, data } = await ask(field);
    expect([codes, data]).toEqual([[code], { audit: null }]);
  });

  test.each([
    ['{ recordedAt: "2031-01-01T00:00:00Z" }', 'AS_OF_IN_FUTURE'],
    ['{ recordedAt: "2001-01-01T00:00:00Z" }', 'NOT_FOUND'],
    ['{ effectiveOn: "2024-01-10", effectiveAt: "2024-01-10T10:00:00Z" }', 'AS_OF_CONTRADICTORY'],
    ['{ position: "elsewhere" }', 'BAD_POSITION'],
    ['{ effectiveAt: "2024-03-31T02:30:00" }', 'BAD_USER_INPUT'],
    ['{ effectiveOn: "2024-02-30" }', 'BAD_USER_INPUT'],
  ])('as of %s is %s', async (asOf, code) => {
    expect((await ask('subjects', `, asOf: ${asOf}`)).codes).toEqual([code]);
  });

  test('before the first version nobody is concerned, and the reason says so', async () => {
    const answer = await ask(
      'subjects inForce { version { id } reason { code } } people { nodes { subject { id } } } asOf { forecast }',
      ', asOf: { effectiveOn: "2020-01-01" }',
    );
    expect(answer.at('audit')).toEqual({
      subjects: 0,
      inForce: { version: null, reason: { code: 'NOT_YET_PUBLISHED' } },
      people: { nodes: [] },
      asOf: { forecast: false },
    });
  });

  test('a day in the future is a forecast and says so', async () => {
    const answer = await ask(
      'inBreach asOf { forecast effectiveAt } people(inBreach: true) { asOf { forecast } nodes { subject { id } } }',
      ', asOf: { effectiveOn: "2024-06-01" }',
    );
    expect(answer.at('audit')).toEqual({
      inBreach: 2,
      asOf: { forecast: true, effectiveAt: '2024-06-01T21:59:59.999Z' },
      people: { asOf: { forecast: true }, nodes: [{ subject: { id: ola.id } }, { subject: { id: per.id } }] },
    });
  });
});

function withPurpose(key: string) {
  const [newsletter] = STATEMENT.purposes;
  return { ...STATEMENT, purposes: [...STATEMENT.purposes, { ...newsletter, key }] };
}
