import {
  ApolloServer,
  type ApolloServerPlugin,
  type GraphQLRequestListener,
  type GraphQLResponse,
  HeaderMap,
} from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type ExecutionArgs, execute, GraphQLError, type GraphQLFormattedError } from 'graphql';
import { asBadUserInput, checkComplexity, operationUnclear } from './document-check';
import { formattedResult } from './error-answer';
import { atLeastOf, badRequest, callerOf, firstCodeOf, type GraphqlParts } from './graphql-parts';
import type { OperationContext } from './server-options';

export const GRAPHQL_PATH = '/graphql';

/**
 * GraphQL over HTTP: POST, and GET for queries. Answers the function that stops it.
 * @see https://graphql.github.io/graphql-over-http/draft/
 */
export async function serveGraphqlHttp(app: FastifyInstance, parts: GraphqlParts): Promise<() => Promise<void>> {
  const correlationIds = new WeakMap<object, string>();
  const apollo = new ApolloServer<OperationContext>({
    schema: parts.check.schema,
    parseOptions: parts.check.parseOptions,
    validationRules: [...parts.check.rules],
    validationOptions: parts.check.validationOptions,
    // Whether the schema may be asked for is a rule of the document check, which holds on every transport.
    introspection: true,
    csrfPrevention: true,
    persistedQueries: false,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    logger: parts.log,
    formatError: (formatted, error) => answerOf(parts, correlationIds, formatted, error),
    plugins: [
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      operationPlugin(parts, correlationIds),
    ],
  });
  await apollo.start();
  app.route({
    method: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'],
    url: GRAPHQL_PATH,
    onRequest: refuseOtherMethods,
    handler: async (request, reply) => {
      const { status, headers, body } = await apollo.executeHTTPGraphQLRequest({
        httpGraphQLRequest: {
          method: request.method,
          headers: headersFor(request),
          search: searchOf(request.url),
          body: request.body,
        },
        context: () => contextOf(parts, request),
      });
      if (body.kind === 'chunked') throw new Error('Nothing that is asked here is answered in parts.');
      for (const [name, value] of headers) void reply.header(name, value);
      // What one caller was answered may be about a person; a browser would keep what it got by GET.
      void reply.header('cache-control', 'no-store');
      return reply.code(status ?? 200).send(body.string);
    },
  });
  return () => apollo.stop();
}

function refuseOtherMethods({ method }: FastifyRequest, reply: FastifyReply, done: () => void): void {
  if (method === 'GET' || method === 'POST') {
    done();
    return;
  }
  const error = badRequest('GraphQL is asked with POST, or with GET for queries.');
  void reply
    .code(405)
    .header('allow', 'GET, POST')
    .send({ errors: [plainly(error)] });
}

function plainly({ message, extensions }: GraphQLError): GraphQLFormattedError {
  return { message, extensions: { code: extensions.code } };
}

/** What Apollo looks at. */
const HEADERS_READ = ['accept', 'content-type', 'x-apollo-operation-name', 'apollo-require-preflight'];

/**
 * Apollo holds back a GET that a page of another site could make a browser send. Browsers say where a request comes
 * from, and other programs are made by nobody's page: those may ask without a header that only Apollo's clients know.
 */
function headersFor({ headers, method }: FastifyRequest): HeaderMap {
  const read = new HeaderMap();
  for (const name of HEADERS_READ) {
    const value = headers[name];
    if (typeof value === 'string' && value !== '') read.set(name, value);
  }
  const site = headers['sec-fetch-site'];
  const fromOtherSite = site !== undefined && site !== 'same-origin' && site !== 'none';
  if (method === 'GET' && !fromOtherSite && headers.origin === undefined) read.set('apollo-require-preflight', 'yes');
  return read;
}

function searchOf(url: string): string {
  const start = url.indexOf('?');
  return start < 0 ? '' : url.slice(start);
}

async function contextOf(parts: GraphqlParts, request: FastifyRequest): Promise<OperationContext> {
  const caller = await callerOf(parts, request.headers.authorization);
  return parts.createContext({
    caller,
    correlationId: request.id,
    transport: 'http',
    ...(request.method === 'GET' && { inAddress: true }),
    ...atLeastOf(extensionsOf(request)),
  });
}

function extensionsOf({ method, body, query }: FastifyRequest): unknown {
  if (method === 'POST')
    return typeof body === 'object' && body !== null && 'extensions' in body ? body.extensions : {};
  if (typeof query !== 'object' || query === null || !('extensions' in query)) return {};
  try {
    return typeof query.extensions === 'string' ? JSON.parse(query.extensions) : {};
  } catch {
    // Apollo reads the same text a moment later, and says what is wrong with it.
    return {};
  }
}

function operationPlugin(
  parts: GraphqlParts,
  correlationIds: WeakMap<object, string>,
): ApolloServerPlugin<OperationContext> {
  const listener: GraphQLRequestListener<OperationContext> = {
    async didResolveOperation({ document, operation, request }) {
      if (!operation) throw operationUnclear();
      if (operation.operation === 'subscription') {
        throw badRequest('Subscriptions are served over WebSocket and as event streams, not here.');
      }
      const error = checkComplexity(parts.check, document, operation, request.variables);
      if (error !== undefined) throw error;
    },
    async responseForOperation({ document, request, contextValue }) {
      const { schema } = parts.check;
      const { operationName, variables: variableValues } = request;
      return executed(parts, { schema, document, contextValue, operationName, variableValues });
    },
    async didEncounterErrors({ errors, contextValue }) {
      for (const error of errors) correlationIds.set(error, contextValue.correlationId);
    },
    async willSendResponse({ operation, response: { body } }) {
      const errors = body.kind === 'single' ? body.singleResult.errors : undefined;
      parts.metrics.operationEnded('http', operation?.operation ?? 'none', firstCodeOf(errors));
    },
  };
  return { requestDidStart: async () => listener };
}

/**
 * Executes as the other transports do. Apollo would first look which kinds of answers in parts the client takes; none
 * are given here, and looking takes as long as executing.
 */
async function executed(
  parts: GraphqlParts,
  args: ExecutionArgs & { readonly contextValue: OperationContext },
): Promise<GraphQLResponse> {
  const result = await execute(args);
  // Without data nothing was executed: the variables do not fit. One that does not is told, as by the check.
  const good = result.data !== undefined;
  const told = good ? result : { errors: (result.errors ?? []).slice(0, 1).map(asBadUserInput) };
  return {
    http: { status: good ? 200 : 400, headers: new HeaderMap() },
    body: { kind: 'single', singleResult: formattedResult(told, parts.answers, args.contextValue.correlationId) },
  };
}

function answerOf(
  parts: GraphqlParts,
  correlationIds: WeakMap<object, string>,
  formatted: GraphQLFormattedError,
  error: unknown,
): GraphQLFormattedError {
  if (!(error instanceof GraphQLError)) {
    const wrapped = new GraphQLError(formatted.message, { originalError: error instanceof Error ? error : null });
    return parts.answers.answer(wrapped, undefined);
  }
  return parts.answers.answer(error, correlationIds.get(error));
}
