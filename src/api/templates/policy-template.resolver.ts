import { Arg, Ctx, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql';
import { sha256Hex } from '../../application/aggregate';
import { inLocale, lookUpLocale } from '../../domain/locale-lookup';
import { fillTemplate } from '../../domain/template/template-variables';
import { Access, asParent, everyone } from '../auth/access';
import { knownText } from '../comparisons/compared-texts';
import type { ApiContext } from '../context';
import { PolicyDraftComparisonView } from '../drafts/policy-draft.type';
import { DRAFT_READERS, found, organisationsOf } from '../members';
import { OrganisationNode } from '../organisations/organisation.type';
import { Locale } from '../scalars';
import { defaultLocaleOf, openScope } from '../scope';
import { PolicyContentView } from '../versions/policy-content.type';
import { PolicyTemplateNode } from './policy-template.type';
import { TemplateOfferView } from './template-offer.type';
import { maySeeTemplate, templateFor } from './template-use';

@Resolver(() => PolicyTemplateNode)
export class PolicyTemplateResolver {
  @Query(() => PolicyTemplateNode, { nullable: true, description: 'Null when there is none for the caller.' })
  @Access(everyone)
  async policyTemplate(
    @Arg('id', () => ID) id: string,
    @Ctx() context: ApiContext,
  ): Promise<PolicyTemplateNode | null> {
    const scope = await openScope(context);
    const template = await templateFor(context, scope, id);
    return template && maySeeTemplate(context, template) ? new PolicyTemplateNode(template, scope) : null;
  }

  @FieldResolver(() => OrganisationNode)
  @Access(asParent)
  organisation(@Root() { template, scope }: PolicyTemplateNode, @Ctx() context: ApiContext): OrganisationNode {
    return new OrganisationNode(found(context.readModels.organisationById(template.organisationId, scope.head)), scope);
  }

  @FieldResolver(() => [OrganisationNode], {
    description: "Who may make policies from it; of the others' organisations, each sees its own alone.",
  })
  @Access(asParent)
  sharedWith(@Root() { template, scope }: PolicyTemplateNode, @Ctx() context: ApiContext): readonly OrganisationNode[] {
    const own = organisationsOf(context, DRAFT_READERS);
    const seesAll = own.includes(template.organisationId);
    return template.sharedWith
      .filter((id) => seesAll || own.includes(id))
      .map((id) => new OrganisationNode(found(context.readModels.organisationById(id, scope.head)), scope));
  }

  @FieldResolver(() => [PolicyContentView])
  @Access(asParent)
  contents(@Root() { template, scope }: PolicyTemplateNode): readonly PolicyContentView[] {
    return template.texts.map((text) => new PolicyContentView(text, template.organisationId, scope));
  }
}

@Resolver(() => TemplateOfferView)
export class TemplateOfferResolver {
  @FieldResolver(() => PolicyDraftComparisonView, {
    description: "The draft's text against the offered one, with the policy's variables filled in.",
  })
  @Access(asParent)
  async comparison(
    @Root() { template: { template }, policy, scope }: TemplateOfferView,
    @Arg('locale', () => Locale, { nullable: true }) locale: string | null | undefined,
    @Ctx() context: ApiContext,
  ): Promise<PolicyDraftComparisonView> {
    const offered = inLocale(template.texts, locale, defaultLocaleOf(context, scope, policy.organisationId));
    const wanted =
      offered &&
      lookUpLocale(
        policy.draft.contents.map((content) => content.locale),
        offered.locale,
      );
    const current = policy.draft.contents.find((content) => content.locale === wanted);
    const { organisationId } = policy;
    const [from, to] = await Promise.all([
      current && knownText(scope.loaders, { organisationId, content: current }),
      offered && knownText(scope.loaders, { organisationId: template.organisationId, content: offered }),
    ]);
    const text = fillTemplate(to?.text ?? '', policy.template?.variables ?? []);
    const filled = { organisationId, sha256: sha256Hex(text), text };
    return { from: null, sections: await scope.loaders.compare(from, filled), statement: [], impliedReasons: [] };
  }
}
