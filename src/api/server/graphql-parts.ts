import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import type { Logger } from 'pino';
import type { Caller } from '../auth/caller';
import type { CallerWatch } from '../auth/caller-watch';
import { TokenRejected } from '../auth/tokens';
import type { Subscribe } from '../shared-subscribe';
import type { ConnectionCount } from './connection-count';
import type { DocumentCheck } from './document-check';
import type { ErrorAnswers } from './error-answer';
import type { ServerLimits } from './server-limits';
import type { ServerMetrics } from './server-metrics';
import type { ServerOptions } from './server-options';

/** What the transports of GraphQL share. */
export interface GraphqlParts extends Pick<ServerOptions, 'authenticate' | 'createContext'> {
  /** Ends connections whose token runs out or is taken back. */
  readonly callers: CallerWatch;
  readonly isRevoked: (caller: Caller) => boolean;
  readonly subscribe: Subscribe;
  readonly check: DocumentCheck;
  readonly answers: ErrorAnswers;
  readonly connections: ConnectionCount;
  readonly limits: ServerLimits;
  readonly log: Logger;
  readonly metrics: ServerMetrics;
  readonly behindProxy: boolean;
}

/** Close codes of WebSockets beside those of graphql-transport-ws; event streams carry them in their last answer. */
export const CLOSE_CODES = {
  goingAway: 1001,
  internal: 4500,
  unauthenticated: 4401,
  tooMany: 4429,
  slowReader: 4508,
} as const;

/** Who is asking, or the refusal of a token that is not good: never anonymous instead. */
export async function callerOf(parts: Pick<GraphqlParts, 'authenticate'>, authorization: unknown): Promise<Caller> {
  try {
    return await parts.authenticate(authorization);
  } catch (error) {
    if (error instanceof TokenRejected) throw unauthenticated('The token is bad or has expired.');
    throw error;
  }
}

export function unauthenticated(message: string): GraphQLError {
  const headers = new Map([['www-authenticate', 'Bearer']]);
  return new GraphQLError(message, {
    extensions: { code: 'UNAUTHENTICATED', http: { status: 401, headers } },
  });
}

export function isUnauthenticated(error: unknown): error is GraphQLError {
  return error instanceof GraphQLError && error.extensions.code === 'UNAUTHENTICATED';
}

export function badRequest(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_REQUEST', http: { status: 400 } } });
}

/** For the metrics: how an operation ended. */
export function firstCodeOf(errors: readonly GraphQLFormattedError[] | undefined): string {
  const first = errors?.[0];
  if (first === undefined) return 'OK';
  const code = first.extensions?.code;
  return typeof code === 'string' ? code : 'NONE';
}

/** `extensions.atLeast` of a request as it came; the context judges it. */
export function atLeastOf(extensions: unknown): { readonly atLeast?: unknown } {
  if (typeof extensions !== 'object' || extensions === null || !('atLeast' in extensions)) return {};
  return { atLeast: extensions.atLeast };
}
