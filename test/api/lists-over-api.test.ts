import { caller, openTestApi, type TestApi } from '../support/api-harness';
import { type Office, openOffice, write } from '../support/policy-over-api';

describe('lists', () => {
  let api: TestApi;
  let office: Office;
  let policy: string;

  beforeEach(async () => {
    api = await openTestApi();
    office = await openOffice(api, 'fjordlys');
    policy = await office.createPolicy('privacy');
    for (let index = 1; index <= 5; index += 1) await importVersion(`${index}`, `201${index}-01-01`);
  });
  afterEach(() => api.close());

  const importVersion = (label: string, effectiveOn: string) =>
    write(
      api,
      office.publisher,
      'policyVersionImport',
      { policy, label, effectiveOn, locale: 'nb', format: 'PLAIN_TEXT', text: `Tekst ${label}` },
      'version { id }',
    );
  const page = (args: string, nodes = 'label') =>
    `{ policy(id: "${policy}") { versions(${args}) { nodes { ${nodes} } edges { cursor node { label } } totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }`;

  test('a list is paged in its order to its end, each row once', async () => {
    const labels: unknown[] = [];
    let after = '';
    let pages = 0;
    for (let more = true; more; pages += 1) {
      const { at } = await api.get(page(`first: 2${after}`));
      labels.push(...(at('policy.versions.nodes') as { label: string }[]).map(({ label }) => label));
      expect(at('policy.versions.totalCount')).toBe(5);
      expect(at('policy.versions.pageInfo.hasPreviousPage')).toBe(after !== '');
      expect(at('policy.versions.pageInfo.startCursor')).toBe(at('policy.versions.edges.0.cursor'));
      after = `, after: "${at('policy.versions.pageInfo.endCursor')}"`;
      more = at('policy.versions.pageInfo.hasNextPage') === true;
    }
    expect(labels).toEqual(['1', '2', '3', '4', '5']);
    expect(pages).toBe(3);
  });

  test('a list goes on at the stamp of its cursor, whatever was written since', async () => {
    const first = await api.get(page('first: 3'));
    const cursor = first.at('policy.versions.pageInfo.endCursor');
    await importVersion('6', '2016-01-01');

    const rest = await api.get(page(`first: 10, after: "${cursor}"`, 'label policy { inForce { version { label } } }'));

    expect(rest.at('policy.versions')).toMatchObject({
      totalCount: 5,
      nodes: ['4', '5'].map((label) => ({ label, policy: { inForce: { version: { label: '5' } } } })),
    });
  });

  test('drafts further on in a list stand as they did at its first page', async () => {
    const other = await office.createPolicy('other');
    const drafts = (args: string) =>
      api.get(
        `{ policies(first: 1${args}) { nodes { handle draft { revision contents { text } } } pageInfo { endCursor } } }`,
        { as: office.editor },
      );
    const cursor = (await drafts('')).at('policies.pageInfo.endCursor');
    const edit = { policy: other, expectedVersion: 0, locale: 'nb', format: 'PLAIN_TEXT', text: 'Nytt' };
    await write(api, office.editor, 'policyDraftEdit', edit, 'policy { id }');

    const rest = await drafts(`, after: "${cursor}"`);

    expect(rest.at('policies.nodes')).toEqual([{ handle: 'fjordlys/other', draft: { revision: 0, contents: [] } }]);
    expect((await drafts('')).at('policies.nodes.0.handle')).toBe('fjordlys/privacy');
  });

  test('an axis of a stamp that is given as null does not contradict the cursor', async () => {
    const none = '{ effectiveAt: null, effectiveOn: null, recordedAt: null, position: null }';
    const first = await api.get(page(`first: 3, asOf: ${none}`));
    api.clock.nowMs += 1000;
    const rest = page(`after: "${first.at('policy.versions.pageInfo.endCursor')}", asOf: ${none}`);
    expect((await api.get(rest)).at('policy.versions.nodes')).toEqual([{ label: '4' }, { label: '5' }]);
  });

  test('a cursor asked with another stamp, or for another list, is refused', async () => {
    const { at } = await api.get(
      `{ policyInForce(policy: "${policy}") { asOf { position effectiveAt } policy { versions(first: 2) { pageInfo { endCursor } } } } }`,
    );
    const position = at('policyInForce.asOf.position');
    const effectiveAt = at('policyInForce.asOf.effectiveAt');
    const cursor = at('policyInForce.policy.versions.pageInfo.endCursor');
    const later = (await importVersion('6', '2016-01-01')).at('position');

    expect((await api.ask(page(`after: "${cursor}", asOf: { position: "${position}" }`))).codes).toEqual([]);
    expect(
      (await api.ask(page(`after: "${cursor}", asOf: { effectiveAt: "${effectiveAt}", position: "${position}" }`)))
        .codes,
    ).toEqual([]);
    expect((await api.ask(page(`after: "${cursor}", asOf: { position: "${later}" }`))).codes).toEqual([
      'CURSOR_OF_ANOTHER_STAMP',
    ]);
    expect((await api.ask(page(`after: "${cursor}", asOf: { effectiveOn: "2015-01-01" }`))).codes).toEqual([
      'CURSOR_OF_ANOTHER_STAMP',
    ]);
    const below = (known: unknown) =>
      `{ policyInForce(policy: "${policy}", asOf: { position: "${known}" }) { policy { versions(after: "${cursor}") { totalCount } } } }`;
    expect((await api.ask(below(later))).codes).toEqual(['CURSOR_OF_ANOTHER_STAMP']);
    expect((await api.ask(below(position))).codes).toEqual([]);
    expect((await api.ask(`{ organisations(after: "${cursor}") { totalCount } }`)).codes).toEqual(['BAD_CURSOR']);
    const elsewhere = await office.createPolicy('other');
    const foreign = `{ policy(id: "${elsewhere}") { versions(after: "${cursor}") { totalCount } } }`;
    expect((await api.ask(foreign, { as: office.editor })).codes).toEqual(['BAD_CURSOR']);
  });

  test('organisations and policies are listed, by organisation and kind', async () => {
    const other = await openOffice(api, 'nordvik');
    await other.createPolicy('terms', { kind: 'TERMS' });
    const organisations = await api.get(
      '{ organisations(first: 1) { nodes { slug } totalCount pageInfo { endCursor } } }',
    );
    const next = await api.get(
      `{ organisations(after: "${organisations.at('organisations.pageInfo.endCursor')}") { nodes { slug } } }`,
    );
    expect([organisations.at('organisations.nodes'), next.at('organisations.nodes')]).toEqual([
      [{ slug: 'fjordlys' }],
      [{ slug: 'nordvik' }],
    ]);
    const policies = (args: string, as = other.editor) =>
      api.get(`{ policies${args} { nodes { handle kind } } }`, { as });
    expect((await policies('')).at('policies.nodes')).toEqual([
      { handle: 'fjordlys/privacy', kind: 'PRIVACY_NOTICE' },
      { handle: 'nordvik/terms', kind: 'TERMS' },
    ]);
    expect((await policies('(kind: TERMS)')).at('policies.nodes')).toEqual([
      { handle: 'nordvik/terms', kind: 'TERMS' },
    ]);
    expect((await policies(`(organisation: "${office.id}")`)).at('policies.nodes')).toHaveLength(1);
    expect((await policies('(organisation: "nobody")')).at('policies.nodes')).toEqual([]);
    expect((await policies('', office.editor)).at('policies.nodes')).toHaveLength(1);
  });

  test('any two versions are compared section by section, also of two policies and against what has no such text', async () => {
    const ids = (await api.get(page('first: 5', 'id'))).at('policy.versions.nodes') as { id: string }[];
    const [first, second] = ids.map(({ id }) => id);
    const compare = (from: unknown, to: unknown, locale = '') =>
      api.get(
        `{ policyVersionComparison(from: "${from}", to: "${to}"${locale}) { from { label } to { label } sections { heading op words { op text } } statement { path } impliedReasons } }`,
      );
    expect((await compare(first, second)).at('policyVersionComparison')).toEqual({
      from: { label: '1' },
      to: { label: '2' },
      sections: [
        {
          heading: '',
          op: 'CHANGED',
          words: [
            { op: 'SAME', text: 'Tekst ' },
            { op: 'REMOVED', text: '1' },
            { op: 'ADDED', text: '2' },
          ],
        },
      ],
      statement: [],
      impliedReasons: [],
    });
    const added = { version: second, locale: 'en', format: 'PLAIN_TEXT', text: 'Text' };
    await write(api, caller('Per', 'publisher@fjordlys'), 'policyVersionLocaleAdd', added, 'version { id }');
    expect((await compare(first, second, ', locale: "en"')).at('policyVersionComparison.sections')).toEqual([
      { heading: '', op: 'ADDED', words: [{ op: 'ADDED', text: 'Text' }] },
    ]);
    expect((await compare(second, first, ', locale: "en"')).at('policyVersionComparison.sections.0.op')).toBe(
      'CHANGED',
    );
  });
});
