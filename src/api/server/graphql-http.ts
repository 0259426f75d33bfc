import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { checkComplexity, operationUnclear } from './document-check';
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
    preHandler: admitOtherThanBrowsers,
    handler: fastifyApolloHandler(apollo, { context: (request) => contextOf(parts, request) }),
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

/**
 * Apollo holds back a GET that a page of another site could make a browser send. Browsers say where a request comes
 * from, and other programs are made by nobody's page: those may ask without a header that only Apollo's clients know.
 */
function admitOtherThanBrowsers({ headers, method }: FastifyRequest, _reply: FastifyReply, done: () => void): void {
  const site = headers['sec-fetch-site'];
  const fromOtherSite = site !== undefined && site !== 'same-origin' && site !== 'none';
  if (method === 'GET' && !fromOtherSite && headers.origin === undefined) headers['apollo-require-preflight'] ??= 'yes';
  done();
}

async function contextOf(parts: GraphqlParts, request: FastifyRequest): Promise<OperationContext> {
  const caller = await callerOf(parts, request.headers.authorization);
  return parts.createContext({
    caller,
    correlationId: request.id,
    transport: 'http',
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
  return {
    async requestDidStart() {
      return {
        async didResolveOperation({ document, operation, request }) {
          if (!operation) throw operationUnclear();
          if (operation.operation === 'subscription') {
            throw badRequest('Subscriptions are served over WebSocket and as event streams, not here.');
          }
          const error = checkComplexity(parts.check, document, operation, request.variables);
          if (error !== undefined) throw error;
        },
        async didEncounterErrors({ errors, contextValue }) {
          for (const error of errors) correlationIds.set(error, contextValue.correlationId);
        },
        async willSendResponse({ operation, response: { body } }) {
          const errors = body.kind === 'single' ? body.singleResult.errors : undefined;
          parts.metrics.operationEnded('http', operation?.operation ?? 'none', firstCodeOf(errors));
        },
      };
    },
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
