import { Arg, Ctx, ID, Int, Query, Resolver } from 'type-graphql';
import { Access, membersOf } from '../auth/access';
import type { ApiContext } from '../context';
import { badUserInput, notFound } from '../errors';
import { FACT_READERS, found } from '../members';
import { readableSubject } from '../people/visible-subject';
import { PositionScalar } from '../scalars';
import { momentOf, openScope, type Scope, scopeAsOf } from '../scope';
import { AsOfInput } from '../time/as-of.input';
import { FactConnection } from './fact-connection.type';
import { DEFAULT_FACTS, factsPage } from './facts-page';

export const MAX_TYPES = 100;

/** Services and officers of the organisation. */
export const ownFacts = membersOf(
  FACT_READERS,
  async (_: unknown, { organisation }: { readonly organisation: string }, context: ApiContext) => {
    const { head } = await openScope(context);
    return found(context.readModels.organisationById(organisation, head)).id;
  },
);

@Resolver()
export class FactsResolver {
  @Query(() => FactConnection, {
    nullable: true,
    description:
      'The log of an organisation, oldest first; for its officers and services. With `last`, `first` is ignored and the end of the range is answered.',
  })
  @Access(ownFacts)
  async facts(
    @Arg('organisation', () => ID) organisation: string,
    @Arg('policy', () => ID, { nullable: true }) policy: string | null | undefined,
    @Arg('subject', () => ID, { nullable: true }) subject: string | null | undefined,
    @Arg('types', () => [String], { nullable: true }) types: string[] | null | undefined,
    @Arg('asOf', () => AsOfInput, { nullable: true }) asOf: AsOfInput | null | undefined,
    @Arg('after', () => PositionScalar, { nullable: true }) after: string | null | undefined,
    @Arg('before', () => PositionScalar, { nullable: true }) before: string | null | undefined,
    @Arg('first', () => Int, { defaultValue: DEFAULT_FACTS, nullable: true }) first: number | null | undefined,
    @Arg('last', () => Int, { nullable: true }) last: number | null | undefined,
    @Ctx() context: ApiContext,
  ): Promise<FactConnection> {
    const scope = scopeAsOf(context, await openScope(context), organisation, asOf);
    // A person's facts are of the organisation that registered them, also where it is their customer that asks.
    const owner = subject == null ? organisation : ownerOfFacts(context, scope, organisation, subject);
    if (policy != null) assertPolicyOf(context, scope, organisation, policy);
    if (types && types.length > MAX_TYPES) throw badUserInput(`At most ${MAX_TYPES} types may be asked for.`);
    const filter = {
      organisation: owner,
      ...(policy != null && { policy }),
      ...(subject != null && { subject }),
      ...(types && { types }),
    };
    return factsPage(context, scope, filter, { after, before, first, last });
  }
}

function assertPolicyOf({ readModels }: ApiContext, { head }: Scope, organisation: string, id: string): void {
  if (readModels.policyById(id, head)?.organisation !== organisation) throw notFound();
}

/** Of a person of the organisation, or of one whose customer it is (rule O1). @throws NOT_FOUND */
function ownerOfFacts(context: ApiContext, scope: Scope, organisation: string, id: string): string {
  const row = readableSubject(context, id, scope);
  const customer = context.readModels.profileOf(id, momentOf(context, scope))?.customerId;
  if (row.organisation !== organisation && customer !== organisation) throw notFound();
  return row.organisation;
}
