import { Arg, Ctx, ID, Query, Resolver } from 'type-graphql';
import { countPopulation } from '../../read-models/population';
import { Access, anyOf, membersOf } from '../auth/access';
import type { ApiContext } from '../context';
import { found, visiblePolicy } from '../members';
import { PolicyNode } from '../policies/policy.type';
import { policyInForce } from '../policies/policy-in-force';
import { openScope, prefixOf, scopeAsOf } from '../scope';
import { AsOfInput } from '../time/as-of.input';
import { AsOfStampView } from '../time/as-of-stamp.type';
import { PolicyVersionNode } from '../versions/policy-version.type';
import { AuditView } from './audit.type';

interface AuditArgs {
  readonly policy: string;
  readonly customer?: string | null;
}

/** Officers of the policy's organisation, and those of a customer for their own people alone (rule O1). */
const officers = anyOf(
  membersOf(['officer'], async (_: unknown, { policy }: AuditArgs, context: ApiContext) => {
    const { head } = await openScope(context);
    return visiblePolicy(context, policy, head)?.organisation;
  }),
  membersOf(['officer'], (_: unknown, { customer }: AuditArgs) => customer ?? undefined),
);

@Resolver()
export class AuditResolver {
  @Query(() => AuditView, {
    nullable: true,
    description: 'The whole population of a policy at an instant, in counts; for officers.',
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
    const prefix = prefixOf(context, scope);
    const facts = found(context.readModels.policyFacts(policy, prefix));
    const asked = { policy: facts, ...(customer != null && { customer }), ...(category != null && { category }) };
    const counts = await countPopulation(context.readModels, asked, scope.stamp, prefix);
    const version = (id: string) =>
      new PolicyVersionNode(found(context.readModels.versionById(id, prefix)), row, scope);
    return {
      policy: new PolicyNode(row, scope),
      inForce: policyInForce(context, scope, row, undefined),
      asOf: new AsOfStampView(scope.stamp, context.app.logId),
      subjects: counts.subjects,
      notices: counts.notices.map(({ versionId, ...count }) => ({ ...count, version: version(versionId) })),
      acceptances: counts.acceptances.map(({ versionId, ...count }) => ({ ...count, version: version(versionId) })),
      consents: counts.consents,
      inBreach: counts.inBreach,
    };
  }
}
