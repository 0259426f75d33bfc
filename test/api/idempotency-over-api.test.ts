import { caller, openTestApi, operator, type TestApi } from '../support/api-harness';
import { collect } from '../support/event-store-samples';
import { type Office, openOffice, refusals, send, write } from '../support/policy-over-api';

describe('an idempotency key', () => {
  let api: TestApi;
  let office: Office;
  let policy: string;

  beforeEach(async () => {
    api = await openTestApi();
    office = await openOffice(api, 'fjordlys', { approvalRequired: false });
    policy = await office.createPolicy('privacy');
  });
  afterEach(() => api.close());

  const FIELDS = 'policy { id title draft { revision contents { text } } }';
  const edit = (text: string, expectedVersion = 0) => ({
    policy,
    expectedVersion,
    locale: 'nb',
    format: 'PLAIN_TEXT',
    text,
    idempotencyKey: 'the-same',
  });

  test('answers the same again, also after others wrote, and writes nothing', async () => {
    const first = await write(api, office.editor, 'policyDraftEdit', edit('En'), FIELDS);
    api.clock.nowMs += 3_600_000;
    await write(api, office.editor, 'policyDraftEdit', { ...edit('To', 1), idempotencyKey: 'another' }, FIELDS);

    const again = await write(api, office.editor, 'policyDraftEdit', edit('En'), FIELDS);

    expect(again.data).toEqual(first.data);
    expect(again.at('policy.draft')).toEqual({ revision: 1, contents: [{ text: 'En' }] });
  });

  test('with another input is a conflict', async () => {
    await write(api, office.editor, 'policyDraftEdit', edit('En'), FIELDS);
    const other = await send(api, office.editor, 'policyDraftEdit', edit('To'), FIELDS);
    expect(other.at('userErrors.0')).toMatchObject({ code: 'IDEMPOTENCY_CONFLICT', path: ['idempotencyKey'] });
  });

  test("is one caller's own: another's same key is another command", async () => {
    await write(api, office.editor, 'policyDraftEdit', edit('En'), FIELDS);
    const colleague = caller('Else', 'editor@fjordlys');
    expect(refusals(await send(api, colleague, 'policyDraftEdit', edit('En'), FIELDS))).toEqual(['STALE_VERSION']);
  });

  test('sent a hundred times at once writes one event, and all get the same answer', async () => {
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => write(api, office.editor, 'policyDraftEdit', edit('En'), FIELDS)),
    );
    const events = await collect(api.services.app.store.readStream(`policy-${policy}`));
    expect(events.map(({ type }) => type)).toEqual(['PolicyCreated', 'PolicyDraftTextEdited']);
    expect(new Set(answers.map((answer) => JSON.stringify(answer.data))).size).toBe(1);
  });

  test('makes a registration, a creation and a publication repeatable, with the same ids', async () => {
    const organisation = { slug: 'ny', name: 'Ny AS', timeZone: 'UTC', defaultLocale: 'nb', idempotencyKey: 'o' };
    const creation = { organisation: office.id, slug: 'terms', kind: 'TERMS', title: 'Vilkår', idempotencyKey: 'p' };
    const version = {
      policy,
      label: '0',
      effectiveOn: '2020-01-01',
      locale: 'nb',
      format: 'PLAIN_TEXT',
      text: 'Gammel',
      idempotencyKey: 'v',
    };
    const once = async () => [
      (await write(api, operator, 'organisationRegister', organisation, 'organisation { id }')).data,
      (await write(api, office.editor, 'policyCreate', creation, 'policy { id }')).data,
      (await write(api, office.publisher, 'policyVersionImport', version, 'version { id }')).data,
    ];
    const first = await once();
    api.clock.nowMs += 1_000;
    expect(await once()).toEqual(first);
  });

  test('is not kept: nothing in the log has it', async () => {
    await write(api, office.editor, 'policyDraftEdit', { ...edit('En'), idempotencyKey: 'kari@example.org' }, FIELDS);
    expect(JSON.stringify(await collect(api.services.app.store.readAll()))).not.toContain('kari@example.org');
  });

  test('a refusal is not remembered: the mended command goes through under the same key', async () => {
    const stale = { ...edit('En', 7), idempotencyKey: 'again' };
    expect(refusals(await send(api, office.editor, 'policyDraftEdit', stale))).toEqual(['STALE_VERSION']);
    expect(refusals(await send(api, office.editor, 'policyDraftEdit', { ...stale, expectedVersion: 0 }))).toEqual([]);
  });
});
