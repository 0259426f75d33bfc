import { openTestApi, type TestApi } from '../support/api-harness';
import { type Office, openOffice, refusals, STATEMENT, send, write } from '../support/policy-over-api';

describe('a policy from the first draft to its retirement', () => {
  let api: TestApi;
  let office: Office;

  beforeEach(async () => {
    api = await openTestApi();
    office = await openOffice(api, 'fjordlys');
  });
  afterEach(() => api.close());

  test('is drafted by one, approved by another and published by a third, and then answers for today', async () => {
    const policy = await office.createPolicy('privacy');
    const version = await office.publish(policy, { text: '1. Hvem vi er\nFjordlys AS.\n', label: '2023-1' });

    const answer = await api.get(`{ policyInForce(handle: "fjordlys/privacy") {
      policy { id handle title organisation { name } }
      version { id label sequence status content { locale text sha256 bytes } publishedBy textOnly
        statement { controller { name } purposes { key title } } change { reasons noticeDuty compared } }
      reason { code rule text(locale: "en") event { type } }
      asOf { effectiveAt recordedAt timeZone settled forecast rules }
    } }`);

    expect(answer.at('policyInForce')).toEqual({
      policy: {
        id: policy,
        handle: 'fjordlys/privacy',
        title: 'Personvern',
        organisation: { name: 'fjordlys AS' },
      },
      version: {
        id: version.id,
        label: '2023-1',
        sequence: 1,
        status: 'IN_FORCE',
        content: {
          locale: 'nb',
          text: '1. Hvem vi er\nFjordlys AS.\n',
          sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
          bytes: 27,
        },
        publishedBy: null,
        textOnly: false,
        statement: { controller: { name: 'Fjordlys AS' }, purposes: [{ key: 'newsletter', title: 'Nyhetsbrev' }] },
        change: { reasons: ['FIRST_VERSION'], noticeDuty: 'ACTIVE', compared: false },
      },
      reason: {
        code: 'VERSION_IN_FORCE',
        rule: 'V1',
        text: 'This version is the latest that had taken effect and was not withdrawn.',
        event: null,
      },
      asOf: {
        effectiveAt: '2024-06-15T10:00:00.000Z',
        recordedAt: '2024-06-15T10:00:00.000Z',
        timeZone: 'Europe/Oslo',
        settled: false,
        forecast: false,
        rules: '1',
      },
    });
  });

  test('shows members who published it, and officers the fact that decided', async () => {
    const policy = await office.createPolicy('privacy');
    await office.publish(policy, { text: 'Tekst' });
    const query =
      '{ policyInForce(handle: "fjordlys/privacy") { version { publishedBy } reason { event { type actor } } } }';

    const seen = await api.get(query, { as: office.officer });

    expect(seen.at('policyInForce')).toEqual({
      version: { publishedBy: 'Pia of fjordlys' },
      reason: { event: { type: 'PolicyVersionPublished', actor: 'Pia of fjordlys' } },
    });
  });

  test('is not published while nobody else has approved exactly this draft', async () => {
    const policy = await office.createPolicy('privacy');
    const edit = { policy, expectedVersion: 0, locale: 'nb', format: 'PLAIN_TEXT', text: 'Tekst' };
    await write(api, office.editor, 'policyDraftEdit', edit, 'policy { id }');
    await write(
      api,
      office.editor,
      'policyDraftStatementSet',
      { policy, expectedVersion: 1, statement: STATEMENT },
      'policy { id }',
    );
    const publication = { policy, expectedVersion: 2, label: '1', reasons: ['FIRST_VERSION'], summaries: [] };

    const refused = await send(api, office.publisher, 'policyVersionPublish', publication, 'version { id }');

    expect(refusals(refused)).toEqual(['APPROVAL_MISSING']);
    expect(refused.at('version')).toBeNull();
    expect(refused.at('position')).toBeNull();
  });

  test('shows its draft with authors, approvals, gaps and flags to those who read drafts, and to nobody else', async () => {
    const policy = await office.createPolicy('privacy');
    const text = 'Ved å bruke tjenesten samtykker du til behandlingen.';
    const edit = { policy, expectedVersion: 0, locale: 'nb', format: 'PLAIN_TEXT', text };
    await write(api, office.editor, 'policyDraftEdit', edit, 'policy { id }');
    const query = `{ policy(id: "${policy}") { draft { revision authors approvals { actor void } missing impliedReasons
      contents { locale text } flags { code passage explanation } statement { contact } templateOffer { revision }
      comparison { from { id } impliedReasons sections { op words { op text } } } } } }`;

    const seen = await api.get(query, { as: office.officer });

    expect(seen.at('policy.draft')).toEqual({
      revision: 1,
      authors: ['Eva of fjordlys'],
      approvals: [],
      missing: ['statement'],
      impliedReasons: ['FIRST_VERSION'],
      contents: [{ locale: 'nb', text }],
      flags: [
        {
          code: 'IMPLIED_CONSENT_CLAUSE',
          passage: expect.stringContaining('samtykker du'),
          explanation: expect.any(String),
        },
      ],
      statement: null,
      templateOffer: null,
      comparison: {
        from: null,
        impliedReasons: ['FIRST_VERSION'],
        sections: [{ op: 'ADDED', words: [{ op: 'ADDED', text }] }],
      },
    });
    expect((await api.get(query, { as: office.service })).at('policy.draft')).toBeNull();
    expect((await api.get(query)).at('policy')).toBeNull();
  });

  test('names what is stale, incomplete or understated, with what is needed to mend it', async () => {
    const policy = await office.createPolicy('privacy');
    const edit = { policy, expectedVersion: 0, locale: 'nb', format: 'PLAIN_TEXT', text: 'Tekst' };
    await write(api, office.editor, 'policyDraftEdit', edit, 'policy { id }');

    const stale = await send(api, office.editor, 'policyDraftEdit', edit, 'policy { id }');
    expect(stale.at('userErrors.0')).toMatchObject({
      __typename: 'StaleVersion',
      code: 'STALE_VERSION',
      path: ['expectedVersion'],
      currentVersion: 1,
    });

    const terms = { policy, expectedVersion: 1, label: '1', reasons: ['FIRST_VERSION'], summaries: [] };
    const incomplete = await send(api, office.publisher, 'policyVersionPublish', terms, 'version { id }');
    expect(incomplete.at('userErrors.0')).toMatchObject({ __typename: 'StatementIncomplete', missing: ['statement'] });
  });

  test('refuses a change classified below what the comparison of the statements shows', async () => {
    const policy = await office.createPolicy('privacy');
    await office.publish(policy, { text: 'Tekst' });
    const [purpose] = STATEMENT.purposes;
    const statement = { ...STATEMENT, purposes: [{ ...purpose, recipients: ['Postbud AS'] }] };

    const understated = office.publish(policy, { text: 'Ny tekst', statement, reasons: ['WORDING'] });

    await expect(understated).rejects.toThrow('CHANGE_UNDERSTATED');
    const draft = await api.get(
      `{ policy(id: "${policy}") { draft { impliedReasons impliedNotice impliedLeadDays impliedRenewalPurposes
        comparison { statement { path reason to } } } } }`,
      { as: office.editor },
    );
    expect(draft.at('policy.draft')).toEqual({
      impliedReasons: ['RECIPIENTS'],
      impliedNotice: 'ACTIVE_IN_ADVANCE',
      impliedLeadDays: 14,
      impliedRenewalPurposes: ['newsletter'],
      comparison: { statement: [{ path: 'purposes.newsletter.recipients', reason: 'RECIPIENTS', to: 'Postbud AS' }] },
    });
  });

  test('is replaced, withdrawn and retired, and every earlier instant keeps its answer', async () => {
    const policy = await office.createPolicy('privacy');
    const first = await office.publish(policy, { text: 'Første', label: '1' });
    api.clock.nowMs = Date.parse('2024-07-01T10:00:00Z');
    const second = await office.publish(policy, { text: 'Andre', label: '2', reasons: ['WORDING'] });
    api.clock.nowMs = Date.parse('2024-08-01T10:00:00Z');
    const withdrawal = { version: second.id, reason: 'Feil tekst' };
    const withdrawn = await write(
      api,
      office.publisher,
      'policyVersionWithdraw',
      withdrawal,
      'version { status withdrawnFrom }',
    );
    api.clock.nowMs = Date.parse('2024-09-01T10:00:00Z');
    await write(
      api,
      office.publisher,
      'policyRetire',
      { policy, reason: 'Nedlagt' },
      'policy { inForce { reason { code } } }',
    );

    expect(withdrawn.at('version')).toEqual({ status: 'WITHDRAWN', withdrawnFrom: '2024-08-01T10:00:00.000Z' });
    const at = async (day: string) => {
      const answer = await api.get(
        `{ policyInForce(policy: "${policy}", asOf: { effectiveOn: "${day}" }) { version { id } reason { code } } }`,
      );
      return [answer.at('policyInForce.version.id'), answer.at('policyInForce.reason.code')];
    };
    expect(await at('2024-06-14')).toEqual([undefined, 'NOT_YET_PUBLISHED']);
    expect(await at('2024-06-30')).toEqual([first.id, 'VERSION_IN_FORCE']);
    expect(await at('2024-07-31')).toEqual([second.id, 'VERSION_IN_FORCE']);
    expect(await at('2024-08-31')).toEqual([first.id, 'VERSION_IN_FORCE']);
    expect(await at('2024-09-01')).toEqual([undefined, 'RETIRED']);
  });

  test('gets a text in another locale without a new version, and answers it by RFC 4647 lookup', async () => {
    const policy = await office.createPolicy('privacy');
    const version = await office.publish(policy, { text: 'Norsk' });
    const added = { version: version.id, locale: 'EN-gb', format: 'PLAIN_TEXT', text: 'English' };
    const answer = await write(api, office.publisher, 'policyVersionLocaleAdd', added, 'version { sequence locales }');

    expect(answer.at('version')).toEqual({ sequence: 1, locales: ['nb', 'en-GB'] });
    const text = async (locale: string) =>
      (await api.get(`{ policyVersion(id: "${version.id}") { content(locale: "${locale}") { text locale } } }`)).at(
        'policyVersion.content',
      );
    expect(await text('en-GB-oxendict')).toEqual({ text: 'English', locale: 'en-GB' });
    expect(await text('no')).toEqual({ text: 'Norsk', locale: 'nb' });
    expect(await text('nb-NO')).toEqual({ text: 'Norsk', locale: 'nb' });
    expect(await text('de')).toEqual({ text: 'Norsk', locale: 'nb' });
  });

  test('takes historical versions in, with or without a statement, and out again', async () => {
    const policy = await office.createPolicy('privacy');
    const input = {
      policy,
      label: 'Versjon 2. rev. 10',
      effectiveOn: '2023-11-01',
      locale: 'nb',
      format: 'MARKDOWN',
      text: '# Gammel tekst\r\n',
    };
    const fields =
      'version { id imported textOnly effectiveFrom effectiveOn publishedAt recordedAt statement { contact } }';
    const imported = await write(api, office.publisher, 'policyVersionImport', input, fields);

    expect(imported.at('version')).toMatchObject({
      imported: true,
      textOnly: true,
      effectiveFrom: '2023-10-31T23:00:00.000Z',
      effectiveOn: '2023-11-01',
      publishedAt: '2023-10-31T23:00:00.000Z',
      recordedAt: '2024-06-15T10:00:00.000Z',
      statement: null,
    });
    const version = imported.at('version.id');
    const inForce = `{ policyInForce(policy: "${policy}", asOf: { effectiveOn: "2024-01-01" }) { version { id } asOf { position } } }`;
    const before = await api.get(inForce);
    await write(
      api,
      office.publisher,
      'policyVersionImportRevoke',
      { version, reason: 'Feil dato' },
      'version { id status }',
    );

    expect(before.at('policyInForce.version.id')).toBe(version);
    expect((await api.get(inForce)).at('policyInForce.version')).toBeNull();
    const known = `{ policyInForce(policy: "${policy}", asOf: { effectiveOn: "2024-01-01", position: "${before.at('policyInForce.asOf.position')}" }) { version { id } } }`;
    expect((await api.get(known)).at('policyInForce.version.id')).toBe(version);
    expect(
      (await api.get(`{ policyVersion(id: "${version}") { content { text } } }`)).at('policyVersion.content.text'),
    ).toBe('# Gammel tekst\r\n');
  });
});
