import { openTestApi, type TestApi } from '../support/api-harness';
import { type People, type Person, peopleOf, type ShownVersion } from '../support/people-over-api';
import { type Office, openOffice, STATEMENT, write } from '../support/policy-over-api';

const DAY_MS = 86_400_000;
const START = '2024-01-10T09:00:00.000Z';
const PERSON = `subject { id erased externalId categories customer { id } }
  consents { purpose status valid } notices { step version { id } } acceptances { accepted } obligations { kind deadline }`;
const PAGE = `asOf { effectiveAt effectiveOn position } totalCount edges { cursor } nodes { ${PERSON} }
  pageInfo { hasNextPage hasPreviousPage startCursor endCursor }`;

interface Node {
  readonly subject: { readonly id: string; readonly erased: boolean; readonly externalId: string | null };
  readonly consents: readonly { readonly purpose: string; readonly status: string; readonly valid: boolean }[];
  readonly notices: readonly { readonly step: string }[];
  readonly obligations: readonly { readonly kind: string }[];
}
interface Page {
  readonly asOf: { readonly effectiveAt: string; readonly effectiveOn: string | null; readonly position: string };
  readonly totalCount: number | null;
  readonly nodes: readonly Node[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

describe('an audit', () => {
  let api: TestApi;
  let office: Office;
  let customer: Office;
  let people: People;
  let policy: string;
  let v1: ShownVersion;
  let kari: Person;
  let ola: Person;
  let per: Person;

  beforeEach(async () => {
    api = await openTestApi(START);
    office = await openOffice(api, 'fjordlys');
    customer = await openOffice(api, 'acme', { customerOf: office.id });
    people = peopleOf(api, office);
    policy = await office.createPolicy('privacy');
    kari = await people.register('kari');
    ola = await people.register('ola', { customer: customer.id });
    per = await people.register('per', { categories: ['customers', 'prospects'] });
    v1 = await people.publish(policy, {
      text: 'Versjon en.',
      label: 'Versjon 1',
      more: { blocking: true, graceDays: 3 },
    });
    await people.acknowledge(kari, v1);
    await people.give(kari, v1, ['newsletter']);
    await people.refuse(ola, v1, ['newsletter']);
  });
  afterEach(async () => {
    expect(api.faults).toEqual([]);
    await api.close();
  });

  const goTo = (days: number) => {
    api.clock.nowMs = Date.parse(START) + days * DAY_MS;
  };
  const ask = (fields: string, args = '', as = office.officer) =>
    api.ask(`{ audit(policy: "${policy}"${args}) { ${fields} } }`, { as });
  const page = async (args = '', auditArgs = '', as = office.officer): Promise<Page> => {
    const answer = await ask(`people${args && `(${args})`} { ${PAGE} }`, auditArgs, as);
    if (answer.errors) throw new Error(answer.errors.map(({ message }) => message).join());
    return answer.at('audit.people') as Page;
  };
  const idsOf = ({ nodes }: Page) => nodes.map(({ subject }) => subject.id);
  const ids = async (args: string, auditArgs = '') => idsOf(await page(args, auditArgs));

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
        people(inBreach: true) { totalCount nodes { ${PERSON} } } all: people(first: 1) { totalCount pageInfo { hasNextPage } } } }`;
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

function withPurpose(key: string) {
  const [newsletter] = STATEMENT.purposes;
  return { ...STATEMENT, purposes: [...STATEMENT.purposes, { ...newsletter, key }] };
}
