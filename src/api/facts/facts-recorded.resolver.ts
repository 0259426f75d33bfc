import { Arg, Ctx, ID, Resolver, Root, Subscription } from 'type-graphql';
import type { FactRow } from '../../read-models/read-models';
import { Access } from '../auth/access';
import type { ApiContext } from '../context';
import { apiError, badUserInput } from '../errors';
import { decodePosition } from '../position';
import { PositionScalar } from '../scalars';
import { openScope, scopeOfNow } from '../scope';
import { MAX_TYPES, ownFacts } from './facts.resolver';
import { factsRecordedFeed } from './facts-recorded';
import { LoggedFactView } from './logged-fact.type';

interface FactsRecordedArgs {
  readonly organisation: string;
  readonly types?: readonly string[] | null;
  readonly after?: string | null;
}

@Resolver()
export class FactsRecordedResolver {
  @Subscription(() => LoggedFactView, {
    description:
      "For a product's backend: an organisation's facts about its policies and people, in log order, for its services and officers. Without `after`: from now on.",
    subscribe: ({ args, context }) => openFeed(args, context),
  })
  @Access(ownFacts)
  factsRecorded(
    @Root() row: FactRow,
    @Arg('organisation', () => ID) _organisation: string,
    @Arg('types', () => [String], { nullable: true }) _types: string[] | null | undefined,
    @Arg('after', () => PositionScalar, { nullable: true }) _after: string | null | undefined,
    @Ctx() context: ApiContext,
  ): LoggedFactView {
    return new LoggedFactView(row, context, scopeOfNow(context));
  }
}

async function openFeed(
  { organisation, types, after }: FactsRecordedArgs,
  context: ApiContext,
): Promise<AsyncIterableIterator<FactRow>> {
  await openScope(context);
  if (types && types.length > MAX_TYPES) throw badUserInput(`At most ${MAX_TYPES} types may be asked for.`);
  return factsRecordedFeed(context, { organisation, ...(types && { types }), after: placeOf(context, after) });
}

/** Waits where this node has not come as far as the position. @throws BAD_POSITION */
function placeOf(context: ApiContext, after: string | null | undefined): () => number | undefined {
  const { readModels, app } = context;
  const from = readModels.applied().n;
  if (after == null) return () => from;
  const position = decodePosition(app.logId, after);
  return () => {
    const found = readModels.findPosition(position);
    if (found.kind === 'found') return found.prefix.n;
    if (found.kind === 'not-reached') return undefined;
    throw apiError('BAD_POSITION', 'There is no event at that position of this log.');
  };
}
