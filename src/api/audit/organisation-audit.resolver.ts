import { Arg, Ctx, FieldResolver, ID, Int, Query, Resolver, Root } from 'type-graphql';
import { countOrganisation } from '../../read-models/population';
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
import { assertCustomer, isCustomerOf, limitsOf } from './audit-limits';
import { AuditedSubjectConnection } from './audited-subject.type';
import { OrganisationAuditView } from './organisation-audit.type';
import { factsAt, peopleOfOrganisation, policiesAt } from './organisation-people';

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
    const facts = factsAt(context, organisation, prefix);
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
    return peopleOfOrganisation(context, audit, { inBreach, ...limitsOf(customer, category) }, { first, after });
  }
}
