import { randomUUID } from 'node:crypto';
import { type ExecutionArgs, GraphQLError, getOperationAST } from 'graphql';
import type { Context, ServerOptions as ProtocolOptions, SubscribePayload } from 'graphql-ws';
import type { Caller } from '../auth/caller';
import type { Place } from './connection-count';
import { checkDocument } from './document-check';
import { formattedResult } from './error-answer';
import {
  atLeastOf,
  CLOSE_CODES,
  callerOf,
  firstCodeOf,
  type GraphqlParts,
  isUnauthenticated,
  unauthenticated,
} from './graphql-parts';
import type { SocketConnection } from './socket-connection';
import { delivery, isIterator, type SocketOperation } from './socket-delivery';

/** What is known of one WebSocket. */
export interface Peer {
  readonly connection: SocketConnection;
  /** Header of the request that opened it; nothing else of that is kept for as long as it is open. */
  readonly authorization: string | undefined;
  readonly place: Place;
  caller: Caller;
  /** Ends the watch over the caller's token. */
  forgetCaller: () => void;
  /** Ids of queries and mutations under way. */
  readonly running: Set<string>;
  /** Closes as soon as nothing is under way. */
  leaving: boolean;
}

type PeerContext = Context<Record<string, unknown>, Peer>;

/** What graphql-transport-ws asks of us at each step; the library does the rest of the protocol. */
export function socketProtocol(parts: GraphqlParts): ProtocolOptions<Record<string, unknown>, Peer> {
  const { answers, metrics } = parts;
  const operations = new WeakMap<ExecutionArgs, SocketOperation>();
  const deliver = delivery(parts);
  return {
    subscribe: async (args) => {
      const result = await parts.subscribe(args);
      const operation = operations.get(args);
      return operation && isIterator(result) ? deliver(result, operation) : result;
    },
    connectionInitWaitTimeout: parts.limits.connectionInitWaitMs,
    onConnect: (context) => admit(parts, context),
    onSubscribe: async (context, id, payload) => {
      if (Object.keys(context.subscriptions).length > parts.limits.maxOperationsPerSocket)
        return tooMany(context.extra);
      // Nothing begins with a token that was taken back, however short ago.
      if (parts.isRevoked(context.extra.caller)) return revoked(context.extra);
      const args = await prepare(parts, context.extra, id, payload);
      if (!Array.isArray(args) && 'document' in args) {
        const correlationId = correlationIdIn(args.contextValue);
        operations.set(args, { id, connection: context.extra.connection, correlationId });
      }
      return args;
    },
    onOperation: (_context, _id, _payload, args, result) => {
      const kind = getOperationAST(args.document, args.operationName)?.operation ?? 'none';
      const errors = 'errors' in result ? result.errors : undefined;
      metrics.operationEnded('websocket', kind, firstCodeOf(errors?.map((error) => error.toJSON())));
    },
    onNext: (_context, _id, _payload, args, { data, errors, extensions }) => {
      // Without errors it goes out as it is, which is what most do.
      if (errors === undefined) return undefined;
      const result = {
        ...(data === undefined ? {} : { data }),
        errors,
        ...(extensions === undefined ? {} : { extensions }),
      };
      return formattedResult(result, answers, operations.get(args)?.correlationId);
    },
    onError: (_context, _id, _payload, errors) => {
      const answered = errors.map((error) => answers.answer(error, undefined));
      metrics.operationEnded('websocket', 'none', firstCodeOf(answered));
      return answered;
    },
    onComplete: ({ extra: peer }, id) => {
      peer.running.delete(id);
      leaveIfIdle(peer);
    },
  };
}

function correlationIdIn(context: unknown): string {
  if (typeof context !== 'object' || context === null || !('correlationId' in context)) return '';
  return typeof context.correlationId === 'string' ? context.correlationId : '';
}

/** Called whenever an operation ends: the queries and mutations under way at the end of the server are waited for. */
export function leaveIfIdle(peer: Peer): void {
  if (peer.leaving && peer.running.size === 0) peer.connection.close(CLOSE_CODES.goingAway, 'Going away');
}

/** Says who is at the other end, for as long as the token is good. False where it was closed. */
async function admit(parts: GraphqlParts, context: PeerContext): Promise<boolean> {
  const { connectionParams, extra: peer } = context;
  const { connection, place } = peer;
  const authorization = connectionParams?.authorization ?? connectionParams?.Authorization ?? peer.authorization;
  // Nobody asks for it again, and the token is the longest text of a connection.
  Reflect.set(context, 'connectionParams', undefined);
  try {
    peer.caller = await callerOf(parts, authorization);
  } catch (error) {
    if (!isUnauthenticated(error)) throw error;
    connection.close(CLOSE_CODES.unauthenticated, 'Unauthenticated');
    return false;
  }
  if (peer.caller.kind === 'anonymous') return !connection.isClosing;
  if (typeof authorization === 'string' && !place.takeForToken(authorization.replace(/^Bearer +/i, ''))) {
    connection.close(CLOSE_CODES.tooMany, 'Too many connections');
  }
  if (connection.isClosing) return false;
  peer.forgetCaller = parts.callers.watch(peer.caller, (end) =>
    connection.close(CLOSE_CODES.unauthenticated, `Token ${end}`),
  );
  return true;
}

function tooMany({ connection }: Peer): readonly GraphQLError[] {
  connection.close(CLOSE_CODES.tooMany, 'Too many operations');
  return [new GraphQLError('Too many operations at a time.', { extensions: { code: 'RATE_LIMITED' } })];
}

function revoked({ connection }: Peer): readonly GraphQLError[] {
  connection.close(CLOSE_CODES.unauthenticated, 'Token revoked');
  return [unauthenticated('The token has been revoked.')];
}

/** Checks one operation, and makes its context. */
async function prepare(
  parts: GraphqlParts,
  peer: Peer,
  id: string,
  { query, operationName, variables, extensions }: SubscribePayload,
): Promise<ExecutionArgs | readonly GraphQLError[]> {
  const request = { query, operationName: operationName ?? undefined, variables: variables ?? undefined };
  const checked = checkDocument(parts.check, request);
  if (checked.kind === 'bad') return checked.errors;
  if (checked.operation.operation !== 'subscription') peer.running.add(id);
  try {
    const { caller } = peer;
    const correlationId = randomUUID();
    const contextValue = await parts.createContext({
      caller,
      correlationId,
      transport: 'websocket',
      ...atLeastOf(extensions),
    });
    return {
      schema: parts.check.schema,
      document: checked.document,
      operationName: operationName ?? null,
      variableValues: variables ?? null,
      contextValue,
    };
  } catch (error) {
    peer.running.delete(id);
    if (error instanceof GraphQLError) return [error];
    throw error;
  }
}
