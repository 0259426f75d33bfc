import type { FactRow, FactsRange, Prefix } from '../../read-models/read-models';
import type { ApiContext } from '../context';
import { apiError } from '../errors';
import { pageSize } from '../page-size';
import { decodePosition } from '../position';
import { positionNotReached, prefixOf, type Scope } from '../scope';
import type { FactConnection } from './fact-connection.type';
import { LoggedFactView } from './logged-fact.type';

export const DEFAULT_FACTS = 50;

/** What clients ask of a list of facts. With `last`, `first` is ignored and the end of the range is answered. */
export interface FactsAsked {
  readonly after?: string | null | undefined;
  readonly before?: string | null | undefined;
  readonly first?: number | null | undefined;
  readonly last?: number | null | undefined;
}

/** The stretch of the log that was asked for. @throws BAD_POSITION POSITION_NOT_REACHED BAD_USER_INPUT */
export function factsPage(
  context: ApiContext,
  scope: Scope,
  filter: Pick<FactsRange, 'organisation' | 'policy' | 'subject' | 'types'>,
  { after, before, first, last }: FactsAsked,
): FactConnection {
  return factsIn(context, scope, {
    ...filter,
    ...(after != null && { after: ordinalOf(context, after) }),
    ...(before != null && { before: ordinalOf(context, before) }),
    ...(last == null
      ? { limit: pageSize(first, DEFAULT_FACTS) }
      : { limit: pageSize(last, DEFAULT_FACTS, 'last'), backwards: true }),
  });
}

/** @throws BAD_POSITION POSITION_NOT_REACHED */
export function ordinalOf({ app, readModels }: ApiContext, text: string): number {
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
