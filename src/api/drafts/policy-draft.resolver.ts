import { Arg, Ctx, FieldResolver, ID, Resolver, Root } from 'type-graphql';
import { draftFlags, viewDraft } from '../../application/draft-view';
import { impliedChange } from '../../domain/policy/classification';
import { Access, asParent, membersOf } from '../auth/access';
import { comparedTexts } from '../comparisons/compared-texts';
import { textsOf } from '../comparisons/policy-version-comparison.resolver';
import type { ApiContext } from '../context';
import { notFound } from '../errors';
import { organisationAt, policyAt } from '../folds-at';
import { DRAFT_READERS, found, visibleVersion } from '../members';
import { PolicyNode } from '../policies/policy.type';
import { Locale } from '../scalars';
import { defaultLocaleOf, momentOf, prefixOf } from '../scope';
import { TemplateOfferView } from '../templates/template-offer.type';
import { templateFor } from '../templates/template-use';
import { PolicyContentView } from '../versions/policy-content.type';
import { PolicyVersionNode } from '../versions/policy-version.type';
import { ProcessingStatementView } from '../versions/processing-statement.type';
import { TextFlagView } from '../versions/text-flag.type';
import { ApprovalView, PolicyDraftComparisonView, PolicyDraftView } from './policy-draft.type';

@Resolver(() => PolicyNode)
export class DraftOfPolicyResolver {
  @FieldResolver(() => PolicyDraftView, {
    nullable: true,
    description: 'Null only for those who may not read it; there is one from the creation on.',
  })
  @Access(membersOf(DRAFT_READERS, ({ row }: PolicyNode) => row.organisation))
  async draft(@Root() { row, scope }: PolicyNode, @Ctx() context: ApiContext): Promise<PolicyDraftView> {
    const prefix = prefixOf(context, scope);
    const isHead = prefix.n === scope.head.n;
    const policy = await (isHead ? scope.loaders.policies.load(row.id) : policyAt(context.app, row.id, prefix));
    const organisation = await organisationAt(context.app, row.organisation, prefix);
    if (policy === undefined || organisation === undefined) throw notFound();
    return new PolicyDraftView(
      policy,
      viewDraft(policy, organisation, momentOf(context, scope).effectiveAt),
      row,
      scope,
    );
  }
}

@Resolver(() => ApprovalView)
export class ApprovalResolver {
  @FieldResolver(() => String, { nullable: true })
  @Access(asParent)
  actor(@Root() { approval, scope }: ApprovalView): Promise<string> {
    return scope.loaders.actors.load(approval.approver);
  }
}

@Resolver(() => PolicyDraftView)
export class PolicyDraftResolver {
  @FieldResolver(() => [PolicyContentView])
  @Access(asParent)
  contents(@Root() { policy, scope }: PolicyDraftView): readonly PolicyContentView[] {
    return policy.draft.contents.map((content) => new PolicyContentView(content, policy.organisationId, scope));
  }

  @FieldResolver(() => ProcessingStatementView, { nullable: true })
  @Access(asParent)
  statement(@Root() draft: PolicyDraftView, @Ctx() context: ApiContext): ProcessingStatementView | null {
    const { statement } = draft.policy.draft;
    return statement ? new ProcessingStatementView(statement, localeOf(context, draft)) : null;
  }

  @FieldResolver(() => [String], { description: 'Names of everybody who wrote any of it since the last publication.' })
  @Access(asParent)
  authors(@Root() { policy, scope }: PolicyDraftView): Promise<readonly string[]> {
    return Promise.all(policy.draft.authors.map((author) => scope.loaders.actors.load(author)));
  }

  @FieldResolver(() => PolicyDraftComparisonView, {
    description: 'With the version it would replace, or with any other.',
  })
  @Access(asParent)
  async comparison(
    @Root() draft: PolicyDraftView,
    @Arg('with', () => ID, { nullable: true }) other: string | null | undefined,
    @Arg('locale', () => Locale, { nullable: true }) asked: string | null | undefined,
    @Ctx() context: ApiContext,
  ): Promise<PolicyDraftComparisonView> {
    const { policy, scope } = draft;
    const from = comparedWith(context, draft, other);
    const texts = from && textsOf(context, from);
    const before = from && texts && { ...(from.row.statement && { statement: from.row.statement }), ...texts };
    const { differences, reasons } = impliedChange(before, policy.draft);
    const to = { contents: policy.draft.contents, organisation: policy.organisationId };
    const sections = await comparedTexts(scope, texts, to, { asked, otherwise: localeOf(context, draft) });
    return { from: from ?? null, sections, statement: differences, impliedReasons: reasons };
  }

  @FieldResolver(() => [TextFlagView])
  @Access(asParent)
  async flags(@Root() { policy }: PolicyDraftView, @Ctx() { app }: ApiContext): Promise<readonly TextFlagView[]> {
    return (await draftFlags(app, policy)).map((flag) => new TextFlagView(flag));
  }

  @FieldResolver(() => TemplateOfferView, {
    nullable: true,
    description: 'A newer revision of the template that the policy was made from.',
  })
  @Access(asParent)
  async templateOffer(
    @Root() { policy, scope }: PolicyDraftView,
    @Ctx() context: ApiContext,
  ): Promise<TemplateOfferView | null> {
    const template = policy.template && (await templateFor(context, scope, policy.template.id));
    if (!template || template.revision <= (policy.draft.templateRevision ?? 0)) return null;
    return new TemplateOfferView(template, policy, scope);
  }
}

function comparedWith(
  context: ApiContext,
  { view, row, scope }: PolicyDraftView,
  other: string | null | undefined,
): PolicyVersionNode | undefined {
  if (other != null) {
    const { version, policy } = found(visibleVersion(context, other, scope.head));
    return new PolicyVersionNode(version, policy, scope);
  }
  const replaced = view.replaces && context.readModels.versionById(view.replaces.id, prefixOf(context, scope));
  return replaced && new PolicyVersionNode(replaced, row, scope);
}

function localeOf(context: ApiContext, { row, scope }: PolicyDraftView): string {
  return defaultLocaleOf(context, scope, row.organisation);
}
