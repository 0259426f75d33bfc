import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import type { Written } from '../../application/application';
import { createTemplate, editTemplate, templateOf } from '../../application/templates';
import { requestOf, settle } from '../acting';
import { Access, membersOf } from '../auth/access';
import type { ApiContext } from '../context';
import { notFound } from '../errors';
import { templateAt } from '../folds-at';
import { given } from '../given';
import { found, inOrganisation } from '../members';
import { openScope } from '../scope';
import { PolicyTemplateCreateInput, PolicyTemplateEditInput } from './policy-template.input';
import { PolicyTemplateNode } from './policy-template.type';
import { PolicyTemplatePayload } from './policy-template-payload.type';
import { maySeeTemplate } from './template-use';

/** Of the template's own organisation; those it is shared with see it and may not edit it. */
const ownEditor = membersOf(
  ['editor'],
  async (_: unknown, { input }: { readonly input: PolicyTemplateEditInput }, context: ApiContext) => {
    await openScope(context);
    const template = await templateAt(context.app, input.template, context.readModels.applied());
    if (template === undefined || !maySeeTemplate(context, template)) throw notFound();
    return template.organisationId;
  },
);

@Resolver()
export class PolicyTemplateMutationsResolver {
  @Mutation(() => PolicyTemplatePayload, { description: 'By an editor.' })
  @Access(inOrganisation(['editor']))
  async policyTemplateCreate(
    @Arg('input', () => PolicyTemplateCreateInput) input: PolicyTemplateCreateInput,
    @Ctx() context: ApiContext,
  ): Promise<PolicyTemplatePayload> {
    const { organisation: organisationId, slug, kind, sharedWith = [] } = given(input);
    for (const id of sharedWith) found(context.readModels.organisationById(id, context.readModels.applied()));
    const request = await requestOf(context, input);
    const creation = { organisationId, slug, kind, sharedWith: [...new Set(sharedWith)] };
    return payload(context, await createTemplate(context.app, request, creation));
  }

  @Mutation(() => PolicyTemplatePayload, {
    description:
      "By an editor of the template's organisation: the text of one locale, offered to every policy made from it.",
  })
  @Access(ownEditor)
  async policyTemplateEdit(
    @Arg('input', () => PolicyTemplateEditInput) input: PolicyTemplateEditInput,
    @Ctx() context: ApiContext,
  ): Promise<PolicyTemplatePayload> {
    const { template: templateId, expectedVersion: expectedRevision, locale, format, text } = input;
    const request = await requestOf(context, input);
    const edit = { templateId, expectedRevision, locale, format, text };
    return payload(context, await editTemplate(context.app, request, edit));
  }
}

async function payload(context: ApiContext, { id, position }: Written): Promise<PolicyTemplatePayload> {
  const { organisationId } = await templateOf(context.app, id);
  const { scope, said } = await settle(context, position, organisationId);
  return { ...said, template: new PolicyTemplateNode(found(await scope.loaders.templates.load(id)), scope) };
}
