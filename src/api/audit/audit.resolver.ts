import { Arg, Ctx, FieldResolver, ID, Int, Query, Resolver, Root } from 'type-graphql';
import type { NoticeStep } from '../../domain/subject/notice-state';
import type { LocalDate } from '../../domain/time';
import { countPopulation } from '../../read-models/population';
import type { PolicyRow } from '../../read-models/read-models';
import { Access, anyOf, asParent, membersOf } from '../auth/access';
import type { ApiContext } from '../context';
import { found, visiblePolicy } from '../members';
import { DEFAULT_PAGE_SIZE } from '../page-size';
import { NoticeStepEnum } from '../people/people-enums';
import type { StampedScope } from '../people/person-at';
import { PolicyNode } from '../policies/policy.type';
import { policyInForce } from '../policies/policy-in-force';
import { LocalDateScalar } from '../scalars';
import { type AskedAsOf, openScope, prefixOf, scopeAsOf } from '../scope';
import { AsOfInput } from '../time/as-of.input';
import { AsOfStampView } from '../time/as-of-stamp.type';
import { AcceptanceCount, AuditDay, type AuditLimits, AuditView, ConsentCount, NoticeCount } from './audit.type';
import { acceptanceCounts, consentCounts, noticeCounts, versionsNamed } from './audit-counts';
import { assertCategory, assertCustomer, isCustomerOf, limitsOf } from './audit-limits';
import { peopleOfAudit } from './audit-people';
import { auditTimeline, MAX_TIMELINE_DAYS } from './audit-timeline';
import { AuditedSubjectConnection } from './audited-subject.type';
import { ConsentFilter } from './consent-filter.input';

interface AuditArgs {
  readonly policy: string;
  readonly customer?: string | null;
}

/** Officers of the policy's organisation, and those of its customer for that customer's people alone (rule O1). */
const officers = anyOf(
  membersOf(['officer'], async (_: unknown, { policy }: AuditArgs, context: ApiContext) => {
    const { head } = await openScope(context);
    return visiblePolicy(context, policy, head)?.organisation;
  }),
  membersOf(['officer'], async (_: unknown, { policy, customer }: AuditArgs, context: ApiContext) => {
    const scope = await openScope(context);
    const owner = visiblePolicy(context, policy, scope.head)?.organisation;
    if (customer == null || owner === undefined) return undefined;
    return isCustomerOf(context, scope, customer, owner) ? customer : undefined;
  }),
);

@Resolver(() => AuditView)
export class AuditResolver {
  @Query(() => AuditView, {
    nullable: true,
    description:
      "The whole population of a policy at an instant, in counts; the lists below it are pinned to its stamp. For officers of its organisation, and of the customer named, of that customer's people alone.",
  })
  @Access(officers, 'not-found')
  async audit(
    @Arg('policy', () => ID) policy: string,
    @Arg('asOf', () => AsOfInput, { nullable: true }) asOf: AsOfInput | null | undefined,
    @Arg('customer', () => ID, { nullable: true }) customer: string | null | undefined,
    @Arg('category', () => String, { nullable: true }) category: string | null | undefined,
    @Ctx() context: ApiContext,
  ): Promise<AuditView> {
    const above = await openScope(context);
    const row = found(visiblePolicy(context, policy, above.head));
    const scope = scopeAsOf(context, above, row.organisation, asOf);
    const facts = found(context.readModels.policyFacts(policy, prefixOf(context, scope)));
    if (customer != null) assertCustomer(context, scope, customer, row.organisation);
    if (category != null) assertCategory(context, scope, category, [facts]);
    return auditOf(context, scope, row, limitsOf(customer, category), asOf);
  }

  @FieldResolver(() => Int, { description: 'People whom the policy concerns.' })
  @Access(asParent)
  async subjects(@Root() { counts }: AuditView): Promise<number> {
    return (await counts()).subjects;
  }

  @FieldResolver(() => [NoticeCount], { description: 'Of the version in force for each person.' })
  @Access(asParent)
  async notices(@Root() audit: AuditView, @Ctx() context: ApiContext): Promise<readonly NoticeCount[]> {
    return noticeCounts(await audit.counts(), versionsNamed(context, audit.row, audit.scope));
  }

  @FieldResolver(() => [AcceptanceCount], { description: 'Of terms, by the version accepted last.' })
  @Access(asParent)
  async acceptances(@Root() audit: AuditView, @Ctx() context: ApiContext): Promise<readonly AcceptanceCount[]> {
    return acceptanceCounts(await audit.counts(), versionsNamed(context, audit.row, audit.scope));
  }

  @FieldResolver(() => [ConsentCount])
  @Access(asParent)
  async consents(@Root() { counts }: AuditView): Promise<readonly ConsentCount[]> {
    return consentCounts(await counts());
  }

  @FieldResolver(() => Int, { description: 'People with an overdue blocking obligation of this policy.' })
  @Access(asParent)
  async inBreach(@Root() { counts }: AuditView): Promise<number> {
    return (await counts()).inBreach;
  }

  @FieldResolver(() => AuditedSubjectConnection, {
    description:
      'The people behind the counts, filtered by how they stand; every page at the stamp of the first one. noticeVersion absent: the one in force for each person.',
  })
  @Access(asParent)
  people(
    @Root() audit: AuditView,
    @Arg('consent', () => ConsentFilter, { nullable: true }) consent: ConsentFilter | null | undefined,
    @Arg('notice', () => [NoticeStepEnum], { nullable: true }) notice: NoticeStep[] | null | undefined,
    @Arg('noticeVersion', () => ID, { nullable: true }) noticeVersion: string | null | undefined,
    @Arg('accepted', () => Boolean, { nullable: true }) accepted: boolean | null | undefined,
    @Arg('inBreach', () => Boolean, { nullable: true }) inBreach: boolean | null | undefined,
    @Arg('category', () => String, { nullable: true }) category: string | null | undefined,
    @Arg('customer', () => ID, { nullable: true }) customer: string | null | undefined,
    @Arg('first', () => Int, { defaultValue: DEFAULT_PAGE_SIZE, nullable: true }) first: number | null | undefined,
    @Arg('after', () => String, { nullable: true }) after: string | null | undefined,
    @Ctx() context: ApiContext,
  ): Promise<AuditedSubjectConnection> {
    const filter = { consent, notice, noticeVersion, accepted, inBreach, ...limitsOf(customer, category) };
    return peopleOfAudit(context, audit, filter, { first, after });
  }

  @FieldResolver(() => [AuditDay], {
    description: `For a chart: how everybody stood at the end of each local day from \`from\` to \`to\`, at most ${MAX_TIMELINE_DAYS}, as known at the stamp.`,
  })
  @Access(asParent)
  timeline(
    @Root() audit: AuditView,
    @Arg('from', () => LocalDateScalar) from: LocalDate,
    @Arg('to', () => LocalDateScalar) to: LocalDate,
    @Ctx() context: ApiContext,
  ): Promise<readonly AuditDay[]> {
    return auditTimeline(context, audit, from, to);
  }
}

/** An audit of one policy where a scope answers; nothing is counted before a field asks for it. */
export function auditOf(
  context: ApiContext,
  scope: StampedScope,
  row: PolicyRow,
  limits: AuditLimits,
  asked: AskedAsOf,
): AuditView {
  const prefix = prefixOf(context, scope);
  const policy = found(context.readModels.policyFacts(row.id, prefix));
  let counted: ReturnType<AuditView['counts']> | undefined;
  return {
    policy: new PolicyNode(row, scope),
    inForce: policyInForce(context, scope, row, undefined),
    asOf: new AsOfStampView(scope.stamp, context.app.logId),
    row,
    scope,
    limits,
    asked,
    counts: () => {
      counted ??= countPopulation(context.readModels, { policy, ...limits }, scope.stamp, prefix);
      return counted;
    },
  };
}
