import { AUDITED, type AuditedOffice, openAuditedOffice } from '../support/audited-office';
import { type Office, openOffice, write } from '../support/policy-over-api';

const DAY_MS = 86_400_000;

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

  beforeEach(async () => {
    ({ api, office, customer, people, policy, v1, kari, ola, per, goTo, ask, page } = await openAuditedOffice());
  });
  afterEach(async () => {
    expect(api.faults).toEqual([]);
    await api.close();
  });

  describe('along local days', () => {
    const DAY =
      'on versionSequence forecast consents { purpose status subjects valid } notices { step subjects version { sequence } }';

    test('each day is what an audit of that day says', async () => {
      goTo(4);
      await people.withdraw(kari, policy, ['newsletter']);
      await people.acknowledge(per, v1);
      goTo(6);
      const position = (await page()).asOf.position;
      const days = (await ask(`timeline(from: "2024-01-09", to: "2024-01-17") { ${DAY} }`)).at(
        'audit.timeline',
      ) as readonly {
        readonly on: string;
        readonly forecast: boolean;
      }[];
      expect(days).toHaveLength(9);
      expect(days.map(({ forecast }) => forecast)).toEqual([
        false,
        false,
        false,
        false,
        false,
        false,
        false,
        true,
        true,
      ]);
      for (const { on, forecast, ...day } of days) {
        const audit = await ask(
          'inForce { version { sequence } } consents { purpose status subjects valid } notices { step subjects version { sequence } } asOf { forecast }',
          `, asOf: { effectiveOn: "${on}", position: "${position}" }`,
        );
        expect({ on, forecast, ...day }).toEqual({
          on,
          forecast: audit.at('audit.asOf.forecast'),
          versionSequence: audit.at('audit.inForce.version.sequence') ?? null,
          consents: audit.at('audit.consents'),
          notices: audit.at('audit.notices'),
        });
      }
    });

    test('the days on which clocks change have 23 and 25 hours', async () => {
      const end = Date.parse('2024-03-31T21:59:59.000Z');
      api.clock.nowMs = end;
      await people.withdraw(kari, policy, ['newsletter']);
      api.clock.nowMs = Date.parse('2024-10-27T22:59:59.000Z');
      await people.give(kari, v1, ['newsletter']);
      api.clock.nowMs += DAY_MS;
      const given = async (from: string, to: string) => {
        const days = (await ask(`timeline(from: "${from}", to: "${to}") { on consents { status subjects } }`)).at(
          'audit.timeline',
        );
        return (days as { on: string; consents: { status: string }[] }[]).map(({ on, consents }) => [
          on,
          consents.some(({ status }) => status === 'GIVEN'),
        ]);
      };
      expect(await given('2024-03-30', '2024-04-01')).toEqual([
        ['2024-03-30', true],
        ['2024-03-31', false],
        ['2024-04-01', false],
      ]);
      expect(await given('2024-10-26', '2024-10-28')).toEqual([
        ['2024-10-26', false],
        ['2024-10-27', true],
        ['2024-10-28', true],
      ]);
    });

    test('a single day and the most days that may be asked for are answered', async () => {
      const count = async (from: string, to: string) =>
        ((await ask(`timeline(from: "${from}", to: "${to}") { on }`)).at('audit.timeline') as unknown[]).length;
      expect(await count('2024-01-10', '2024-01-10')).toBe(1);
      expect(await count('2022-01-01', '2024-03-10')).toBe(800);
      expect(await count('9999-12-30', '9999-12-31')).toBe(2);
    });
  });

  describe('for officers', () => {
    const AUDIT =
      'subjects people { nodes { subject { id externalId } } } timeline(from: "2024-01-10", to: "2024-01-10") { consents { status subjects } }';

    test("a customer's officer sees those whose customer it is, and counts are of them alone", async () => {
      const answer = await ask(AUDIT, `, customer: "${customer.id}"`, customer.officer);
      expect(answer.at('audit')).toEqual({
        subjects: 1,
        people: { nodes: [{ subject: { id: ola.id, externalId: 'ola' } }] },
        timeline: [{ consents: [{ status: 'REFUSED', subjects: 1 }] }],
      });
      const other = await openOffice(api, 'bravo', { customerOf: office.id });
      const elsewhere = await openOffice(api, 'nordvik');
      const codes = async (args: string, as: Office['officer']) => (await ask(AUDIT, args, as)).codes;
      expect(await codes('', customer.officer)).toEqual(['NOT_FOUND']);
      expect(await codes(`, customer: "${customer.id}"`, other.officer)).toEqual(['NOT_FOUND']);
      expect(await codes(`, customer: "${other.id}"`, customer.officer)).toEqual(['NOT_FOUND']);
      expect(await codes(`, customer: "${elsewhere.id}"`, elsewhere.officer)).toEqual(['NOT_FOUND']);
      expect(await codes('', elsewhere.officer)).toEqual(['NOT_FOUND']);
      expect(await codes('', office.editor)).toEqual(['FORBIDDEN']);
      expect(await codes(`, customer: "${customer.id}"`, customer.service)).toEqual(['FORBIDDEN']);
      const others = await ask(
        `people(customer: "${other.id}") { nodes { subject { id } } }`,
        `, customer: "${customer.id}"`,
        customer.officer,
      );
      expect(others.at('audit.people.nodes')).toEqual([]);
    });

    test("a customer's own policy concerns those who belong to it, and its officer needs no limit", async () => {
      const own = await customer.createPolicy('privacy');
      await customer.publish(own, { text: 'Kundens egen.' });
      const answer = await api.get(`{ audit(policy: "${own}") { subjects people { nodes { subject { id } } } } }`, {
        as: customer.officer,
      });
      expect(answer.at('audit')).toEqual({ subjects: 1, people: { nodes: [{ subject: { id: ola.id } }] } });
    });

    test('the next customer of a person does not see them at dates before, nor the last one after', async () => {
      const next = await openOffice(api, 'bravo', { customerOf: office.id });
      goTo(10);
      await write(api, office.service, 'subjectClassify', { subject: ola.id, customer: next.id }, 'subject { id }');
      const seen = async ({ id, officer }: Office, on: string) =>
        (
          await ask(
            'people { nodes { subject { id } } }',
            `, customer: "${id}", asOf: { effectiveOn: "${on}" }`,
            officer,
          )
        ).at('audit.people.nodes');
      expect(await seen(next, '2024-01-19')).toEqual([]);
      expect(await seen(customer, '2024-01-19')).toEqual([{ subject: { id: ola.id } }]);
      expect(await seen(next, '2024-01-20')).toEqual([{ subject: { id: ola.id } }]);
      expect(await seen(customer, '2024-01-20')).toEqual([]);
    });
  });

  describe('of an organisation', () => {
    test('counts each person once, and lists how they stand about all of its policies', async () => {
      const terms = await office.createPolicy('terms', { kind: 'TERMS' });
      const version = await people.publish(terms, { text: 'Vilkår.', more: { blocking: true } });
      await office.createPolicy('draft');
      await people.accept(kari, version);
      await people.refuse(kari, version, ['newsletter']);
      goTo(5);
      const query = `{ organisationAudit(organisation: "${office.id}") { organisation { slug } subjects inBreach asOf { effectiveAt }
        policies { policy { handle } subjects inBreach acceptances { subjects } }
        people(inBreach: true) { totalCount nodes { ${AUDITED} } } all: people(first: 1) { totalCount pageInfo { hasNextPage } } } }`;
      const audit = (await api.get(query, { as: office.officer })).at('organisationAudit');
      expect(audit).toEqual({
        organisation: { slug: 'fjordlys' },
        subjects: 3,
        inBreach: 2,
        asOf: { effectiveAt: '2024-01-15T09:00:00.000Z' },
        policies: [
          { policy: { handle: 'fjordlys/privacy' }, subjects: 3, inBreach: 2, acceptances: [] },
          { policy: { handle: 'fjordlys/terms' }, subjects: 3, inBreach: 2, acceptances: [{ subjects: 1 }] },
        ],
        people: {
          totalCount: 2,
          nodes: [
            expect.objectContaining({
              subject: expect.objectContaining({ id: ola.id }),
              acceptances: [{ accepted: false }],
              obligations: [
                expect.objectContaining({ kind: 'ACCEPT_TERMS' }),
                expect.objectContaining({ kind: 'DECIDE_CONSENT' }),
                expect.objectContaining({ kind: 'READ_NOTICE' }),
              ],
            }),
            expect.objectContaining({ subject: expect.objectContaining({ id: per.id }) }),
          ],
        },
        all: { totalCount: 3, pageInfo: { hasNextPage: true } },
      });
    });

    test("is its officers' alone, and a customer's for their own people", async () => {
      const codes = async (args: string, as: Office['officer']) =>
        (await api.ask(`{ organisationAudit(organisation: "${office.id}"${args}) { subjects } }`, { as })).codes;
      const mine = await api.get(
        `{ organisationAudit(organisation: "${office.id}", customer: "${customer.id}") { subjects people { nodes { subject { id } } } policies { subjects } } }`,
        { as: customer.officer },
      );
      expect(mine.at('organisationAudit')).toEqual({
        subjects: 1,
        people: { nodes: [{ subject: { id: ola.id } }] },
        policies: [{ subjects: 1 }],
      });
      expect(await codes('', customer.officer)).toEqual(['NOT_FOUND']);
      expect(await codes(', customer: "nowhere"', office.officer)).toEqual(['NOT_FOUND']);
      expect(await codes('', office.publisher)).toEqual(['FORBIDDEN']);
    });

    test('without a policy in force there is nobody', async () => {
      const audit = await api.get(
        `{ organisationAudit(organisation: "${customer.id}") { subjects inBreach policies { subjects } people { nodes { subject { id } } totalCount } } }`,
        { as: customer.officer },
      );
      expect(audit.at('organisationAudit')).toEqual({
        subjects: 0,
        inBreach: 0,
        policies: [],
        people: { nodes: [], totalCount: 0 },
      });
    });
  });
});
