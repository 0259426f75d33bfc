import type { FastifyInstance } from 'fastify';
import { GraphQLError } from 'graphql';
import type { Registry } from 'prom-client';
import { callerOf, type GraphqlParts, unauthenticated } from './graphql-parts';

/** `/metrics` for operators: figures without personal data, in the form of Prometheus. */
export function serveMetricsToOperators(
  app: FastifyInstance,
  registry: Registry,
  parts: Pick<GraphqlParts, 'authenticate'>,
): void {
  app.get('/metrics', { logLevel: 'warn' }, async (request, reply) => {
    const caller = await callerOf(parts, request.headers.authorization);
    if (caller.kind === 'anonymous') throw unauthenticated('A token is needed.');
    if (!caller.roles.some(({ role }) => role === 'operator')) throw forbidden();
    await reply
      .type(registry.contentType)
      .header('cache-control', 'no-store')
      .send(await registry.metrics());
  });
}

/** `/metrics` without a token, for a port that only the operator's network reaches. */
export function serveMetricsToAnyone(app: FastifyInstance, registry: Registry): void {
  app.get('/metrics', { logLevel: 'warn' }, async (_request, reply) => {
    await reply
      .type(registry.contentType)
      .header('cache-control', 'no-store')
      .send(await registry.metrics());
  });
}

function forbidden(): GraphQLError {
  return new GraphQLError('The metrics are for operators.', {
    extensions: { code: 'FORBIDDEN', http: { status: 403 } },
  });
}
