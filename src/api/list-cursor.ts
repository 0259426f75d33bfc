import { decodeOpaque, encodeOpaque } from '../application/opaque-text';
import { encodePosition } from '../application/position-text';
import { epochMsOf, type Instant, parseInstant, UnreadableTime } from '../domain/time';
import type { Moment, Prefix } from '../read-models/read-models';
import type { ApiContext } from './context';
import { apiError } from './errors';
import { createLoaders } from './loaders';
import { pageSize } from './page-size';
import { type AskedAsOf, momentOf, positionNotReached, prefixOf, type Scope, scopeAsOf } from './scope';

/** What clients ask of a list. */
export interface PageAsked {
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
  /** Only for lists that take one; `organisationId` says whose days its civil dates are. */
  readonly asOf?: AskedAsOf;
}

/** A list at one stamp, and where to go on in it. */
export interface OpenList {
  /** Names the list, so that a cursor of another one is refused. */
  readonly list: string;
  readonly scope: Scope;
  readonly moment: Moment;
  readonly prefix: Prefix;
  /** Key of the last row seen. */
  readonly after: number | undefined;
  readonly limit: number;
}

/**
 * Opens a page of a list: at the scope's stamp, or at the one its cursor carries, at which the list goes on.
 * @throws BAD_USER_INPUT BAD_CURSOR CURSOR_OF_ANOTHER_STAMP POSITION_NOT_REACHED and those of asOf
 */
export function openList(
  context: ApiContext,
  above: Scope,
  list: string,
  asked: PageAsked,
  organisationId?: string,
): OpenList {
  const limit = pageSize(asked.first);
  const cursor = asked.after == null ? undefined : decodeListCursor(context, list, asked.after);
  const scope =
    organisationId !== undefined && asked.asOf ? scopeAsOf(context, above, organisationId, asked.asOf) : above;
  if (cursor === undefined) {
    const [moment, prefix] = [momentOf(context, scope), prefixOf(context, scope)];
    return { list, scope, moment, prefix, after: undefined, limit };
  }
  refuseAnotherStamp(context, cursor, scope, asked.asOf);
  return { list, ...continued(context, cursor, scope, organisationId), after: cursor.after, limit };
}

interface ListCursor {
  readonly prefix: Prefix;
  readonly effectiveAt: Instant;
  readonly after: number;
}

function refuseAnotherStamp(context: ApiContext, cursor: ListCursor, scope: Scope, asOf: AskedAsOf): void {
  const asksEffect = asOf?.effectiveAt != null || asOf?.effectiveOn != null;
  const otherKnowledge = scope.pinned && prefixOf(context, scope).n !== cursor.prefix.n;
  // What is asked by recordedAt or position has one effectiveAt, too.
  const asksInstant = asksEffect || (scope.pinned && scope.stamp !== undefined);
  if (otherKnowledge || (asksInstant && scope.stamp?.effectiveAt !== cursor.effectiveAt)) {
    throw apiError(
      'CURSOR_OF_ANOTHER_STAMP',
      'The list goes on at the stamp of its cursor; begin it anew for another.',
    );
  }
}

/** What stands below the list answers as it did on the first page. */
function continued(context: ApiContext, cursor: ListCursor, scope: Scope, organisationId: string | undefined) {
  const { prefix, effectiveAt } = cursor;
  const moment: Moment = { effectiveAt, n: prefix.n };
  if (scope.stamp?.n === prefix.n && scope.stamp.effectiveAt === effectiveAt) return { moment, prefix, scope };
  if (scope.stamp === undefined || organisationId === undefined) {
    const loaders = createLoaders(context.app, prefix, scope.loaders.budget);
    return { moment, prefix, scope: { ...scope, head: prefix, nowMs: epochMsOf(effectiveAt), loaders } };
  }
  const position = encodePosition(context.app.logId, prefix.position);
  return { moment, prefix, scope: scopeAsOf(context, scope, organisationId, { effectiveAt, position }) };
}

/** The cursor of a row, by the key that the list goes on after. */
export function encodeListCursor({ app }: ApiContext, { list, moment, prefix }: OpenList, key: number): string {
  return encodeOpaque([app.logId, list, prefix.position, moment.effectiveAt, key]);
}

function decodeListCursor(context: ApiContext, list: string, text: string): ListCursor {
  const parts = decodeOpaque(text);
  if (!Array.isArray(parts) || parts.length !== 5) throw badCursor();
  const [log, of, position, effectiveAt, after]: readonly unknown[] = parts;
  if (log !== context.app.logId || of !== list || typeof position !== 'string') throw badCursor();
  if (typeof effectiveAt !== 'string' || typeof after !== 'number' || !Number.isSafeInteger(after) || after < 0) {
    throw badCursor();
  }
  const found = context.readModels.findPosition(position);
  if (found.kind === 'not-reached') throw positionNotReached();
  if (found.kind !== 'found') throw badCursor();
  return { prefix: found.prefix, effectiveAt: readInstant(effectiveAt), after };
}

function readInstant(text: string): Instant {
  try {
    return parseInstant(text);
  } catch (error) {
    if (error instanceof UnreadableTime) throw badCursor();
    throw error;
  }
}

function badCursor() {
  return apiError('BAD_CURSOR', 'This is not a cursor of this list.');
}
