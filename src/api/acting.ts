import type { RequestContext } from '../application/application';
import { encodePosition } from '../application/position-text';
import type { Position } from '../event-store/event-store';
import type { ApiContext } from './context';
import { apiError } from './errors';
import { type Scope, type Stamped, scopeOfWrite } from './scope';

/** Who sends a command, by the random id that the vault has for them (rule I2). */
export async function requestOf(
  { caller, app, correlationId }: ApiContext,
  { idempotencyKey }: { readonly idempotencyKey?: string | null },
): Promise<RequestContext> {
  // Access has been checked before; this only tells the compiler.
  if (caller.kind === 'anonymous') throw apiError('UNAUTHENTICATED', 'This needs a valid token.');
  const { issuer, actorClaim: claim, actorName: name } = caller;
  const actor = await app.vault.actorOf({ issuer, claim, ...(name !== undefined && { name }) });
  return { actor, correlationId, ...(idempotencyKey != null && { idempotencyKey }) };
}

/** What every payload says of a write that was done. */
export interface WriteSaid {
  readonly userErrors: readonly [];
  readonly position: string;
}

/** Where a payload answers, once this node has applied the write. @throws POSITION_NOT_REACHED */
export async function settle(
  context: ApiContext,
  position: Position,
  organisationId: string,
): Promise<{ readonly scope: Scope & Stamped; readonly said: WriteSaid }> {
  const scope = await scopeOfWrite(context, position, organisationId);
  return { scope, said: { userErrors: [], position: encodePosition(context.app.logId, position) } };
}
