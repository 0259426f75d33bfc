import { caller, openTestApi, operator, type TestApi } from '../support/api-harness';
import { type Office, openOffice, refusals, STATEMENT, send, write } from '../support/policy-over-api';

/** Every mutation on a policy or version, with an input that has the right form. */
const ON_POLICY: readonly (readonly [mutation: string, role: string, input: Readonly<Record<string, unknown>>])[] = [
  ['policyTitleSet', 'editor', { locale: 'nb', title: 'T' }],
  ['policyDraftEdit', 'editor', { expectedVersion: 0, locale: 'nb', format: 'PLAIN_TEXT', text: 'T' }],
  ['policyDraftLocaleRemove', 'editor', { expectedVersion: 0, locale: 'nb' }],
  ['policyDraftStatementSet', 'editor', { expectedVersion: 0, statement: STATEMENT }],
  ['policyDraftDiscard', 'editor', { expectedVersion: 0 }],
  ['policyTemplateOfferApply', 'editor', { expectedVersion: 0, templateRevision: 1 }],
  ['policyDraftApprove', 'approver', { expectedVersion: 0, draftHash: 'h' }],
  ['policyVersionPublish', 'publisher', { expectedVersion: 0, label: '1', reasons: [], summaries: [] }],
  [
    'policyVersionImport',
    'publisher',
    { label: '1', effectiveOn: '2020-01-01', locale: 'nb', format: 'MARKDOWN', text: 'T' },
  ],
  ['policyRetire', 'publisher', { reason: 'r' }],
];
const ON_VERSION: typeof ON_POLICY = [
  ['policyVersionImportRevoke', 'publisher', { reason: 'r' }],
  ['policyVersionLocaleAdd', 'publisher', { locale: 'en', format: 'MARKDOWN', text: 'T' }],
  ['policyVersionWithdraw', 'publisher', { reason: 'r' }],
];
const UNKNOWN = '00000000-0000-4000-8000-000000000000';

describe('who may read and write policies', () => {
  let api: TestApi;
  let office: Office;
  let other: Office;
  let hidden: string;
  let open: string;
  let version: string;

  beforeAll(async () => {
    api = await openTestApi();
    office = await openOffice(api, 'fjordlys');
    other = await openOffice(api, 'nordvik');
    hidden = await office.createPolicy('hidden');
    open = await office.createPolicy('open');
    version = (await office.publish(open, { text: 'Tekst' })).id;
  });
  afterAll(() => api.close());

  const roleOf = (of: Office, role: string) => caller(`${role} of ${of.slug}`, `${role}@${of.slug}`);

  test.each(ON_POLICY)(
    '%s on what cannot be seen is NOT_FOUND, and on what can be seen FORBIDDEN',
    async (mutation, role, input) => {
      const as = roleOf(other, role);
      expect((await send(api, as, mutation, { policy: hidden, ...input })).codes).toEqual(['NOT_FOUND']);
      expect((await send(api, as, mutation, { policy: UNKNOWN, ...input })).codes).toEqual(['NOT_FOUND']);
      expect((await send(api, as, mutation, { policy: 'x\u0000'.repeat(500), ...input })).codes).toEqual(['NOT_FOUND']);
      expect((await send(api, as, mutation, { policy: open, ...input })).codes).toEqual(['FORBIDDEN']);
    },
  );

  test.each([...ON_POLICY, ...ON_VERSION])('%s needs the role of %s', async (mutation, role, input) => {
    const target = { policy: hidden, version, ...input };
    const { policy, version: of, ...rest } = target;
    const asked = ON_VERSION.some(([name]) => name === mutation) ? { version: of, ...rest } : { policy, ...rest };
    for (const wrong of ['service', 'editor', 'approver', 'publisher', 'officer'].filter((each) => each !== role)) {
      expect((await send(api, roleOf(office, wrong), mutation, asked)).codes).toEqual(['FORBIDDEN']);
    }
    expect((await send(api, operator, mutation, asked)).codes).toEqual(['FORBIDDEN']);
    const nobody = await api.ask(`mutation { ${mutation}(input: ${literal(asked)}) { position } }`);
    expect(nobody.codes).toEqual(['UNAUTHENTICATED']);
  });

  test.each(ON_VERSION)(
    '%s on an unknown version is NOT_FOUND, on a visible one of another organisation FORBIDDEN',
    async (mutation, role, input) => {
      const as = roleOf(other, role);
      expect((await send(api, as, mutation, { version: UNKNOWN, ...input })).codes).toEqual(['NOT_FOUND']);
      expect((await send(api, as, mutation, { version, ...input })).codes).toEqual(['FORBIDDEN']);
    },
  );

  test('a policy without a publication is there for members alone, however it is asked for', async () => {
    const query = `{ a: policy(id: "${hidden}") { id } b: policy(handle: "fjordlys/hidden") { id } node(id: "${hidden}") { id }
      policies { nodes { id } totalCount } organisation(slug: "fjordlys") { policies { nodes { id } totalCount } } }`;
    const seen = async (as: Parameters<typeof api.get>[1]) => {
      const answer = await api.get(query, as);
      return [
        answer.at('a.id'),
        answer.at('b.id'),
        answer.at('node.id'),
        answer.at('policies.totalCount'),
        answer.at('organisation.policies.totalCount'),
      ];
    };
    for (const as of [office.editor, office.approver, office.publisher, office.officer, office.service]) {
      expect(await seen({ as })).toEqual([hidden, hidden, hidden, 2, 2]);
    }
    for (const asked of [{}, { as: other.officer }, { as: other.editor }, { as: operator }]) {
      expect(await seen(asked)).toEqual([undefined, undefined, undefined, 1, 1]);
    }
    expect(
      (await api.ask(`{ policyInForce(policy: "${hidden}") { reason { code } } }`, { as: other.officer })).codes,
    ).toEqual(['NOT_FOUND']);
  });

  test("an organisation's settings are for its members and the operator", async () => {
    const query =
      '{ organisation(slug: "fjordlys") { name approvalRequired noticeLeadDays retention { operationalDays } } }';
    const settings = {
      name: 'fjordlys AS',
      approvalRequired: true,
      noticeLeadDays: 14,
      retention: { operationalDays: 365 },
    };
    expect((await api.get(query, { as: office.service })).at('organisation')).toEqual(settings);
    expect((await api.get(query, { as: operator })).at('organisation')).toEqual(settings);
    for (const asked of [{}, { as: other.officer }]) {
      expect((await api.get(query, asked)).at('organisation')).toEqual({
        name: 'fjordlys AS',
        approvalRequired: null,
        noticeLeadDays: null,
        retention: null,
      });
    }
  });

  test("organisations are registered by the operator, and customers also by their processor's service", async () => {
    const input = (slug: string, more = {}) => ({
      slug,
      name: slug,
      timeZone: 'europe/oslo',
      defaultLocale: 'NB',
      ...more,
    });
    const customer = await write(
      api,
      office.service,
      'organisationRegister',
      input('kunde', { customerOf: office.id }),
      'organisation { timeZone defaultLocale customerOf { slug } }',
    );
    expect(customer.at('organisation')).toEqual({
      timeZone: 'Europe/Oslo',
      defaultLocale: 'nb',
      customerOf: { slug: 'fjordlys' },
    });
    expect(
      (await send(api, office.service, 'organisationRegister', input('kunde2', { customerOf: other.id }))).codes,
    ).toEqual(['FORBIDDEN']);
    expect((await send(api, office.service, 'organisationRegister', input('kunde3'))).codes).toEqual(['FORBIDDEN']);
    expect((await send(api, operator, 'organisationRegister', input('kunde4', { customerOf: UNKNOWN }))).codes).toEqual(
      ['NOT_FOUND'],
    );
    expect((await send(api, office.editor, 'organisationAmend', { organisation: office.id, name: 'X' })).codes).toEqual(
      ['FORBIDDEN'],
    );
    const twice = await send(api, operator, 'organisationRegister', input('fjordlys'));
    expect(refusals(twice)).toEqual(['ORGANISATION_ALREADY_EXISTS']);
  });

  test('an amendment records what differs, and refuses to record nothing', async () => {
    const change = { organisation: other.id, noticeLeadDays: 30, retention: { operationalDays: 100 } };
    const fields = 'organisation { noticeLeadDays retention { loginAndDeliveryDays operationalDays } }';
    const amended = await write(api, operator, 'organisationAmend', change, fields);
    expect(amended.at('organisation')).toEqual({
      noticeLeadDays: 30,
      retention: { loginAndDeliveryDays: 21, operationalDays: 100 },
    });
    expect(refusals(await send(api, operator, 'organisationAmend', change))).toEqual(['NOTHING_TO_AMEND']);
  });

  test('the log is for operators, and everybody may ask who they are', async () => {
    const log = '{ log { head applied lagMs lagEvents recordedAt } }';
    const { at } = await api.get(log, { as: operator });
    expect(at('log')).toMatchObject({ head: at('log.applied'), lagMs: 0, lagEvents: 0 });
    expect((await api.ask(log)).codes).toEqual(['UNAUTHENTICATED']);
    expect((await api.ask(log, { as: office.officer })).codes).toEqual(['FORBIDDEN']);

    const who = '{ caller { actor grants { role organisation { slug } } expiresAt } }';
    expect((await api.get(who)).at('caller')).toEqual({ actor: null, grants: [], expiresAt: null });
    const both = caller('Ida', 'editor@fjordlys', 'officer@nobody', 'operator');
    expect((await api.get(who, { as: both })).at('caller')).toEqual({
      actor: 'Ida',
      grants: [
        { role: 'editor', organisation: { slug: 'fjordlys' } },
        { role: 'officer', organisation: null },
        { role: 'operator', organisation: null },
      ],
      expiresAt: '2100-01-01T00:00:00.000Z',
    });
  });

  test('a token that has run out is refused, never taken for nobody', async () => {
    const late = { ...caller('Ida', 'editor@fjordlys'), expiresAt: api.clock.nowMs } as ReturnType<typeof caller>;
    expect((await api.ask('{ policies { totalCount } }', { as: late })).codes).toEqual(['UNAUTHENTICATED']);
  });

  test('nothing of the above was a fault', () => {
    expect(api.faults).toEqual([]);
  });
});

/** A value as GraphQL writes it in a document; words in capitals are enum values. */
function literal(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(literal).join(' ')}]`;
  if (typeof value === 'object' && value !== null) {
    return `{ ${Object.entries(value)
      .map(([name, field]) => `${name}: ${literal(field)}`)
      .join(' ')} }`;
  }
  return typeof value === 'string' && /^[A-Z][A-Z_]+$/.test(value) ? value : JSON.stringify(value);
}
