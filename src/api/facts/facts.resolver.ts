import { Arg, Ctx, ID, Int, Query, Resolver } from 'type-graphql';
import type { FactRow, FactsRange, Prefix } from '../../read-models/read-models';
import { Access, membersOf } from '../auth/access';
import type { ApiContext } from '../context';
import { apiError, badUserInput, notFound } from '../errors';
import { FACT_READERS, found } from '../members';
import { pageSize } from '../page-size';
import { decodePosition } from '../position';
import { PositionScalar } from '../scalars';
import { openScope, positionNotReached, prefixOf, type Scope, scopeAsOf } from '../scope';
import { AsOfInput } from '../time/as-of.input';
import { FactConnection } from './fact-connection.type';
import { LoggedFactView } from './logged-fact.type';

const DEFAULT_FACTS = 50;
const MAX_TYPES = 100;

const ownFacts = membersOf(
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
    // Nobody is registered as a subject yet.
    if (subject != null) throw notFound();
    if (policy != null) assertPolicyOf(context, scope, organisation, policy);
    if (types && types.length > MAX_TYPES) throw badUserInput(`At most ${MAX_TYPES} types may be asked for.`);
    const range: FactsRange = {
      organisation,
      ...(policy != null && { policy }),
      ...(types && { types }),
      ...(after != null && { after: ordinalOf(context, after) }),
      ...(before != null && { before: ordinalOf(context, before) }),
      ...(last == null
        ? { limit: pageSize(first, DEFAULT_FACTS) }
        : { limit: pageSize(last, DEFAULT_FACTS, 'last'), backwards: true }),
    };
    return factsIn(context, scope, range);
  }
}

function assertPolicyOf({ readModels }: ApiContext, { head }: Scope, organisation: string, id: string): void {
  if (readModels.policyById(id, head)?.organisation !== organisation) throw notFound();
}

function ordinalOf({ app, readModels }: ApiContext, text: string): number {
  const found = readModels.findPosition(decodePosition(app.logId, text));
  if (found.kind === 'found') return found.prefix.n;
  if (found.kind === 'not-reached') throw positionNotReached();
  throw apiError('BAD_POSITION', 'There is no event at that position of this log.');
}

function factsIn(context: ApiContext, scope: Scope, range: FactsRange): FactConnection {
  const prefix = prefixOf(context, scope);
  const { rows, hasMore } = context.readModels.factsPage(range, prefix);
  const nodes = rows.map((row) => new LoggedFactView(row, context, scope));
  const otherWay = isMoreOtherWay(context, prefix, range, rows);
  return {
    nodes,
    edges: nodes.map((node) => ({ cursor: node.position, node })),
    pageInfo: {
      hasNextPage: range.backwards ? otherWay : hasMore,
      hasPreviousPage: range.backwards ? hasMore : otherWay,
      startCursor: nodes[0]?.position ?? null,
      endCursor: nodes.at(-1)?.position ?? null,
    },
  };
}

/** Whether the list has facts on the side that the page was not cut off at. */
function isMoreOtherWay(
  { readModels }: ApiContext,
  prefix: Prefix,
  { after: _, before: __, backwards = false, ...filter }: FactsRange,
  rows: readonly FactRow[],
): boolean {
  const edge = backwards ? rows.at(-1) : rows[0];
  if (edge === undefined) return false;
  const beyond = backwards ? { after: edge.n } : { before: edge.n };
  return readModels.factsPage({ ...filter, ...beyond, limit: 1 }, prefix).rows.length > 0;
}
