import type { FastifyInstance } from 'fastify';
import { hiddenFault } from './error-answer';
import type { GraphqlParts } from './graphql-parts';
import type { HealthCheck, ServerOptions } from './server-options';

interface HealthParts extends Pick<GraphqlParts, 'limits' | 'log'>, Pick<ServerOptions, 'health'> {
  readonly isDraining: () => boolean;
}

/**
 * `/health/live`: the process answers. `/health/ready`: it can do its work; the body says what is not well. A node
 * that is closing is not ready.
 */
export function serveHealth(app: FastifyInstance, parts: HealthParts): void {
  app.get('/health/live', { logLevel: 'warn' }, async (_request, reply) => {
    await reply.header('cache-control', 'no-store').send({ status: 'live' });
  });
  app.get('/health/ready', { logLevel: 'warn' }, async (request, reply) => {
    const checks = parts.isDraining() ? [CLOSING] : await boundedChecks(parts, request.id);
    const ready = checks.every(({ ok, required }) => ok || required === false);
    await reply
      .code(ready ? 200 : 503)
      .header('cache-control', 'no-store')
      .send({ status: ready ? 'ready' : 'not-ready', checks });
  });
}

const CLOSING: HealthCheck = { name: 'SERVER', ok: false, detail: 'The node is closing.' };
const NO_ANSWER: HealthCheck = { name: 'HEALTH', ok: false, detail: 'The checks did not answer in time.' };
const FAILED: HealthCheck = { name: 'HEALTH', ok: false, detail: 'The checks failed; see the log.' };

async function boundedChecks(
  { health, limits, log }: HealthParts,
  correlationId: string,
): Promise<readonly HealthCheck[]> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<readonly HealthCheck[]>((resolve) => {
    timer = setTimeout(() => resolve([NO_ANSWER]), limits.healthWaitMs);
  });
  try {
    return await Promise.race([health(), late]);
  } catch (error) {
    hiddenFault(log, error, correlationId);
    return [FAILED];
  } finally {
    clearTimeout(timer);
  }
}
