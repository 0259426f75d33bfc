import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import type { Written } from '../../application/application';
import { createPolicy, policyOf, setPolicyTitle } from '../../application/policies';
import {
  applyTemplateOffer,
  approveDraft,
  discardDraft,
  editDraftText,
  removeDraftLocale,
  setDraftStatement,
} from '../../application/policy-drafts';
import { retirePolicy } from '../../application/policy-versions';
import { mayUse } from '../../application/templates';
import { requestOf, settle } from '../acting';
import { Access } from '../auth/access';
import type { ApiContext } from '../context';
import { notFound } from '../errors';
import { templateAt } from '../folds-at';
import { given } from '../given';
import { found, inOrganisation, ofPolicy } from '../members';
import { PolicyTemplateOfferApplyInput } from '../templates/policy-template.input';
import { statementOf } from '../versions/processing-statement.input';
import {
  PolicyCreateInput,
  PolicyDraftApproveInput,
  PolicyDraftDiscardInput,
  PolicyDraftEditInput,
  PolicyDraftLocaleRemoveInput,
  PolicyDraftStatementSetInput,
  PolicyRetireInput,
  PolicyTitleSetInput,
} from './policy.input';
import { PolicyNode } from './policy.type';
import { PolicyPayload } from './policy-payload.type';

@Resolver()
export class PolicyMutationsResolver {
  @Mutation(() => PolicyPayload, { description: 'By an editor.' })
  @Access(inOrganisation(['editor']))
  async policyCreate(
    @Arg('input', () => PolicyCreateInput) input: PolicyCreateInput,
    @Ctx() context: ApiContext,
  ): Promise<PolicyPayload> {
    const {
      organisation: organisationId,
      slug,
      kind,
      title,
      template: templateId,
      variables,
      sourcePath,
    } = given(input);
    if (templateId !== undefined) await assertMayUse(context, templateId, organisationId);
    const request = await requestOf(context, input);
    const written = await createPolicy(context.app, request, {
      organisationId,
      slug,
      kind,
      title,
      ...(templateId !== undefined && { templateId }),
      ...(variables !== undefined && { variables: variables.map(({ name, value }) => ({ name, value })) }),
      ...(sourcePath !== undefined && { sourcePath }),
    });
    return payload(context, written);
  }

  @Mutation(() => PolicyPayload, { description: 'By an editor. Titles are no part of a version.' })
  @Access(ofPolicy(['editor']))
  async policyTitleSet(
    @Arg('input', () => PolicyTitleSetInput) input: PolicyTitleSetInput,
    @Ctx() context: ApiContext,
  ): Promise<PolicyPayload> {
    const { policy: policyId, locale, title: text } = input;
    const request = await requestOf(context, input);
    return payload(context, await setPolicyTitle(context.app, request, { policyId, title: { locale, text } }));
  }

  @Mutation(() => PolicyPayload, { description: 'By an editor: the text of one locale.' })
  @Access(ofPolicy(['editor']))
  async policyDraftEdit(
    @Arg('input', () => PolicyDraftEditInput) input: PolicyDraftEditInput,
    @Ctx() context: ApiContext,
  ): Promise<PolicyPayload> {
    const { policy: policyId, expectedVersion: expectedRevision, locale, format, text } = input;
    const request = await requestOf(context, input);
    const edit = { policyId, expectedRevision, locale, format, text };
    return payload(context, await editDraftText(context.app, request, edit));
  }

  @Mutation(() => PolicyPayload, { description: 'By an editor.' })
  @Access(ofPolicy(['editor']))
  async policyDraftLocaleRemove(
    @Arg('input', () => PolicyDraftLocaleRemoveInput) input: PolicyDraftLocaleRemoveInput,
    @Ctx() context: ApiContext,
  ): Promise<PolicyPayload> {
    const { policy: policyId, expectedVersion: expectedRevision, locale } = input;
    const request = await requestOf(context, input);
    return payload(context, await removeDraftLocale(context.app, request, { policyId, expectedRevision, locale }));
  }

  @Mutation(() => PolicyPayload, { description: 'By an editor: the whole processing statement.' })
  @Access(ofPolicy(['editor']))
  async policyDraftStatementSet(
    @Arg('input', () => PolicyDraftStatementSetInput) input: PolicyDraftStatementSetInput,
    @Ctx() context: ApiContext,
  ): Promise<PolicyPayload> {
    const { policy: policyId, expectedVersion: expectedRevision } = input;
    const request = await requestOf(context, input);
    const statement = statementOf(input.statement);
    return payload(context, await setDraftStatement(context.app, request, { policyId, expectedRevision, statement }));
  }

  @Mutation(() => PolicyPayload, {
    description: 'By an editor. Back to what was last published, or to nothing.',
  })
  @Access(ofPolicy(['editor']))
  async policyDraftDiscard(
    @Arg('input', () => PolicyDraftDiscardInput) input: PolicyDraftDiscardInput,
    @Ctx() context: ApiContext,
  ): Promise<PolicyPayload> {
    const { policy: policyId, expectedVersion: expectedRevision } = input;
    const request = await requestOf(context, input);
    return payload(context, await discardDraft(context.app, request, { policyId, expectedRevision }));
  }

  @Mutation(() => PolicyPayload, { description: 'By an approver who wrote none of it.' })
  @Access(ofPolicy(['approver']))
  async policyDraftApprove(
    @Arg('input', () => PolicyDraftApproveInput) input: PolicyDraftApproveInput,
    @Ctx() context: ApiContext,
  ): Promise<PolicyPayload> {
    const { policy: policyId, expectedVersion: expectedRevision, draftHash } = input;
    const request = await requestOf(context, input);
    return payload(context, await approveDraft(context.app, request, { policyId, expectedRevision, draftHash }));
  }

  @Mutation(() => PolicyPayload, { description: 'By an editor: takes the offered revision over into the draft.' })
  @Access(ofPolicy(['editor']))
  async policyTemplateOfferApply(
    @Arg('input', () => PolicyTemplateOfferApplyInput) input: PolicyTemplateOfferApplyInput,
    @Ctx() context: ApiContext,
  ): Promise<PolicyPayload> {
    const { policy: policyId, expectedVersion: expectedRevision, templateRevision, variables } = given(input);
    const request = await requestOf(context, input);
    const written = await applyTemplateOffer(context.app, request, {
      policyId,
      expectedRevision,
      templateRevision,
      ...(variables !== undefined && { variables: variables.map(({ name, value }) => ({ name, value })) }),
    });
    return payload(context, written);
  }

  @Mutation(() => PolicyPayload, { description: 'By a publisher. The texts stay public.' })
  @Access(ofPolicy(['publisher']))
  async policyRetire(
    @Arg('input', () => PolicyRetireInput) input: PolicyRetireInput,
    @Ctx() context: ApiContext,
  ): Promise<PolicyPayload> {
    const { policy: policyId, from, reason, withdrawScheduled = false } = given(input);
    const request = await requestOf(context, input);
    const retirement = { policyId, reason, withdrawScheduled, ...(from !== undefined && { from }) };
    return payload(context, await retirePolicy(context.app, request, retirement));
  }
}

/** A template that is not shared with the organisation answers as if it did not exist. */
async function assertMayUse(context: ApiContext, templateId: string, organisationId: string): Promise<void> {
  const template = await templateAt(context.app, templateId, context.readModels.applied());
  if (template === undefined || !mayUse(template, organisationId)) throw notFound();
}

async function payload(context: ApiContext, { id, position }: Written): Promise<PolicyPayload> {
  const { organisationId } = await policyOf(context.app, id);
  const { scope, said } = await settle(context, position, organisationId);
  return { ...said, policy: new PolicyNode(found(context.readModels.policyById(id, scope.head)), scope) };
}
