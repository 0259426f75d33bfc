import { openTestApi, operator, type TestApi } from '../support/api-harness';
import { type Office, openOffice, STATEMENT, write } from '../support/policy-over-api';

const STAMP = 'asOf { effectiveAt effectiveOn timeZone recordedAt position settled forecast rules cursor }';

const inBothLanguages = {
  ...STATEMENT,
  purposes: STATEMENT.purposes.map((purpose) => ({
    ...purpose,
    titles: [...purpose.titles, { locale: 'en', text: 'Newsletter' }],
  })),
};

describe('asOf on both axes', () => {
  let api: TestApi;
  let office: Office;
  let policy: string;

  beforeEach(async () => {
    api = await openTestApi('2024-01-10T12:00:00.000Z');
    office = await openOffice(api, 'fjordlys');
    policy = await office.createPolicy('privacy');
  });
  afterEach(() => api.close());

  async function inForce(asOf: string, fields = 'version { label } reason { code }') {
    return (await api.get(`{ policyInForce(policy: "${policy}", asOf: ${asOf}) { ${fields} } }`)).at('policyInForce');
  }

  test('a version given for a civil day begins at its first instant there, and the eve is the old version', async () => {
    await office.publish(policy, { text: 'En', label: '1' });
    // The clocks go forward on the last day of March: it has 23 hours.
    await office.publish(policy, { text: 'To', label: '2', reasons: ['WORDING'], more: { effectiveOn: '2024-03-31' } });
    await office.publish(policy, {
      text: 'Tre',
      label: '3',
      reasons: ['WORDING'],
      more: { effectiveOn: '2024-04-01' },
    });
    // And back on the last Sunday of October: it has 25.
    await office.publish(policy, {
      text: 'Fire',
      label: '4',
      reasons: ['WORDING'],
      more: { effectiveOn: '2024-10-28' },
    });

    const on = async (day: string) =>
      inForce(`{ effectiveOn: "${day}" }`, `version { label } ${STAMP.replace('position', '')}`);
    expect(await on('2024-03-30')).toMatchObject({
      version: { label: '1' },
      asOf: {
        effectiveAt: '2024-03-30T22:59:59.999Z',
        effectiveOn: '2024-03-30',
        timeZone: 'Europe/Oslo',
        forecast: true,
      },
    });
    expect(await on('2024-03-31')).toMatchObject({
      version: { label: '2' },
      asOf: { effectiveAt: '2024-03-31T21:59:59.999Z' },
    });
    expect(await on('2024-10-27')).toMatchObject({
      version: { label: '3' },
      asOf: { effectiveAt: '2024-10-27T22:59:59.999Z' },
    });
    expect(await on('2024-10-28')).toMatchObject({ version: { label: '4' } });
    expect(await inForce('{ effectiveAt: "2024-03-31T00:00:00+01:00" }')).toMatchObject({ version: { label: '2' } });
    expect(await inForce('{ effectiveAt: "2024-03-30T23:59:59.999+01:00" }')).toMatchObject({
      version: { label: '1' },
    });
  });

  test('the echoed stamp repeats the answer after anything that was written since', async () => {
    await office.publish(policy, { text: 'En', label: '1' });
    const before = await api.get(
      `{ policyInForce(policy: "${policy}") { version { label } reason { code } ${STAMP} } }`,
    );
    api.clock.nowMs += 86_400_000;
    const past = { policy, label: '0', effectiveOn: '2020-01-01', locale: 'nb', format: 'PLAIN_TEXT', text: 'Null' };
    await write(api, office.publisher, 'policyVersionImport', past, 'version { id }');
    await office.publish(policy, { text: 'To', label: '2', reasons: ['WORDING'] });

    const { effectiveAt, position } = before.at('policyInForce.asOf') as { effectiveAt: string; position: string };
    const again = await inForce(
      `{ effectiveAt: "${effectiveAt}", position: "${position}" }`,
      `version { label } reason { code } ${STAMP}`,
    );

    expect(again).toEqual({
      ...(before.at('policyInForce') as object),
      asOf: { ...(before.at('policyInForce.asOf') as object), settled: true },
    });
    // A position alone fixes the effective axis too.
    expect(await inForce(`{ position: "${position}" }`, 'version { label } asOf { effectiveAt recordedAt }')).toEqual({
      version: { label: '1' },
      asOf: { effectiveAt: '2024-01-10T12:00:00.000Z', recordedAt: '2024-01-10T12:00:00.000Z' },
    });
    expect(await inForce('{ recordedAt: "2024-01-10T11:59:59.999Z" }')).toEqual({
      version: null,
      reason: { code: 'NOT_YET_PUBLISHED' },
    });
    expect(await inForce('{ recordedAt: "2024-01-10T12:00:00Z" }')).toMatchObject({ version: { label: '1' } });
    expect(await inForce('{ effectiveAt: "2024-01-11T12:00:00Z", recordedAt: "2024-01-10T12:00:00Z" }')).toMatchObject({
      version: { label: '1' },
    });
    expect(await inForce('{}')).toMatchObject({ version: { label: '2' } });
  });

  test("what is asked at a position stays when the organisation's settings are amended", async () => {
    const first = await office.publish(policy, { text: 'Norsk', statement: inBothLanguages });
    const english = { version: first.id, locale: 'en', format: 'PLAIN_TEXT', text: 'English' };
    await write(api, office.publisher, 'policyVersionLocaleAdd', english, 'version { id }');
    await write(api, office.editor, 'policyTitleSet', { policy, locale: 'en', title: 'Privacy' }, 'policy { id }');
    const [purpose] = inBothLanguages.purposes;
    const statement = { ...inBothLanguages, purposes: [{ ...purpose, recipients: ['Havbris AS'] }] };
    const edited = { policy, expectedVersion: 2, statement };
    const { at } = await write(api, office.editor, 'policyDraftStatementSet', edited, 'policy { id }');
    const localised = `policy { title draft { impliedLeadDays statement { purposes { title } } comparison { sections { words { text } } } } }
      version { content { locale } statement { purposes { title } } change { summary }
        now: content(asOf: { position: "${at('position')}" }) { locale } }
      reason { text event { sentence } }`;
    const answer = async (asOf: string) =>
      (
        await api.get(`{ policyInForce(policy: "${policy}", asOf: ${asOf}) { ${localised} } }`, { as: office.editor })
      ).at('policyInForce');
    const fixed = `{ position: "${at('position')}" }`;
    const before = await answer(fixed);
    const amendment = { organisation: office.id, defaultLocale: 'en', noticeLeadDays: 40 };
    await write(api, operator, 'organisationAmend', amendment, 'organisation { id }');

    expect(await answer(fixed)).toEqual(before);
    expect(before).toMatchObject({
      policy: {
        title: 'Personvern',
        draft: { impliedLeadDays: 14, statement: { purposes: [{ title: 'Nyhetsbrev' }] } },
      },
      version: { content: { locale: 'nb' } },
    });
    expect(await answer('{}')).toMatchObject({
      policy: { title: 'Privacy', draft: { impliedLeadDays: 40, statement: { purposes: [{ title: 'Newsletter' }] } } },
      version: { content: { locale: 'en' }, now: { locale: 'nb' }, statement: { purposes: [{ title: 'Newsletter' }] } },
      reason: { text: expect.stringContaining('This version') },
    });
  });

  test('a position before the organisation was known answers with the settings that it got first', async () => {
    const { at } = await write(api, office.editor, 'policyTitleSet', { policy, locale: 'en', title: 'Privacy' }, '');
    const late = await openOffice(api, 'nordvik');
    const id = await late.createPolicy('terms');
    const fields = 'reason { text } asOf { timeZone }';
    const document = `{ policyInForce(policy: "${id}", asOf: { position: "${at('position')}" }) { ${fields} } }`;
    const before = (await api.get(document, { as: late.editor })).at('policyInForce');
    const amendment = { organisation: late.id, defaultLocale: 'en', timeZone: 'Asia/Tokyo' };
    await write(api, operator, 'organisationAmend', amendment, 'organisation { id }');

    expect((await api.get(document, { as: late.editor })).at('policyInForce')).toEqual(before);
    expect(before).toEqual({
      reason: { text: 'Ingen versjon hadde trådt i kraft ennå.' },
      asOf: { timeZone: 'Europe/Oslo' },
    });
  });

  test('fields below inherit the stamp of the nearest field above that has one', async () => {
    const first = await office.publish(policy, { text: 'En', label: '1' });
    api.clock.nowMs = Date.parse('2024-02-10T12:00:00Z');
    await write(api, office.editor, 'policyTitleSet', { policy, locale: 'nb', title: 'Ny tittel' }, 'policy { id }');
    const second = await office.publish(policy, { text: 'To', label: '2', reasons: ['WORDING'] });
    await write(
      api,
      office.publisher,
      'policyVersionLocaleAdd',
      { version: first.id, locale: 'en', format: 'PLAIN_TEXT', text: 'One' },
      'version { id }',
    );
    const nested = `policy { title inForce { version { label } } versions { totalCount } v1: version(sequence: 1) { status locales } v2: version(sequence: 2) { id }
      now: inForce(asOf: {}) { version { label status } policy { title } } }`;

    const then = await inForce('{ effectiveOn: "2024-01-31" }', nested);
    const today = await inForce('{}', nested);

    expect(then).toEqual({
      policy: {
        title: 'Personvern',
        inForce: { version: { label: '1' } },
        versions: { totalCount: 1 },
        v1: { status: 'IN_FORCE', locales: ['nb'] },
        v2: null,
        now: { version: { label: '2', status: 'IN_FORCE' }, policy: { title: 'Ny tittel' } },
      },
    });
    expect(today).toMatchObject({
      policy: {
        title: 'Ny tittel',
        versions: { totalCount: 2 },
        v1: { status: 'SUPERSEDED', locales: ['nb', 'en'] },
        v2: { id: second.id },
      },
    });
  });

  test('a payload answers at its write, also what stands below it', async () => {
    await office.publish(policy, { text: 'En', label: '1' });
    const title = { policy, locale: 'en', title: 'Privacy' };
    const written = await write(
      api,
      office.editor,
      'policyTitleSet',
      title,
      `policy { title(locale: "en") inForce { version { label } ${STAMP} } }`,
    );
    expect(written.at('policy')).toMatchObject({
      title: 'Privacy',
      inForce: {
        version: { label: '1' },
        asOf: { position: written.at('position'), effectiveAt: '2024-01-10T12:00:00.000Z' },
      },
    });
  });

  test('all fields of one operation share one now', async () => {
    await office.publish(policy, { text: 'En', label: '1' });
    const started = api.services.nowMs;
    let reads = 0;
    Object.assign(api.services, { nowMs: () => started() + 1_000 * reads++ });
    const answer = await api.get(
      `{ a: policyInForce(policy: "${policy}") { ${STAMP} } b: policyInForce(handle: "fjordlys/privacy") { ${STAMP} policy { inForce { ${STAMP} } } } }`,
    );
    expect(answer.at('b.asOf')).toEqual(answer.at('a.asOf'));
    expect(answer.at('b.policy.inForce.asOf')).toEqual(answer.at('a.asOf'));
  });

  test('a zone that was changed counts for days asked with later knowledge alone', async () => {
    await office.publish(policy, { text: 'En', label: '1' });
    const before = await inForce('{ effectiveOn: "2024-01-20" }', STAMP);
    api.clock.nowMs += 60_000;
    await write(
      api,
      operator,
      'organisationAmend',
      { organisation: office.id, timeZone: 'America/New_York' },
      'organisation { id }',
    );

    expect(await inForce('{ effectiveOn: "2024-01-20" }', 'asOf { effectiveAt timeZone }')).toEqual({
      asOf: { effectiveAt: '2024-01-21T04:59:59.999Z', timeZone: 'America/New_York' },
    });
    const { position } = (before as { asOf: { position: string } }).asOf;
    expect(
      await inForce(`{ effectiveOn: "2024-01-20", position: "${position}" }`, 'asOf { effectiveAt timeZone }'),
    ).toEqual({
      asOf: { effectiveAt: '2024-01-20T22:59:59.999Z', timeZone: 'Europe/Oslo' },
    });
  });

  test('a draft is folded up to the stamp as well', async () => {
    const edit = (expectedVersion: number, text: string) =>
      write(
        api,
        office.editor,
        'policyDraftEdit',
        { policy, expectedVersion, locale: 'nb', format: 'PLAIN_TEXT', text },
        'policy { draft { revision contents { text } } }',
      );
    const one = await edit(0, 'en');
    await edit(1, 'to');
    const then = await api.get(
      `{ policyInForce(policy: "${policy}", asOf: { position: "${one.at('position')}" }) { policy { draft { revision contents { text } } } } }`,
      { as: office.editor },
    );
    expect(then.at('policyInForce.policy.draft')).toEqual({ revision: 1, contents: [{ text: 'en' }] });
    expect(one.at('policy.draft')).toEqual({ revision: 1, contents: [{ text: 'en' }] });
  });
});
