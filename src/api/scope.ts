import { encodePosition } from '../application/position-text';
import { epochMsOf, instantAt, type TimeZone } from '../domain/time';
import type { Position } from '../event-store/event-store';
import { type AsOfInput, AsOfRefused, type AsOfStamp, resolveAsOf } from '../read-models/as-of';
import type { Moment, Prefix } from '../read-models/read-models';
import type { ApiContext } from './context';
import { apiError } from './errors';
import { createLoaders, type Loaders } from './loaders';
import { decodePosition } from './position';
import { createTextBudget, type TextBudget } from './text-budget';

/** How long a request waits for the position it names in `extensions.atLeast`, in milliseconds (rule N2). */
export const MAX_WAIT_FOR_POSITION_MS = 2_000;

/**
 * Where a field answers. All fields of one operation share one now and one prefix of the log (rule S1); a field
 * without its own `asOf` answers at the stamp of the nearest field above that has one.
 */
export interface Scope {
  readonly nowMs: number;
  readonly head: Prefix;
  /** Of the nearest field above; absent: now. */
  readonly stamp?: AsOfStamp;
  /** True when that stamp was asked for by recordedAt or position. */
  readonly pinned: boolean;
  readonly loaders: Loaders;
}

/** Has a stamp of its own, or of a field above. */
export interface Stamped {
  readonly stamp: AsOfStamp;
}

/**
 * The scope of the operation's root, the same for every root field of a query. Waits first for the position that the
 * request wants included.
 * @throws BAD_POSITION POSITION_NOT_REACHED
 */
export function openScope(context: ApiContext): Promise<Scope> {
  context.opened.scope ??= reachAtLeast(context).then(() => scopeOfNow(context, budgetOf(context)));
  return context.opened.scope;
}

/** Lets go of the scope of the root when it has done its work: a subscription that is open answers each item at its own. */
export function closeScope({ opened }: ApiContext): void {
  opened.scope = undefined;
  opened.budget = undefined;
}

/** A scope at what the node has applied by now. */
export function scopeOfNow(context: ApiContext, budget = createTextBudget()): Scope {
  const head = context.readModels.applied();
  return { nowMs: context.nowMs(), head, pinned: false, loaders: createLoaders(context.app, head, budget) };
}

/** Of the whole operation, also of a mutation that writes several things. */
export function budgetOf({ opened }: ApiContext): TextBudget {
  opened.budget ??= createTextBudget();
  return opened.budget;
}

async function reachAtLeast({ atLeast, app, progress }: ApiContext): Promise<void> {
  if (atLeast === undefined || atLeast === null) return;
  if (typeof atLeast !== 'string') throw apiError('BAD_POSITION', 'atLeast is not a position of this log.');
  const position = decodePosition(app.logId, atLeast);
  if (!app.store.isPosition(position)) throw apiError('BAD_POSITION', 'atLeast is not a position of this log.');
  if (!(await progress.waitFor(position, MAX_WAIT_FOR_POSITION_MS))) throw positionNotReached();
}

export function positionNotReached() {
  return apiError('POSITION_NOT_REACHED', 'This node has not applied that position yet. Try again.');
}

/**
 * The scope of a payload: everything below answers at the write's position. Its effective time follows from that
 * position alone, so that the same command answers the same when it is repeated.
 * @throws POSITION_NOT_REACHED the write was done, but this node does not know it yet
 */
export async function scopeOfWrite(
  context: ApiContext,
  position: Position,
  organisationId: string,
): Promise<Scope & Stamped> {
  const { readModels, progress } = context;
  const applied = await progress.waitFor(position, MAX_WAIT_FOR_POSITION_MS);
  const head = applied ? readModels.prefixAtPosition(position) : undefined;
  if (head === undefined) {
    const written = { position: encodePosition(context.app.logId, position) };
    throw apiError('POSITION_NOT_REACHED', 'It was written, and this node does not know it yet.', written);
  }
  const effectiveMs = Math.max(head.clockMs, readModels.latestLiveValidFromMs(head.n));
  const loaders = createLoaders(context.app, head, budgetOf(context));
  const scope: Scope = { nowMs: context.nowMs(), head, pinned: false, loaders };
  return narrowed(scope, stampWithin(context, scope, organisationId, { effectiveAt: instantAt(effectiveMs) }));
}

/** The same scope with the stamp of a field that has one. */
export function narrowed(scope: Scope, stamp: AsOfStamp, pinned = scope.pinned): Scope & Stamped {
  const { nowMs, head, loaders } = scope;
  return { nowMs, head, stamp, pinned, loaders };
}

/** An `asOf` as clients write it: null is as good as absent, and the position is still in their form. */
export type AskedAsOf = { readonly [field in keyof AsOfInput]?: AsOfInput[field] | null } | null | undefined;

/**
 * The scope of a field that takes `asOf`, for something of an organisation: civil dates are days of its zone.
 * @throws AS_OF_CONTRADICTORY AS_OF_IN_FUTURE BAD_POSITION POSITION_NOT_REACHED BAD_USER_INPUT
 */
export function scopeAsOf(context: ApiContext, scope: Scope, organisationId: string, asOf: AskedAsOf): Scope & Stamped {
  const asked = asOf ? withoutNulls(context, asOf) : undefined;
  const pinned = asked ? asked.position !== undefined || asked.recordedAt !== undefined : scope.pinned;
  return narrowed(scope, stampWithin(context, scope, organisationId, asked), pinned);
}

function withoutNulls({ app }: ApiContext, asOf: NonNullable<AskedAsOf>): AsOfInput {
  return {
    effectiveAt: asOf.effectiveAt ?? undefined,
    effectiveOn: asOf.effectiveOn ?? undefined,
    recordedAt: asOf.recordedAt ?? undefined,
    position: asOf.position == null ? undefined : decodePosition(app.logId, asOf.position),
  };
}

function stampWithin(
  context: ApiContext,
  scope: Scope,
  organisationId: string,
  asked: AsOfInput | undefined,
): AsOfStamp {
  try {
    return resolveAsOf(asked, {
      nowMs: scope.nowMs,
      head: scope.head,
      parent: scope.stamp,
      zoneAt: (n) => zoneAt(context, scope, organisationId, n),
      log: context.readModels,
    });
  } catch (error) {
    if (error instanceof AsOfRefused) throw apiError(error.code, error.message);
    throw error;
  }
}

/** Before the organisation was known it has the zone that it got first; nothing can be asked of it then but that. */
function zoneAt({ readModels }: ApiContext, { head }: Scope, organisationId: string, n: number): TimeZone {
  const known = readModels.timeZoneOf(organisationId, { n });
  if (known !== undefined) return known;
  const registered = readModels.organisationById(organisationId, head);
  return (registered && readModels.timeZoneOf(organisationId, registered)) ?? 'UTC';
}

/** An organisation's zone as it was known where a scope answers (rule S3). */
export function timeZoneOf(context: ApiContext, scope: Scope, organisationId: string): TimeZone {
  return zoneAt(context, scope, organisationId, ordinalOf(scope));
}

/**
 * An organisation's default locale as it was known where a scope answers, so that a fixed position keeps its answer
 * (rule T5); before the organisation was known, the one that it got first.
 */
export function defaultLocaleOf({ readModels }: ApiContext, scope: Scope, organisationId: string): string {
  const known = readModels.defaultLocaleOf(organisationId, { n: ordinalOf(scope) });
  if (known !== undefined) return known;
  const registered = readModels.organisationById(organisationId, scope.head);
  return (registered && readModels.defaultLocaleOf(organisationId, registered)) ?? 'en';
}

function ordinalOf({ stamp, head }: Scope): number {
  return (stamp ?? head).n;
}

/** The instant on both axes at which a field answers that takes no `asOf` of its own. */
export function momentOf(context: ApiContext, scope: Scope): Moment {
  return scope.stamp ?? presentMoment(context, scope);
}

/** The instant on both axes of now, whatever stamp a field answers at. */
export function presentMoment(
  { readModels }: Pick<ApiContext, 'readModels'>,
  { nowMs, head }: Pick<Scope, 'nowMs' | 'head'>,
): Moment {
  // Not before what was written last on a node whose clock is ahead (rule S2).
  return { effectiveAt: instantAt(Math.max(nowMs, readModels.latestLiveValidFromMs(head.n))), n: head.n };
}

/** The prefix that a scope's answers use. */
export function prefixOf({ readModels }: ApiContext, scope: Scope): Prefix {
  if (scope.stamp === undefined || scope.stamp.n === scope.head.n) return scope.head;
  const { n, position, recordedAt } = scope.stamp;
  return readModels.prefixAtOrdinal(n) ?? { n, position, clockMs: epochMsOf(recordedAt) };
}
