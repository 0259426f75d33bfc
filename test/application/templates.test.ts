import { sha256Hex } from '../../src/application/aggregate';
import { NotFound } from '../../src/application/not-found';
import { registerOrganisation } from '../../src/application/organisations';
import { createPolicy, policyOf } from '../../src/application/policies';
import { applyTemplateOffer, approveDraft, editDraftText } from '../../src/application/policy-drafts';
import { policyStream } from '../../src/application/stream-names';
import { createTemplate, editTemplate } from '../../src/application/templates';
import { readText } from '../../src/application/texts';
import { draftHash } from '../../src/domain/policy/draft-hash';
import { openTestApplication, type TestApplication } from '../support/application-harness';

const settings = { timeZone: 'Europe/Oslo', defaultLocale: 'nb', approvalRequired: true };
const variables = (company: string) => [{ name: 'company', value: company }];

describe('a template shared by two companies (P8)', () => {
  let test: TestApplication;
  let owner: string;
  let user: string;
  let stranger: string;
  let templateId: string;

  beforeEach(async () => {
    test = await openTestApplication();
    const request = await test.request('operator');
    const register = async (slug: string) =>
      (await registerOrganisation(test.app, request, { slug, name: slug, ...settings })).id;
    owner = await register('skyfront');
    user = await register('cirrus');
    stranger = await register('stranger');
    const creation = { organisationId: owner, slug: 'common', kind: 'PRIVACY_NOTICE', sharedWith: [user] } as const;
    ({ id: templateId } = await createTemplate(test.app, await test.request('anne'), creation));
    await edit(0, 'Personvern hos {{company}}');
  });
  afterEach(() => test.close());

  const edit = async (expectedRevision: number, text: string) =>
    editTemplate(test.app, await test.request('anne'), {
      templateId,
      expectedRevision,
      locale: 'nb',
      format: 'MARKDOWN',
      text,
    });

  const policyFrom = async (organisationId: string, company: string, actor = 'bjorn') => {
    const creation = {
      organisationId,
      slug: 'privacy',
      kind: 'PRIVACY_NOTICE',
      title: 'Personvern',
      templateId,
      variables: variables(company),
    } as const;
    return (await createPolicy(test.app, await test.request(actor), creation)).id;
  };

  const draftText = async (policyId: string) => {
    const { draft, organisationId } = await policyOf(test.app, policyId);
    const [content] = draft.contents;
    return content && readText(test.app, organisationId, content);
  };

  it('fills each policy with its own values', async () => {
    const policies = [await policyFrom(owner, 'Skyfront AS'), await policyFrom(user, 'Cirrus AS')];
    expect(await Promise.all(policies.map(draftText))).toEqual([
      'Personvern hos Skyfront AS',
      'Personvern hos Cirrus AS',
    ]);
  });

  it('offers a change to each and changes none by itself', async () => {
    const policyId = await policyFrom(user, 'Cirrus AS');
    await edit(1, 'Ditt personvern hos {{company}}');
    expect(await draftText(policyId)).toBe('Personvern hos Cirrus AS');
    const taking = { policyId, expectedRevision: 1, templateRevision: 2 };
    await applyTemplateOffer(test.app, await test.request('bjorn'), taking);
    expect(await draftText(policyId)).toBe('Ditt personvern hos Cirrus AS');
    expect((await policyOf(test.app, policyId)).draft.templateRevision).toBe(2);
  });

  it('an offer that has been overtaken is refused with the newer revision', async () => {
    const policyId = await policyFrom(user, 'Cirrus AS');
    await edit(1, 'Two {{company}}');
    await edit(2, 'Three {{company}}');
    const taking = { policyId, expectedRevision: 1, templateRevision: 2 };
    await expect(applyTemplateOffer(test.app, await test.request('bjorn'), taking)).rejects.toMatchObject({
      code: 'STALE_VERSION',
      details: { kind: 'stale-version', currentVersion: 3 },
    });
  });

  it('a new variable needs a value before the change can be taken over', async () => {
    const policyId = await policyFrom(user, 'Cirrus AS');
    await edit(1, '{{company}}, {{contact}}');
    const taking = { policyId, expectedRevision: 1, templateRevision: 2 };
    const request = await test.request('bjorn');
    await expect(applyTemplateOffer(test.app, request, taking)).rejects.toMatchObject({
      code: 'TEMPLATE_VARIABLE_MISSING',
    });
    const values = [...variables('Cirrus AS'), { name: 'contact', value: 'post@cirrus.example' }];
    await applyTemplateOffer(test.app, request, { ...taking, variables: values });
    expect(await draftText(policyId)).toBe('Cirrus AS, post@cirrus.example');
  });

  it('keeps the values that stand in its texts, and no others that were sent', async () => {
    const sent = [...variables('Kari Nordmann'), { name: 'note', value: 'Kanarifugl' }, ...variables('Cirrus AS')];
    const creation = { organisationId: user, slug: 'filled', kind: 'PRIVACY_NOTICE', title: 'Personvern' } as const;
    const request = await test.request('bjorn');
    const { id } = await createPolicy(test.app, request, { ...creation, templateId, variables: sent });
    expect(await draftText(id)).toBe('Personvern hos Cirrus AS');
    expect((await policyOf(test.app, id)).template?.variables).toEqual(variables('Cirrus AS'));
    await edit(1, 'Personvern i {{company}}');
    const taking = { policyId: id, expectedRevision: 1, templateRevision: 2, variables: sent };
    await applyTemplateOffer(test.app, request, taking);
    const stored: string[] = [];
    for await (const { data } of test.app.store.readStream(policyStream(id), { from: 1 })) {
      stored.push(JSON.stringify(data));
    }
    expect(stored.filter((data) => /Kari|Kanarifugl/.test(data))).toEqual([]);
    expect(stored.filter((data) => data.includes('Cirrus AS'))).toHaveLength(3);
  });

  it('is not there for an organisation that it is not shared with, nor for another kind of policy', async () => {
    await expect(policyFrom(stranger, 'Stranger AS')).rejects.toThrow(NotFound);
    const terms = {
      organisationId: user,
      slug: 'terms',
      kind: 'TERMS',
      title: 'Vilkår',
      templateId,
      variables: variables('x'),
    } as const;
    await expect(createPolicy(test.app, await test.request('bjorn'), terms)).rejects.toMatchObject({
      code: 'TEMPLATE_OF_OTHER_KIND',
      message: 'The template is for policies of the kind PRIVACY_NOTICE.',
      path: ['kind'],
    });
    const { id } = await createPolicy(test.app, await test.request('bjorn'), { ...terms, kind: 'PRIVACY_NOTICE' });
    expect((await policyOf(test.app, id)).kind).toBe('PRIVACY_NOTICE');
  });

  it('who wrote the template may not approve what was made from it', async () => {
    const policyId = await policyFrom(user, 'Cirrus AS');
    const approve = async (actor: string) => {
      const policy = await policyOf(test.app, policyId);
      return approveDraft(test.app, await test.request(actor), {
        policyId,
        expectedRevision: policy.draft.revision,
        draftHash: draftHash(policy.draft, sha256Hex),
      });
    };
    await expect(approve('anne')).rejects.toMatchObject({ code: 'APPROVER_IS_AUTHOR' });
    await expect(approve('bjorn')).rejects.toMatchObject({ code: 'APPROVER_IS_AUTHOR' });
    await approve('cecilie');
  });

  it('a policy without a template cannot take one over', async () => {
    const creation = { organisationId: user, slug: 'own', kind: 'PRIVACY_NOTICE', title: 'Own' } as const;
    const { id: policyId } = await createPolicy(test.app, await test.request('bjorn'), creation);
    const taking = { policyId, expectedRevision: 0, templateRevision: 1 };
    await expect(applyTemplateOffer(test.app, await test.request('bjorn'), taking)).rejects.toMatchObject({
      code: 'TEMPLATE_NOT_USED',
    });
  });

  it('an empty text is no draft', async () => {
    const policyId = await policyFrom(user, 'Cirrus AS');
    const empty = { policyId, expectedRevision: 1, locale: 'nb', format: 'MARKDOWN', text: ' \n' } as const;
    await expect(editDraftText(test.app, await test.request('bjorn'), empty)).rejects.toMatchObject({
      code: 'TEXT_EMPTY',
    });
  });
});
