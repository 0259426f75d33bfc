import { Arg, Ctx, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql';
import type { SectionComparison } from '../../application/comparison/compare-texts';
import type { ChangeReason } from '../../domain/policy/policy.events';
import { compareStatements, impliedReasons, type StatementDifference } from '../../domain/policy/statement-comparison';
import { Access, asParent, everyone } from '../auth/access';
import type { ApiContext } from '../context';
import { found, visibleVersion } from '../members';
import { ChangeReasonEnum } from '../policies/policy-enums';
import { Locale } from '../scalars';
import { defaultLocaleOf, momentOf, openScope, type Scope } from '../scope';
import { PolicyVersionNode } from '../versions/policy-version.type';
import { comparedTexts, type TextsOf } from './compared-texts';
import { SectionComparisonView, StatementDifferenceView } from './comparison.type';
import { PolicyVersionComparisonView } from './policy-version-comparison.type';

@Resolver(() => PolicyVersionComparisonView)
export class PolicyVersionComparisonResolver {
  @Query(() => PolicyVersionComparisonView, { nullable: true, description: 'Any two versions, also of two policies.' })
  @Access(everyone)
  async policyVersionComparison(
    @Arg('from', () => ID) from: string,
    @Arg('to', () => ID) to: string,
    @Arg('locale', () => Locale, { nullable: true }) locale: string | null | undefined,
    @Ctx() context: ApiContext,
  ): Promise<PolicyVersionComparisonView> {
    const scope = await openScope(context);
    const [before, after] = [versionNode(context, scope, from), versionNode(context, scope, to)];
    return new PolicyVersionComparisonView(before, after, locale);
  }

  @FieldResolver(() => [SectionComparisonView])
  @Access(asParent)
  sections(
    @Root() { from, to, locale: asked }: PolicyVersionComparisonView,
    @Ctx() context: ApiContext,
  ): Promise<readonly SectionComparison[]> {
    const otherwise = defaultLocaleOf(context, to.scope, to.policyRow.organisation);
    return comparedTexts(to.scope, textsOf(context, from), textsOf(context, to), { asked, otherwise });
  }

  @FieldResolver(() => [StatementDifferenceView], { description: 'Empty where one of them is text only.' })
  @Access(asParent)
  statement(@Root() comparison: PolicyVersionComparisonView): readonly StatementDifference[] {
    return differencesOf(comparison);
  }

  @FieldResolver(() => [ChangeReasonEnum])
  @Access(asParent)
  impliedReasons(@Root() comparison: PolicyVersionComparisonView): readonly ChangeReason[] {
    return impliedReasons(differencesOf(comparison));
  }
}

function versionNode(context: ApiContext, scope: Scope, id: string): PolicyVersionNode {
  const { version, policy } = found(visibleVersion(context, id, scope.head));
  return new PolicyVersionNode(version, policy, scope);
}

/** The texts of a version as they stand where its node answers. */
export function textsOf(context: ApiContext, { id, scope, policyRow }: PolicyVersionNode): TextsOf {
  const contents = context.readModels.versionContents(id, momentOf(context, scope));
  return { contents, organisation: policyRow.organisation };
}

function differencesOf({ from, to }: PolicyVersionComparisonView): readonly StatementDifference[] {
  const [before, after] = [from.row.statement, to.row.statement];
  return before && after ? compareStatements(before, after) : [];
}
