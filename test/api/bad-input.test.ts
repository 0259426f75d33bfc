import { openTestApi, operator, type TestApi } from '../support/api-harness';
import { type Office, openOffice, refusals, STATEMENT, send } from '../support/policy-over-api';

const HALF = '\ud800';

describe('bad input answers a documented code, and never a fault', () => {
  let api: TestApi;
  let office: Office;
  let policy: string;
  let other: TestApi;
  let otherPosition: string;

  beforeAll(async () => {
    api = await openTestApi();
    office = await openOffice(api, 'fjordlys', { approvalRequired: false });
    policy = await office.createPolicy('privacy');
    await office.publish(policy, { text: 'Tekst' });
    other = await openTestApi();
    const there = await openOffice(other, 'fjordlys');
    otherPosition = (await there.publish(await there.createPolicy('privacy'), { text: 'Tekst' })).position;
  });
  afterAll(async () => {
    expect(api.faults).toEqual([]);
    await api.close();
    await other.close();
  });

  const asOf = (fields: string) => `{ policyInForce(policy: "${policy}", asOf: { ${fields} }) { version { id } } }`;

  test.each([
    ['both effective axes', 'effectiveAt: "2024-01-01T00:00:00Z", effectiveOn: "2024-01-01"', 'AS_OF_CONTRADICTORY'],
    ['both recorded axes', 'recordedAt: "2024-01-01T00:00:00Z", position: "x"', 'BAD_POSITION'],
    ['recordedAt in the future', 'recordedAt: "2999-01-01T00:00:00Z"', 'AS_OF_IN_FUTURE'],
    ['a malformed position', 'position: "x"', 'BAD_POSITION'],
    ['an empty position', 'position: ""', 'BAD_POSITION'],
    ['a local time without an offset', 'effectiveAt: "2024-01-01T00:00:00"', 'BAD_USER_INPUT'],
    ['a time finer than a millisecond', 'effectiveAt: "2024-01-01T00:00:00.0001Z"', 'BAD_USER_INPUT'],
    ['a day that is none', 'effectiveOn: "2023-02-29"', 'BAD_USER_INPUT'],
    ['a number for a time', 'effectiveAt: 5', 'BAD_USER_INPUT'],
    ['a list for a day', 'effectiveOn: ["2024-01-01"]', 'BAD_USER_INPUT'],
    ['a huge time', `effectiveAt: "${'9'.repeat(5_000)}"`, 'BAD_USER_INPUT'],
  ])('asOf with %s', async (_, fields, code) => {
    const { codes, data } = await api.ask(asOf(fields));
    expect(codes).toEqual([code]);
    expect(data ?? { policyInForce: null }).toEqual({ policyInForce: null });
  });

  test('two positions given as two axes are a contradiction', async () => {
    const { position } = (await api.get(`{ policyInForce(policy: "${policy}") { asOf { position } } }`)).at(
      'policyInForce.asOf',
    ) as { position: string };
    expect((await api.ask(asOf(`recordedAt: "2024-01-01T00:00:00Z", position: "${position}"`))).codes).toEqual([
      'AS_OF_CONTRADICTORY',
    ]);
  });

  test('a position of another log, and one that no event of this log has', async () => {
    expect((await api.ask(asOf(`position: "${otherPosition}"`))).codes).toEqual(['BAD_POSITION']);
    const place = (text: string) => Buffer.from(JSON.stringify([api.services.app.logId, text])).toString('base64url');
    expect((await api.ask(asOf(`position: "${place('no place')}"`))).codes).toEqual(['BAD_POSITION']);
    expect((await api.ask(asOf(`position: "${place('999999999')}"`))).codes).toEqual(['POSITION_NOT_REACHED']);
    expect((await api.ask(asOf(`position: "${Buffer.from('{"a":1}').toString('base64url')}"`))).codes).toEqual([
      'BAD_POSITION',
    ]);
  });

  test.each([
    ['malformed', 'x', 'BAD_POSITION'],
    ['not a string', 5, 'BAD_POSITION'],
    ['an object', {}, 'BAD_POSITION'],
  ])('atLeast that is %s', async (_, atLeast, code) => {
    expect((await api.ask('{ policies { totalCount } }', { atLeast })).codes).toEqual([code]);
  });

  test('atLeast of another log, beyond this log, and of what this node has', async () => {
    const query = '{ policies { totalCount } }';
    expect((await api.ask(query, { atLeast: otherPosition })).codes).toEqual(['BAD_POSITION']);
    const beyond = Buffer.from(JSON.stringify([api.services.app.logId, '999999999'])).toString('base64url');
    expect((await api.ask(query, { atLeast: beyond })).codes).toEqual(['POSITION_NOT_REACHED']);
    const head = (await api.get('{ log { head } }', { as: operator })).at('log.head');
    expect((await api.ask(query, { atLeast: head })).codes).toEqual([]);
  });

  test.each([0, -1, 101, 10_001])('a page of %i', async (first) => {
    const lists = [
      `organisations(first: ${first}) { totalCount }`,
      `policies(first: ${first}) { totalCount }`,
      `policy(id: "${policy}") { versions(first: ${first}) { totalCount } }`,
    ];
    for (const list of lists) expect((await api.ask(`{ ${list} }`)).codes).toEqual(['BAD_USER_INPUT']);
    const facts = (argument: string) =>
      `{ facts(organisation: "${office.id}", ${argument}: ${first}) { nodes { type } } }`;
    expect((await api.ask(facts('first'), { as: office.officer })).codes).toEqual(['BAD_USER_INPUT']);
    expect((await api.ask(facts('last'), { as: office.officer })).codes).toEqual(['BAD_USER_INPUT']);
  });

  test.each(['x', '', '....', Buffer.from('[1,2,3,4,5]').toString('base64url'), 'A'.repeat(5_000)])(
    'the cursor %#',
    async (after) => {
      const query = `query ($after: String) { organisations(after: $after) { totalCount } }`;
      expect((await api.ask(query, { variables: { after } })).codes).toEqual(['BAD_CURSOR']);
    },
  );

  test('neither or both of two ways to name a thing', async () => {
    for (const query of [
      'policy',
      'organisation',
      'policy(id: "a", handle: "b")',
      'organisation(id: "a", slug: "b")',
    ]) {
      expect((await api.ask(`{ ${query} { id } }`)).codes).toEqual(['BAD_USER_INPUT']);
    }
    expect((await api.ask('{ policyInForce { asOf { rules } } }')).codes).toEqual(['BAD_USER_INPUT']);
  });

  test.each(['', ' ', '\u0000', HALF, "'; DROP TABLE policies; --", '../../etc/passwd', 'x'.repeat(100_000), '日本語'])(
    'look-ups by %# find nothing and say nothing',
    async (id) => {
      const query = `query ($id: ID!, $text: String!) { node(id: $id) { id } policyVersion(id: $id) { id } policyTemplate(id: $id) { id } organisation(id: $id) { id }
      b: organisation(slug: $text) { id } policy(id: $id) { id } c: policy(handle: $text) { id } }`;
      const answer = await api.ask(query, { variables: { id, text: id }, as: office.editor });
      expect(answer.errors).toBeUndefined();
      expect(Object.values(answer.data as object)).toEqual(Array.from({ length: 7 }, () => null));
    },
  );

  test('states of unknown things answer null and NOT_FOUND', async () => {
    const unknown = '00000000-0000-4000-8000-000000000000';
    expect((await api.ask(`{ policyInForce(policy: "${unknown}") { asOf { rules } } }`)).codes).toEqual(['NOT_FOUND']);
    expect(
      (await api.ask(`{ policyInForce(policy: "${policy}", subject: "${unknown}") { asOf { rules } } }`)).codes,
    ).toEqual(['NOT_FOUND']);
    expect(
      (await api.ask(`{ policyVersionComparison(from: "${unknown}", to: "${unknown}") { impliedReasons } }`)).codes,
    ).toEqual(['NOT_FOUND']);
  });

  const DRAFT = { expectedVersion: 2, locale: 'nb', format: 'PLAIN_TEXT', text: 'Tekst' };

  test.each<[string, string, Record<string, unknown>, string, string[]]>([
    ['an empty text', 'policyDraftEdit', { ...DRAFT, text: '' }, 'REQUIRED', ['text']],
    ['a blank text', 'policyDraftEdit', { ...DRAFT, text: ' \n' }, 'REQUIRED', ['text']],
    [
      'half a surrogate pair in a text',
      'policyDraftEdit',
      { ...DRAFT, text: `a${HALF}b` },
      'TEXT_NOT_UNICODE',
      ['text'],
    ],
    ['a NUL in a text', 'policyDraftEdit', { ...DRAFT, text: 'a\u0000b' }, 'CONTROL_CHARACTER', ['text']],
    [
      'a text one byte too large',
      'policyDraftEdit',
      { ...DRAFT, text: `${'å'.repeat(524_288)}a` },
      'TEXT_TOO_LARGE',
      ['text'],
    ],
    ['a blank key', 'policyDraftEdit', { ...DRAFT, idempotencyKey: ' ' }, 'REQUIRED', ['idempotencyKey']],
    ['a huge key', 'policyDraftEdit', { ...DRAFT, idempotencyKey: 'k'.repeat(201) }, 'TOO_LONG', ['idempotencyKey']],
    ['a stale version', 'policyDraftEdit', { ...DRAFT, expectedVersion: 0 }, 'STALE_VERSION', ['expectedVersion']],
    [
      'a version of the future',
      'policyDraftEdit',
      { ...DRAFT, expectedVersion: 99 },
      'STALE_VERSION',
      ['expectedVersion'],
    ],
    ['a negative version', 'policyDraftEdit', { ...DRAFT, expectedVersion: -1 }, 'STALE_VERSION', ['expectedVersion']],
    [
      'a locale that the draft has not',
      'policyDraftLocaleRemove',
      { expectedVersion: 2, locale: 'fi' },
      'LOCALE_NOT_IN_DRAFT',
      ['locale'],
    ],
    ['a title of several lines', 'policyTitleSet', { locale: 'nb', title: 'a\nb' }, 'CONTROL_CHARACTER', ['title']],
    ['a title too long', 'policyTitleSet', { locale: 'nb', title: 't'.repeat(201) }, 'TOO_LONG', ['title']],
  ])('%s', async (_, mutation, input, code, path) => {
    const answer = await send(api, office.editor, mutation, { policy, ...input });
    expect(answer.at('userErrors.0')).toMatchObject({ code, path });
    expect(refusals(answer)).toEqual([code]);
    expect(answer.at('position')).toBeNull();
  });

  const PUBLICATION = { expectedVersion: 2, label: '2', reasons: ['WORDING'], summaries: [] };

  test.each<[string, Record<string, unknown>, string, string[]]>([
    ['a label too long', { label: 'l'.repeat(101) }, 'TOO_LONG', ['label']],
    [
      'two effective dates',
      { effectiveFrom: '2030-01-01T00:00:00Z', effectiveOn: '2030-01-01' },
      'EFFECTIVE_AMBIGUOUS',
      ['effectiveOn'],
    ],
    ['an effective date in the past', { effectiveOn: '2020-01-01' }, 'EFFECTIVE_IN_PAST', ['effectiveOn']],
    [
      'a summary twice in one locale',
      {
        summaries: [
          { locale: 'nb', text: 'a' },
          { locale: 'NB', text: 'b' },
        ],
      },
      'LOCALE_TWICE',
      ['summaries'],
    ],
    ['a blank summary', { summaries: [{ locale: 'nb', text: '' }] }, 'REQUIRED', ['summaries', '0', 'text']],
    ['more grace than there may be', { graceDays: 3_651 }, 'OUT_OF_RANGE', ['graceDays']],
    ['less grace than none', { graceDays: -1 }, 'OUT_OF_RANGE', ['graceDays']],
    [
      'a list too long',
      { audience: Array.from({ length: 101 }, (__, index) => `c${index}`) },
      'TOO_MANY',
      ['audience'],
    ],
    ['half a character in a list', { audience: [HALF] }, 'TEXT_NOT_UNICODE', ['audience']],
  ])('a publication with %s', async (_, more, code, path) => {
    const answer = await send(api, office.publisher, 'policyVersionPublish', { policy, ...PUBLICATION, ...more });
    expect(answer.at('userErrors.0')).toMatchObject({ code, path });
  });

  test('a statement with a purpose twice, with a key that is none, and with one too many', async () => {
    const [purpose] = STATEMENT.purposes;
    const set = async (purposes: readonly unknown[]) =>
      send(api, office.editor, 'policyDraftStatementSet', {
        policy,
        expectedVersion: 2,
        statement: { ...STATEMENT, purposes },
      });
    expect((await set([purpose, purpose])).at('userErrors.0')).toMatchObject({
      code: 'STATEMENT_INVALID',
      path: ['statement', 'purposes'],
    });
    expect((await set([{ ...purpose, key: 'News Letter' }])).at('userErrors.0')).toMatchObject({
      code: 'STATEMENT_INVALID',
      path: ['statement', 'purposes', '0', 'key'],
    });
    expect(refusals(await set(Array.from({ length: 101 }, () => purpose)))).toEqual(['TOO_MANY']);
    expect((await set([{ ...purpose, retention: 'r'.repeat(4_001) }])).at('userErrors.0')).toMatchObject({
      code: 'TOO_LONG',
      path: ['statement', 'purposes', '0', 'retention'],
    });
  });

  test.each([
    ['a slug that is none', { slug: 'Fjord Lys' }, 'SLUG_INVALID'],
    ['a huge slug', { slug: 's'.repeat(65) }, 'TOO_LONG'],
    ['a wrong check digit', { number: '123456789' }, 'ORGANISATION_NUMBER_INVALID'],
    ['two identifiers', { number: '974760673', foreignId: 'SE-1' }, 'TWO_IDENTIFIERS'],
    ['a blank name', { name: ' ' }, 'REQUIRED'],
  ])('an organisation with %s', async (_, more, code) => {
    const input = { slug: 'ny', name: 'Ny AS', timeZone: 'Europe/Oslo', defaultLocale: 'nb', ...more };
    expect(refusals(await send(api, operator, 'organisationRegister', input))).toEqual([code]);
  });

  test.each([
    ['timeZone', 'Mars/Olympus'],
    ['timeZone', '+01:00'],
    ['timeZone', ['Europe/Oslo']],
    ['defaultLocale', 'x'.repeat(300)],
    ['defaultLocale', ['nb']],
    ['defaultLocale', 'not a locale'],
    ['name', 5],
    ['approvalRequired', 'yes'],
  ])('a %s of %j is of the wrong type', async (field, value) => {
    const input = { slug: 'ny', name: 'Ny AS', timeZone: 'Europe/Oslo', defaultLocale: 'nb', [field]: value };
    const answer = await send(api, operator, 'organisationRegister', input);
    // What GraphQL itself refuses gets its code from the server.
    expect(['BAD_USER_INPUT', 'none']).toContain(answer.codes[0]);
  });

  test('an import with no date, or one that is not in the past', async () => {
    const input = { policy, label: '0', locale: 'nb', format: 'PLAIN_TEXT', text: 'Tekst' };
    const importing = (more: object) => send(api, office.publisher, 'policyVersionImport', { ...input, ...more });
    expect(refusals(await importing({}))).toEqual(['IMPORT_DATE_MISSING']);
    expect(refusals(await importing({ effectiveOn: '2999-01-01' }))).toEqual(['IMPORT_NOT_IN_PAST']);
    expect(refusals(await importing({ effectiveFrom: '2024-06-15T10:00:00Z' }))).toEqual(['IMPORT_AFTER_PUBLICATION']);
  });

  test('nulls mean what leaving out means', async () => {
    const edit = { policy, ...DRAFT, idempotencyKey: null };
    expect(refusals(await send(api, office.editor, 'policyDraftEdit', edit))).toEqual([]);
    const answer = await api.get(
      `{ policyInForce(policy: "${policy}", handle: null, subject: null, asOf: { effectiveAt: null, effectiveOn: null, recordedAt: null, position: null }) { reason { code } } policies(first: null, after: null, kind: null, organisation: null) { totalCount } }`,
    );
    expect(answer.data).toEqual({
      policyInForce: { reason: { code: 'VERSION_IN_FORCE' } },
      policies: { totalCount: 1 },
    });
  });
});

test('a fault is hidden behind an id and reported with nothing of what was asked', async () => {
  const api = await openTestApi();
  const office = await openOffice(api, 'fjordlys');
  const policy = await office.createPolicy('privacy');
  await office.publish(policy, { text: 'Tekst' });
  await api.services.app.vault.close();
  const { store } = api.services.app;
  Object.assign(store, {
    readStream: () => {
      throw new TypeError('secret of the driver');
    },
  });

  const answer = await api.ask(`{ facts(organisation: "${office.id}") { nodes { data } } }`, { as: office.officer });
  const down = await send(api, office.editor, 'policyTitleSet', { policy, locale: 'nb', title: 'T' });

  expect(new Set(answer.codes)).toEqual(new Set(['INTERNAL_SERVER_ERROR']));
  expect(JSON.stringify(answer)).not.toContain('secret');
  expect(api.faults.map(({ where }) => where)).toContain('LoggedFact.data');
  expect(answer.errors?.[0]?.extensions.id).toBe(api.faults[0]?.id);
  expect(down.codes).toEqual(['STORE_UNAVAILABLE']);
  await api.close();
});
