import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import { createCallerWatch } from '../auth/caller-watch';
import { servePolicyPages } from '../pages/policy-page-routes';
import { subscribeAlone } from '../shared-subscribe';
import { createConnectionCount } from './connection-count';
import { allowOrigins } from './cors';
import { createDocumentCheck } from './document-check';
import { createErrorAnswers, hiddenFault } from './error-answer';
import { serveEvidence } from './evidence-routes';
import { type EventStreams, serveEventStreams } from './graphql-event-streams';
import { GRAPHQL_PATH, serveGraphqlHttp } from './graphql-http';
import type { GraphqlParts } from './graphql-parts';
import { createGraphqlSockets, type GraphqlSockets } from './graphql-websocket';
import { serveHealth } from './health-routes';
import { serveHomePage } from './home-page';
import { serveIde } from './ide-routes';
import { serveMetricsToAnyone, serveMetricsToOperators } from './metrics-routes';
import { answerBare, answerRaw, answerRequestErrors } from './request-errors';
import { DEFAULT_LIMITS, type ServerLimits } from './server-limits';
import { registerServerMetrics, type ServerMetrics } from './server-metrics';
import type { RunningServer, ServerOptions } from './server-options';

/** Starts the HTTP server with everything behind it. Rejects when the address cannot be had. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const limits: ServerLimits = { ...DEFAULT_LIMITS, ...options.limits };
  const metrics = registerServerMetrics(options.metrics);
  const isRevoked = options.isRevoked ?? (() => false);
  const parts: GraphqlParts = {
    authenticate: options.authenticate,
    createContext: options.createContext,
    callers: createCallerWatch({
      nowMs: options.nowMs,
      isRevoked,
      onFault: (error) => hiddenFault(options.log, error, undefined),
    }),
    isRevoked,
    subscribe: options.subscribe ?? subscribeAlone,
    check: createDocumentCheck(options.schema, options.introspection ?? options.ide),
    answers: createErrorAnswers(options.log),
    connections: createConnectionCount(limits),
    limits,
    log: options.log,
    metrics,
    behindProxy: options.behindProxy ?? false,
  };
  let draining = false;
  const app = createApp(options, limits, metrics);
  const endUnused = unusedConnections(app.server);
  await allowOrigins(app, options.corsOrigins ?? []);
  serveHealth(app, { health: options.health, limits, log: options.log, isDraining: () => draining });
  serveMetricsToOperators(app, options.metrics, parts);
  serveHomePage(app, options.ide);
  if (options.ide) serveIde(app);
  const reportFault = (error: unknown, correlationId: string) => hiddenFault(options.log, error, correlationId);
  servePolicyPages(app, { pages: options.pages, reportFault });
  serveEvidence(app, { evidence: options.evidence, reportFault });
  const stopApollo = await serveGraphqlHttp(app, parts);
  const streams = serveEventStreams(app, parts);
  const sockets = createGraphqlSockets(parts);
  acceptUpgrades(app, sockets, () => draining);

  const address = await listen(app, options.host, options.port);
  const metricsApp = await startMetrics(options);
  let closed: Promise<void> | undefined;
  const close = async () => {
    draining = true;
    endUnused();
    await drain(app, streams, sockets, limits);
    await Promise.all([stopApollo(), metricsApp?.app.close()]);
  };
  return {
    address,
    ...(metricsApp === undefined ? {} : { metricsAddress: metricsApp.address }),
    close: () => {
      closed ??= close();
      return closed;
    },
  };
}

function createApp(options: ServerOptions, limits: ServerLimits, metrics: ServerMetrics): FastifyInstance {
  const loggerInstance: FastifyBaseLogger = options.log;
  const app = fastify({
    loggerInstance,
    // One line a request, below; the framework's own would hold addresses and whole paths.
    logController: new LogController({ disableRequestLogging: true }),
    // The line that is written names its request itself; a log of its own for each costs more than writing it.
    childLoggerFactory: (logger) => logger,
    genReqId: ({ headers }) => correlationId(headers['x-request-id']),
    bodyLimit: limits.maxRequestBytes,
    requestTimeout: limits.requestTimeoutMs,
    forceCloseConnections: 'idle',
    clientErrorHandler: (_error, socket) => answerRaw(socket, 400, 'This is no HTTP request that can be read.'),
    frameworkErrors: (_error, _request, reply) => answerBare(reply.raw, 400, 'The address cannot be read.'),
  });
  app.removeContentTypeParser('text/plain');
  answerRequestErrors(app, options.log);
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id);
    // Nothing that is answered is what a browser may take it for by its looks.
    reply.header('x-content-type-options', 'nosniff');
    if (READABLE_HOST.test(request.headers.host ?? '')) done();
    else
      void reply
        .code(400)
        .send({ errors: [{ message: 'The host cannot be read.', extensions: { code: 'BAD_REQUEST' } }] });
  });
  app.addHook('onSend', (_request, { raw: { socket } }, payload, done) => {
    // Counts from the last byte that was taken, and ends with the answer: between requests Node sets its own.
    socket?.setTimeout(limits.slowReaderMs);
    done(null, payload);
  });
  app.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'none';
    const { id, method } = request;
    const { statusCode: status, elapsedTime } = reply;
    metrics.requestEnded(route, method, status, elapsedTime / 1_000);
    const level = status >= 500 ? 'error' : 'info';
    options.log[level]({ correlationId: id, method, route, status, ms: Math.round(elapsedTime) }, 'Request answered');
    done();
  });
  return app;
}

/** A host that is none is refused with 400 (RFC 9112, 3.2). */
const READABLE_HOST = /^[\w.:[\]-]*$/;

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** What the client calls the request where that is a UUID, and so says nothing of anybody; else a new one. */
function correlationId(given: string | string[] | undefined): string {
  return typeof given === 'string' && UUID.test(given) ? given.toLowerCase() : randomUUID();
}

function acceptUpgrades(app: FastifyInstance, sockets: GraphqlSockets, isDraining: () => boolean): void {
  app.server.on('upgrade', (request, socket, head) => {
    const [path] = (request.url ?? '').split('?');
    if (isDraining()) answerRaw(socket, 503, 'The server is closing.');
    else if (path !== GRAPHQL_PATH) answerRaw(socket, 404, 'There is no WebSocket at this address.');
    else sockets.upgrade(request, socket, head);
  });
}

async function listen(app: FastifyInstance, host: string, port: number): Promise<string> {
  await app.listen({ host, port });
  const { address, family, port: taken } = app.server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${taken}`;
}

async function startMetrics(
  options: ServerOptions,
): Promise<{ readonly app: FastifyInstance; readonly address: string } | undefined> {
  if (options.metricsPort === undefined) return undefined;
  const loggerInstance: FastifyBaseLogger = options.log;
  const app = fastify({
    loggerInstance,
    logController: new LogController({ disableRequestLogging: true }),
    forceCloseConnections: true,
  });
  answerRequestErrors(app, options.log);
  serveMetricsToAnyone(app, options.metrics);
  return { app, address: await listen(app, options.host, options.metricsPort) };
}

/**
 * Browsers open connections before they have anything to ask; Node counts those as busy when the server closes.
 * Answers the function that ends them.
 */
function unusedConnections(server: Server): () => void {
  const unused = new Set<Socket>();
  function forget(this: Socket): void {
    unused.delete(this);
  }
  server.on('connection', (socket: Socket) => {
    unused.add(socket);
    socket.on('close', forget);
  });
  for (const use of ['request', 'upgrade']) {
    server.on(use, ({ socket }: IncomingMessage) => {
      if (unused.delete(socket)) socket.off('close', forget);
    });
  }
  return () => {
    for (const socket of unused) socket.destroy();
  };
}

/** Lets what is under way finish, for a bounded time. */
async function drain(
  app: FastifyInstance,
  streams: EventStreams,
  sockets: GraphqlSockets,
  limits: ServerLimits,
): Promise<void> {
  const lastResort = setTimeout(() => app.server.closeAllConnections(), limits.drainMs);
  // A connection whose last request has just been answered would be kept open for another one.
  const sweeper = setInterval(() => app.server.closeIdleConnections(), SWEEP_INTERVAL_MS);
  const closing = app.close();
  streams.drain();
  await sockets.drain(limits.drainMs);
  await closing;
  clearTimeout(lastResort);
  clearInterval(sweeper);
}

const SWEEP_INTERVAL_MS = 20;
