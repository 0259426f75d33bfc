import { openTestApi, operator, type TestApi } from '../support/api-harness';
import { type Office, openOffice, refusals, send, write } from '../support/policy-over-api';

describe('a template shared by two organisations', () => {
  let api: TestApi;
  let owner: Office;
  let guest: Office;
  let stranger: Office;
  let template: string;

  beforeEach(async () => {
    api = await openTestApi();
    [owner, guest, stranger] = [
      await openOffice(api, 'fjordlys'),
      await openOffice(api, 'nordvik'),
      await openOffice(api, 'solberg'),
    ];
    const creation = { organisation: owner.id, slug: 'felles', kind: 'PRIVACY_NOTICE', sharedWith: [guest.id] };
    template = String(
      (await write(api, owner.editor, 'policyTemplateCreate', creation, 'template { id }')).at('template.id'),
    );
    await edit(0, '1. Hvem\n{{firma}} er ansvarlig.\n');
  });
  afterEach(async () => {
    expect(api.faults).toEqual([]);
    await api.close();
  });

  const edit = (expectedVersion: number, text: string) =>
    write(
      api,
      owner.editor,
      'policyTemplateEdit',
      { template, expectedVersion, locale: 'nb', format: 'PLAIN_TEXT', text },
      'template { revision variables contents { text } }',
    );
  const variables = (value: string) => [{ name: 'firma', value }];

  test('fills the drafts of both, and offers each a change that its own editor takes over', async () => {
    const policy = await guest.createPolicy('privacy', { template, variables: variables('Nordvik AS') });
    const draft = `{ policy(id: "${policy}") { draft { revision authors contents { text } templateOffer { revision template { slug } comparison { from { id } sections { op words { op text } } } } } } }`;
    expect((await api.get(draft, { as: guest.editor })).at('policy.draft')).toEqual({
      revision: 1,
      authors: ['Eva of nordvik', 'Eva of fjordlys'],
      contents: [{ text: '1. Hvem\nNordvik AS er ansvarlig.\n' }],
      templateOffer: null,
    });

    expect((await edit(1, '1. Hvem\n{{firma}} er behandlingsansvarlig.\n')).at('template')).toEqual({
      revision: 2,
      variables: ['firma'],
      contents: [{ text: '1. Hvem\n{{firma}} er behandlingsansvarlig.\n' }],
    });
    const offered = (await api.get(draft, { as: guest.editor })).at('policy.draft.templateOffer');
    expect(offered).toMatchObject({
      revision: 2,
      template: { slug: 'felles' },
      comparison: { from: null, sections: [{ op: 'CHANGED' }] },
    });
    expect(JSON.stringify(offered)).toContain('Nordvik');

    const stale = { policy, expectedVersion: 1, templateRevision: 1 };
    expect((await send(api, guest.editor, 'policyTemplateOfferApply', stale)).at('userErrors.0')).toMatchObject({
      code: 'STALE_VERSION',
      path: ['templateRevision'],
      currentVersion: 2,
    });
    const applied = await write(
      api,
      guest.editor,
      'policyTemplateOfferApply',
      { ...stale, templateRevision: 2 },
      'policy { draft { revision contents { text } templateOffer { revision } } }',
    );
    expect(applied.at('policy.draft')).toEqual({
      revision: 2,
      contents: [{ text: '1. Hvem\nNordvik AS er behandlingsansvarlig.\n' }],
      templateOffer: null,
    });
  });

  test('that filled in would be longer than a text may be is compared as bad input, never as a fault', async () => {
    const policy = await guest.createPolicy('privacy', { template, variables: variables('N'.repeat(400)) });
    await edit(1, '{{firma}}\n'.repeat(4_000));
    const offer = (fields: string) =>
      api.ask(`{ policy(id: "${policy}") { draft { revision templateOffer { ${fields} } } } }`, { as: guest.editor });
    const answer = await offer('revision comparison { sections { op } }');
    expect(answer.codes).toEqual(['BAD_USER_INPUT']);
    expect(answer.errors?.[0]?.message).toContain('longer than a text may be');
    expect((await offer('revision')).at('policy.draft')).toEqual({ revision: 1, templateOffer: { revision: 2 } });
    const applied = { policy, expectedVersion: 1, templateRevision: 2 };
    expect(refusals(await send(api, guest.editor, 'policyTemplateOfferApply', applied))).toEqual(['TEXT_TOO_LARGE']);
  });

  test('is seen by those who read drafts in either, and each guest sees no other', async () => {
    const query = `{ policyTemplate(id: "${template}") { slug organisation { slug } sharedWith { slug } } node(id: "${template}") { id } }`;
    expect((await api.get(query, { as: owner.officer })).at('policyTemplate')).toEqual({
      slug: 'felles',
      organisation: { slug: 'fjordlys' },
      sharedWith: [{ slug: 'nordvik' }],
    });
    expect((await api.get(query, { as: guest.approver })).at('node')).toEqual({ id: template });
    for (const asked of [{}, { as: stranger.editor }, { as: operator }, { as: owner.service }]) {
      expect((await api.get(query, asked)).data).toEqual({ policyTemplate: null, node: null });
    }
  });

  test('is edited by its own editors alone and used by nobody it is not shared with', async () => {
    const change = { template, expectedVersion: 1, locale: 'nb', format: 'PLAIN_TEXT', text: 'x' };
    expect((await send(api, guest.editor, 'policyTemplateEdit', change)).codes).toEqual(['FORBIDDEN']);
    expect((await send(api, stranger.editor, 'policyTemplateEdit', change)).codes).toEqual(['NOT_FOUND']);
    expect((await send(api, owner.editor, 'policyTemplateEdit', { ...change, template: 'nothing' })).codes).toEqual([
      'NOT_FOUND',
    ]);
    expect(refusals(await send(api, owner.editor, 'policyTemplateEdit', { ...change, expectedVersion: 0 }))).toEqual([
      'STALE_VERSION',
    ]);
    const policy = { slug: 'privacy', kind: 'PRIVACY_NOTICE', title: 'P', template };
    expect((await send(api, stranger.editor, 'policyCreate', { organisation: stranger.id, ...policy })).codes).toEqual([
      'NOT_FOUND',
    ]);
    expect(refusals(await send(api, guest.editor, 'policyCreate', { organisation: guest.id, ...policy }))).toEqual([
      'TEMPLATE_VARIABLE_MISSING',
    ]);
    const shared = { organisation: owner.id, slug: 'ny', kind: 'TERMS', sharedWith: ['nobody'] };
    expect((await send(api, owner.editor, 'policyTemplateCreate', shared)).codes).toEqual(['NOT_FOUND']);
  });
});
