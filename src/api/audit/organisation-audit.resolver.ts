import { Arg, Ctx, FieldResolver, ID, Int, Query, Resolver, Root } from 'type-graphql';
import { countOrganisation, organisationPeoplePage } from '../../read-models/population';
import type { Prefix } from '../../read-models/read-models';
import { Access, anyOf, asParent, membersOf } from '../auth/access';
import type { ApiContext } from '../context';
import { found } from '../members';
import { OrganisationNode } from '../organisations/organisation.type';
import { DEFAULT_PAGE_SIZE } from '../page-size';
import { openScope, prefixOf, scopeAsOf } from '../scope';
import { AsOfInput } from '../time/as-of.input';
import { AsOfStampView } from '../time/as-of-stamp.type';
import { auditOf } from './audit.resolver';
import { AuditView } from './audit.type';
import { assertCategory, assertCustomer, isCustomerOf, limitsOf } from './audit-limits';
import { auditedPeople, isWithin, type StampedList } from './audited-people';
import { AuditedSubjectConnection } from './audited-subject.type';
import { OrganisationAuditView } from './organisation-audit.type';

/** Policies read at a time. */
const POLICIES_PER_READ = 100;

interface AuditArgs {
  readonly organisation: string;
  readonly customer?: string | null;
}

/** As of an audit of one policy. */
const officers = anyOf(
  membersOf(['officer'], async (_: unknown, { organisation }: AuditArgs, context: ApiContext) => {
    const { head } = await openScope(context);
    return context.readModels.organisationById(organisation, head)?.id;
  }),
  membersOf(['officer'], async (_: unknown, { organisation, customer }: AuditArgs, context: ApiContext) => {
    if (customer == null) return undefined;
    return isCustomerOf(context, await openScope(context), customer, organisation) ? customer : undefined;
  }),
);

@Resolver(() => OrganisationAuditView)
export class OrganisationAuditResolver {
  @Query(() => OrganisationAuditView, {
    nullable: true,
    description:
      "The whole population of an organisation's policies at an instant. For its officers, and those of the customer named, of that customer's people alone.",
  })
  @Access(officers, 'not-found')
  async organisationAudit(
    @Arg('organisation', () => ID) organisation: string,
    @Arg('asOf', () => AsOfInput, { nullable: true }) asOf: AsOfInput | null | undefined,
    @Arg('customer', () => ID, { nullable: true }) customer: string | null | undefined,
    @Ctx() context: ApiContext,
  ): Promise<OrganisationAuditView> {
    const above = await openScope(context);
    const row = found(context.readModels.organisationById(organisation, above.head));
    const scope = scopeAsOf(context, above, organisation, asOf);
    if (customer != null) assertCustomer(context, scope, customer, organisation);
    const prefix = prefixOf(context, scope);
    const limits = limitsOf(customer, undefined);
    const policyIds = policiesAt(context, organisation, prefix);
    const facts = policyIds.flatMap((id) => context.readModels.policyFacts(id, prefix) ?? []);
    let counted: ReturnType<OrganisationAuditView['counts']> | undefined;
    return {
      organisation: new OrganisationNode(row, scope),
      asOf: new AsOfStampView(scope.stamp, context.app.logId),
      scope,
      limits,
      asked: asOf,
      policyIds,
      facts,
      counts: () => {
        counted ??= countOrganisation(context.readModels, { policies: facts, ...limits }, scope.stamp, prefix);
        return counted;
      },
    };
  }

  @FieldResolver(() => Int)
  @Access(asParent)
  async subjects(@Root() { counts }: OrganisationAuditView): Promise<number> {
    return (await counts()).subjects;
  }

  @FieldResolver(() => Int, { description: 'People with an overdue blocking obligation of any of the policies.' })
  @Access(asParent)
  async inBreach(@Root() { counts }: OrganisationAuditView): Promise<number> {
    return (await counts()).inBreach;
  }

  @FieldResolver(() => [AuditView], { description: 'One for each policy that has a version at the stamp.' })
  @Access(asParent)
  policies(@Root() audit: OrganisationAuditView, @Ctx() context: ApiContext): readonly AuditView[] {
    const prefix = prefixOf(context, audit.scope);
    return audit.policyIds.map((id) => {
      const row = found(context.readModels.policyById(id, prefix));
      return auditOf(context, audit.scope, row, audit.limits, audit.asked);
    });
  }

  @FieldResolver(() => AuditedSubjectConnection, {
    description: 'The people behind the counts; every page at the stamp of the first one.',
  })
  @Access(asParent)
  people(
    @Root() audit: OrganisationAuditView,
    @Arg('inBreach', () => Boolean, { nullable: true }) inBreach: boolean | null | undefined,
    @Arg('category', () => String, { nullable: true }) category: string | null | undefined,
    @Arg('customer', () => ID, { nullable: true }) customer: string | null | undefined,
    @Arg('first', () => Int, { defaultValue: DEFAULT_PAGE_SIZE, nullable: true }) first: number | null | undefined,
    @Arg('after', () => String, { nullable: true }) after: string | null | undefined,
    @Ctx() context: ApiContext,
  ): Promise<AuditedSubjectConnection> {
    const { scope, limits, asked, facts } = audit;
    const organisationId = audit.organisation.id;
    const also = limitsOf(customer, category);
    if (customer != null) assertCustomer(context, scope, customer, organisationId);
    if (category != null) assertCategory(context, scope, category, facts);
    const lookedFor = { ...(inBreach != null && { inBreach }) };
    const within = { ...also, ...limits };
    const { readModels } = context;
    const policyIds = ({ prefix }: StampedList) => policiesAt(context, organisationId, prefix);
    const policies = (list: StampedList) =>
      policyIds(list).flatMap((id) => readModels.policyFacts(id, list.prefix) ?? []);
    return auditedPeople(
      context,
      {
        organisationId,
        name: `people of ${organisationId}`,
        scope,
        asked,
        filter: { lookedFor, limits, also },
        policyIds,
        page: (list) => {
          const range = { limit: list.limit, ...(list.after !== undefined && { after: list.after }) };
          const wanted = { policies: policies(list), ...lookedFor, ...within, ...range };
          return organisationPeoplePage(readModels, wanted, list.moment, list.prefix);
        },
        isWanted: (person, list) => isWithin(also, person, list),
        total: async (list) => {
          if (limits.customer !== undefined && also.customer !== undefined && limits.customer !== also.customer)
            return 0;
          const counted = { policies: policies(list), ...within };
          const counts = await countOrganisation(readModels, counted, list.moment, list.prefix);
          if (inBreach == null) return counts.subjects;
          return inBreach ? counts.inBreach : counts.subjects - counts.inBreach;
        },
      },
      { first, after },
    );
  }
}

/** Policies of the organisation that have a version at a prefix. */
function policiesAt({ readModels }: ApiContext, organisation: string, prefix: Prefix): readonly string[] {
  const ids: string[] = [];
  for (let after: number | undefined, more = true; more; ) {
    const range = { organisation, visibleTo: 'public', limit: POLICIES_PER_READ } as const;
    const page = readModels.policiesPage({ ...range, ...(after !== undefined && { after }) }, prefix);
    ids.push(...page.rows.map(({ id }) => id));
    after = page.rows.at(-1)?.n;
    more = page.hasMore;
  }
  return ids;
}
