import { appendFacts, openNode, type ReadModelNode, reach } from './support/read-model-node';
import { at, organisationRegistered, policyCreated, published, sampleId } from './support/sample-facts';

const [processor, customer, stranger] = [sampleId(1), sampleId(2), sampleId(3)];
const policyIds = [10, 11, 12, 13, 14].map(sampleId);
const actor = sampleId(70);

let node: ReadModelNode;

beforeAll(async () => {
  node = await openNode();
  const registered = [
    [processor, { slug: 'zeta', number: '923609016', noticeLeadDays: 30 }],
    [customer, { slug: 'alfa', customerOf: processor, foreignId: 'SE5560360793' }],
    [stranger, { slug: 'beta', timeZone: 'UTC' }],
  ] as const;
  for (const [id, more] of registered) {
    await node.record(`organisation-${id}`, [organisationRegistered(id, more)], at('2024-01-01'));
  }
  for (const [index, id] of policyIds.entries()) {
    const kind = index % 2 === 0 ? 'PRIVACY_NOTICE' : 'TERMS';
    const facts = { slug: `policy-${index}`, kind } as const;
    await node.record(`policy-${id}`, [policyCreated(id, index < 3 ? processor : customer, facts)], at('2024-02-01'));
  }
  for (const [index, id] of policyIds.slice(0, 4).entries()) {
    const facts = { policyId: id, versionId: sampleId(100 + index), effectiveFrom: at('2024-03-01') };
    await node.record(`policy-${id}`, [published(facts)], at('2024-03-01'));
  }
});

afterAll(() => node.close());

const head = () => node.readModels.applied();
const prefixOf = (n: number) => node.readModels.prefixAtOrdinal(n) ?? head();

describe('organisations', () => {
  test('one is found by id and by slug, from its registration on', () => {
    const found = node.readModels.organisationBySlug('alfa', head());
    expect(found).toMatchObject({ id: customer, customerOf: processor, foreignId: 'SE5560360793', number: undefined });
    expect(node.readModels.organisationById(customer, prefixOf(1))).toBeUndefined();
    expect(node.readModels.organisationBySlug('alfa', prefixOf(1))).toBeUndefined();
    expect(node.readModels.organisationBySlug("' OR 1=1 --", head())).toBeUndefined();
  });

  test('pages join to all of them in the order of registration', () => {
    const first = node.readModels.organisationsPage({ limit: 2 }, head());
    expect([first.rows.map(({ slug }) => slug), first.hasMore, first.totalCount]).toEqual([['zeta', 'alfa'], true, 3]);
    const last = first.rows.at(-1)?.n ?? 0;
    const second = node.readModels.organisationsPage({ limit: 2, after: last }, head());
    expect([second.rows.map(({ slug }) => slug), second.hasMore, second.totalCount]).toEqual([['beta'], false, 3]);
    expect(node.readModels.organisationsPage({ limit: 2 }, prefixOf(2)).totalCount).toBe(2);
    const customers = node.readModels.organisationsPage({ limit: 5, customersOf: processor }, head());
    expect([customers.rows.map(({ id }) => id), customers.totalCount]).toEqual([[customer], 1]);
  });

  test('amendments show at once, all but the zone and the default locale without a history', async () => {
    const id = stranger;
    const { n } = head();
    await node.record(`organisation-${id}`, [
      { type: 'OrganisationNamed', data: { organisationId: id, name: 'Beta AS', namedAt: at('2024-04-01') } },
      {
        type: 'OrganisationIdentified',
        data: { organisationId: id, number: '974760673', identifiedAt: at('2024-04-01') },
      },
      {
        type: 'OrganisationTimeZoneSet',
        data: { organisationId: id, timeZone: 'Asia/Tokyo', setAt: at('2024-04-01') },
      },
      {
        type: 'OrganisationDefaultLocaleSet',
        data: { organisationId: id, defaultLocale: 'ja', setAt: at('2024-04-01') },
      },
      {
        type: 'OrganisationApprovalRequirementSet',
        data: { organisationId: id, approvalRequired: false, setAt: at('2024-04-01') },
      },
      { type: 'OrganisationNoticeLeadSet', data: { organisationId: id, noticeLeadDays: 7, setAt: at('2024-04-01') } },
      {
        type: 'OrganisationRetentionSet',
        data: {
          organisationId: id,
          retention: { loginAndDeliveryDays: 1, operationalDays: 2 },
          setAt: at('2024-04-01'),
        },
      },
    ]);
    expect(node.readModels.organisationById(id, head())).toMatchObject({
      name: 'Beta AS',
      number: '974760673',
      timeZone: 'Asia/Tokyo',
      defaultLocale: 'ja',
      approvalRequired: false,
      noticeLeadDays: 7,
      retention: { loginAndDeliveryDays: 1, operationalDays: 2 },
    });
    expect(node.readModels.timeZoneOf(id, prefixOf(n))).toBe('UTC');
    expect(node.readModels.defaultLocaleOf(id, prefixOf(n))).toBe('nb');
    expect(node.readModels.defaultLocaleOf(id, head())).toBe('ja');
    expect(node.readModels.defaultLocaleOf(id, { n: 0 })).toBeUndefined();
    expect(node.readModels.timeZoneOf(sampleId(999), head())).toBeUndefined();
  });
});

describe('policies', () => {
  const slugs = (range: Parameters<ReadModelNode['readModels']['policiesPage']>[0], prefix = head()) =>
    node.readModels.policiesPage(range, prefix).rows.map(({ slug }) => slug);

  test('one is found by id and by handle', () => {
    expect(node.readModels.policyByHandle('zeta/policy-1', head())?.id).toBe(policyIds[1]);
    expect(node.readModels.policyById(policyIds[4] ?? '', head())).toMatchObject({
      published: false,
      slug: 'policy-4',
    });
    for (const handle of ['zeta', 'zeta/', '/policy-1', 'zeta/policy-1/x', 'alfa/policy-1', '', '\0/\ud800']) {
      expect(node.readModels.policyByHandle(handle, head())).toBeUndefined();
    }
  });

  test('the public sees those with a version, members also their own without one', () => {
    expect(slugs({ visibleTo: 'public', limit: 10 })).toEqual(['policy-0', 'policy-1', 'policy-2', 'policy-3']);
    expect(slugs({ visibleTo: [customer], limit: 10 })).toHaveLength(5);
    expect(slugs({ visibleTo: [stranger], limit: 10 })).toHaveLength(4);
    expect(slugs({ visibleTo: 'all', limit: 10 })).toHaveLength(5);
    expect(slugs({ visibleTo: 'public', limit: 10 }, prefixOf(9))).toEqual(['policy-0']);
  });

  test('pages by organisation and kind count what they list', () => {
    const page = node.readModels.policiesPage({ organisation: processor, visibleTo: 'public', limit: 2 }, head());
    expect([page.rows.length, page.hasMore, page.totalCount]).toEqual([2, true, 3]);
    const after = page.rows.at(-1)?.n ?? 0;
    expect(slugs({ organisation: processor, visibleTo: 'public', limit: 2, after })).toEqual(['policy-2']);
    expect(slugs({ kind: 'TERMS', visibleTo: 'public', limit: 10 })).toEqual(['policy-1', 'policy-3']);
  });
});

describe('versions', () => {
  test('pages hold what was published by the instant and known at the prefix', async () => {
    const policy = policyIds[0] ?? '';
    const { n } = head();
    await node.record(`policy-${policy}`, [
      published({
        policyId: policy,
        versionId: sampleId(200),
        sequence: 2,
        effectiveFrom: at('2024-08-01'),
        publishedAt: at('2024-05-01'),
        effectiveFromForExisting: at('2024-09-01'),
        audience: ['customer'],
      }),
    ]);
    const sequences = (effectiveAt: string, known = head().n, after = 0) =>
      node.readModels
        .versionsPage({ policy, limit: 1, after }, { effectiveAt: at(effectiveAt), n: known })
        .rows.map(({ sequence }) => sequence);
    expect([
      sequences('2024-06-01'),
      sequences('2024-06-01', undefined, 1),
      sequences('2024-06-01', undefined, 2),
    ]).toEqual([[1], [2], []]);
    expect([sequences('2024-04-01', undefined, 1), sequences('2024-06-01', n, 1), sequences('2024-01-01')]).toEqual([
      [],
      [],
      [],
    ]);
    expect(node.readModels.versionBySequence(policy, 2, head())).toMatchObject({
      id: sampleId(200),
      effectiveFromForExisting: at('2024-09-01'),
      audience: ['customer'],
      imported: false,
      revoked: false,
      publishedAt: at('2024-05-01'),
    });
    expect(node.readModels.versionBySequence(policy, 2, prefixOf(n))).toBeUndefined();
    expect(node.readModels.versionById(sampleId(200), prefixOf(n))).toBeUndefined();
  });
});

describe('facts', () => {
  const types = (range: Partial<Parameters<ReadModelNode['readModels']['factsPage']>[0]>, prefix = head()) =>
    node.readModels.factsPage({ organisation: customer, limit: 10, ...range }, prefix).rows.map(({ type }) => type);

  test('an organisation sees its own, in the order of the log', () => {
    expect(types({})).toEqual(['OrganisationRegistered', 'PolicyCreated', 'PolicyCreated', 'PolicyVersionPublished']);
    expect(types({ policy: policyIds[3] ?? '' })).toEqual(['PolicyCreated', 'PolicyVersionPublished']);
    expect(types({ policy: policyIds[0] ?? '' })).toEqual([]);
    expect(types({}, prefixOf(3))).toEqual(['OrganisationRegistered']);
    expect(types({ types: ['PolicyVersionPublished', 'OrganisationRegistered', 'Nonsense'] })).toEqual([
      'OrganisationRegistered',
      'PolicyVersionPublished',
    ]);
    expect(types({ types: [] })).toEqual([]);
  });

  test('pages forwards and backwards join to the same list', () => {
    const all = node.readModels.factsPage({ organisation: processor, limit: 100 }, head()).rows;
    const forwards: number[] = [];
    for (let after = 0, more = true; more; ) {
      const page = node.readModels.factsPage({ organisation: processor, limit: 2, after }, head());
      forwards.push(...page.rows.map(({ n }) => n));
      after = page.rows.at(-1)?.n ?? 0;
      more = page.hasMore;
    }
    const backwards: number[] = [];
    for (let before = head().n + 1, more = true; more; ) {
      const page = node.readModels.factsPage({ organisation: processor, limit: 2, before, backwards: true }, head());
      backwards.unshift(...page.rows.map(({ n }) => n));
      before = page.rows[0]?.n ?? 0;
      more = page.hasMore;
    }
    expect(forwards).toEqual(all.map(({ n }) => n));
    expect(backwards).toEqual(forwards);
  });

  test('a fact says where it stands, when it occurred and who did it', async () => {
    const title = { locale: 'nb', text: 'Ny' };
    const stream = `policy-${policyIds[1]}`;
    const data = { policyId: policyIds[1] ?? '', title, setAt: at('2024-06-06') };
    const { n, position } = await node.record(stream, [{ type: 'PolicyTitleSet', data }]);
    const [fact] = node.readModels.factsPage({ organisation: processor, limit: 1, backwards: true }, head()).rows;
    expect(fact).toMatchObject({ n, position, stream, version: 3, policy: policyIds[1], occurredAt: at('2024-06-06') });
    expect(fact?.actor).toBeUndefined();
    await reach(node, await appendFacts(node.store, stream, [{ type: 'PolicyTitleSet', data }], { actor }));
    const page = node.readModels.factsPage({ organisation: processor, limit: 1, backwards: true }, head());
    expect(page.rows[0]?.actor).toBe(actor);
  });
});

test('counts are of the prefix', () => {
  expect(node.readModels.counts(prefixOf(8))).toEqual({ events: 8, organisations: 3, policies: 5, versions: 0 });
  expect(node.readModels.counts(prefixOf(12)).versions).toBe(4);
});
