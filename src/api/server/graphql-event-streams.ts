import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type FormattedExecutionResult, GraphQLError } from 'graphql';
import { ANONYMOUS, type Caller } from '../auth/caller';
import { SubscriptionAnswers } from '../subscription-answers';
import { clientAddress } from './client-address';
import type { Place } from './connection-count';
import { checkDocument } from './document-check';
import { formattedResult } from './error-answer';
import { type EventStream, lastAnswer, openEventStream } from './event-stream';
import {
  atLeastOf,
  badRequest,
  CLOSE_CODES,
  callerOf,
  firstCodeOf,
  type GraphqlParts,
  isUnauthenticated,
} from './graphql-parts';
import { type ReceivedOperation, readOperation } from './operation-request';

export const EVENT_STREAM_PATH = '/graphql/stream';

/** Subscriptions as event streams, for networks without WebSocket. */
export interface EventStreams {
  /** Ends every stream without `complete`, so that its client comes again. */
  drain(): void;
}

/**
 * Serves subscriptions over server-sent events, in the distinct connections mode of graphql-sse. The handler of that
 * library collects items without bound for a reader that has stopped; its client and protocol are used unchanged.
 */
export function serveEventStreams(app: FastifyInstance, parts: GraphqlParts): EventStreams {
  const streams = new Set<EventStream>();
  app.route({
    method: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'],
    url: EVENT_STREAM_PATH,
    onRequest: refuseOtherRequests,
    handler: async (request, reply) => {
      const operation = readOperation(request);
      if (operation instanceof GraphQLError) {
        await reply.code(400).send({ errors: [parts.answers.answer(operation, request.id)] });
        return;
      }
      reply.hijack();
      await serveStream(parts, streams, request, reply, operation);
    },
  });
  return {
    drain() {
      for (const stream of streams) stream.breakOff();
    },
  };
}

async function refuseOtherRequests({ method, headers }: FastifyRequest, reply: FastifyReply): Promise<void> {
  if (method !== 'GET' && method !== 'POST') {
    await refuse(reply.header('allow', 'GET, POST'), 405, 'An event stream is asked for with GET or POST.');
  } else if (!/text\/event-stream|text\/\*|\*\/\*|^$/.test(headers.accept ?? '')) {
    await refuse(reply, 406, 'The answer is an event stream: accept text/event-stream.');
  }
}

async function refuse(reply: FastifyReply, status: number, message: string): Promise<void> {
  await reply.code(status).send({ errors: [{ message, extensions: { code: 'BAD_REQUEST' } }] });
}

async function serveStream(
  parts: GraphqlParts,
  streams: Set<EventStream>,
  request: FastifyRequest,
  reply: FastifyReply,
  operation: ReceivedOperation,
): Promise<void> {
  const place = parts.connections.takePlace(clientAddress(request.raw, parts.behindProxy));
  let endSource: () => void = () => undefined;
  let forgetCaller: () => void = () => undefined;
  parts.metrics.connectionOpened('sse');
  const stream = openEventStream(reply.raw, headersOf(reply), parts, () => {
    streams.delete(stream);
    forgetCaller();
    place?.giveBack();
    endSource();
    parts.metrics.connectionClosed('sse');
  });
  streams.add(stream);

  try {
    const caller = await admit(parts, stream, place, request.headers.authorization);
    if (caller === undefined || stream.isEnding) return;
    const source = await openSource(parts, caller, request.id, operation);
    if (!(source instanceof SubscriptionAnswers)) {
      stream.complete(source);
      return;
    }
    endSource = () => stopSource(parts, source, request.id);
    if (stream.isEnding) {
      endSource();
      return;
    }
    forgetCaller = parts.callers.watch(caller, () => endWith(parts, stream, ...UNAUTHENTICATED));
    await passOn(parts, stream, source, request.id);
  } catch (error) {
    stream.complete({ errors: [answerTo(parts, error, request.id)] });
  }
}

type Ending = readonly [code: string, closeCode: number, message: string];
const UNAUTHENTICATED: Ending = ['UNAUTHENTICATED', CLOSE_CODES.unauthenticated, 'The token is bad or has expired.'];
const TOO_MANY: Ending = ['RATE_LIMITED', CLOSE_CODES.tooMany, 'Too many connections are open.'];

function endWith(parts: GraphqlParts, stream: EventStream, ...[code, closeCode, message]: Ending): void {
  if (stream.isEnding) return;
  parts.metrics.closedWith('sse', closeCode);
  stream.complete(lastAnswer(code, closeCode, message));
}

/** Headers that hooks have set, such as the request's id. */
function headersOf(reply: FastifyReply): Record<string, string> {
  return Object.fromEntries(Object.entries(reply.getHeaders()).map(([name, value]) => [name, String(value)]));
}

/** Who is asking; undefined where the stream was ended instead. */
async function admit(
  parts: GraphqlParts,
  stream: EventStream,
  place: Place | undefined,
  authorization: string | undefined,
): Promise<Caller | undefined> {
  if (place === undefined) {
    endWith(parts, stream, ...TOO_MANY);
    return undefined;
  }
  if (authorization === undefined) return ANONYMOUS;
  try {
    const caller = await callerOf(parts, authorization);
    if (place.takeForToken(authorization.replace(/^Bearer +/i, ''))) return caller;
    endWith(parts, stream, ...TOO_MANY);
  } catch (error) {
    if (!isUnauthenticated(error)) throw error;
    endWith(parts, stream, ...UNAUTHENTICATED);
  }
  return undefined;
}

/** The items of the subscription, or the one answer that says why there are none. */
async function openSource(
  parts: GraphqlParts,
  caller: Caller,
  correlationId: string,
  { query, operationName, variables, extensions }: ReceivedOperation,
): Promise<SubscriptionAnswers | FormattedExecutionResult> {
  const checked = checkDocument(parts.check, { query, operationName, variables });
  const errors = checked.kind === 'bad' ? checked.errors : refusalOfOthers(checked.operation.operation);
  if (checked.kind === 'bad' || errors.length > 0) {
    return counted(parts, 'none', { errors: errors.map((error) => parts.answers.answer(error, correlationId)) });
  }
  const contextValue = await parts.createContext({ caller, correlationId, transport: 'sse', ...atLeastOf(extensions) });
  const result = await parts.subscribe({
    schema: parts.check.schema,
    document: checked.document,
    operationName: operationName ?? null,
    variableValues: variables ?? null,
    contextValue,
  });
  if (result instanceof SubscriptionAnswers) {
    parts.metrics.operationEnded('sse', 'subscription', 'OK');
    return result;
  }
  return counted(parts, 'subscription', formattedResult(result, parts.answers, correlationId));
}

function refusalOfOthers(kind: string): readonly GraphQLError[] {
  return kind === 'subscription' ? [] : [badRequest('Event streams are for subscriptions; ask the rest at /graphql.')];
}

function counted(parts: GraphqlParts, kind: string, result: FormattedExecutionResult): FormattedExecutionResult {
  parts.metrics.operationEnded('sse', kind, firstCodeOf(result.errors));
  return result;
}

async function passOn(
  parts: GraphqlParts,
  stream: EventStream,
  source: SubscriptionAnswers,
  correlationId: string,
): Promise<void> {
  for (;;) {
    const item = await source.next();
    if (stream.isEnding) return;
    if (item.done) {
      stream.complete();
      return;
    }
    await stream.next(formattedResult(item.value, parts.answers, correlationId));
  }
}

function answerTo(parts: GraphqlParts, error: unknown, correlationId: string) {
  const wrapped =
    error instanceof GraphQLError
      ? error
      : new GraphQLError('Not a GraphQL error', { originalError: error instanceof Error ? error : null });
  return parts.answers.answer(wrapped, correlationId);
}

function stopSource(parts: GraphqlParts, source: SubscriptionAnswers, correlationId: string): void {
  source.return().catch((error) => answerTo(parts, error, correlationId));
}
