import { Counter, collectDefaultMetrics, Gauge, Histogram, type Registry } from 'prom-client';

export type Transport = 'http' | 'websocket' | 'sse';

/**
 * What the server counts. Labels take few values, all of them ours: never a name, an id, an address, a path or the
 * name of an operation, which clients choose.
 */
export interface ServerMetrics {
  requestEnded(route: string, method: string, status: number, seconds: number): void;
  /** `code` of the first error, or OK. */
  operationEnded(transport: Transport, kind: string, code: string): void;
  connectionOpened(transport: Transport): void;
  connectionClosed(transport: Transport): void;
  /** Closed by us, with a close code of the documented ones. */
  closedWith(transport: Transport, code: number): void;
}

/** Registers the server's metrics and those of the process. */
export function registerServerMetrics(registry: Registry): ServerMetrics {
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const requests = new Histogram({
    name: 'samtykke_http_request_seconds',
    help: 'HTTP requests by route, method and status, in seconds. Event streams count until they end.',
    labelNames: ['route', 'method', 'status'] as const,
    buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10],
    registers,
  });
  const operations = new Counter({
    name: 'samtykke_graphql_operations_total',
    help: 'GraphQL operations by transport, kind and code of the first error (OK without one).',
    labelNames: ['transport', 'kind', 'code'] as const,
    registers,
  });
  const connections = new Gauge({
    name: 'samtykke_connections',
    help: 'Open WebSockets and event streams.',
    labelNames: ['transport'] as const,
    registers,
  });
  const closed = new Counter({
    name: 'samtykke_connections_closed_total',
    help: 'WebSockets and event streams that the server closed, by close code.',
    labelNames: ['transport', 'code'] as const,
    registers,
  });
  // Finding a metric by its labels costs more than counting in it, and there are few of them.
  const known = new Map<string, Histogram.Internal<'route' | 'method' | 'status'>>();
  const requestsOf = (route: string, method: string, status: number) => {
    const key = `${route} ${method} ${status}`;
    const found = known.get(key) ?? requests.labels({ route, method, status });
    known.set(key, found);
    return found;
  };
  const knownOperations = new Map<string, Counter.Internal>();
  const operationsOf = (transport: Transport, kind: string, code: string) => {
    const key = `${transport} ${kind} ${code}`;
    const found = knownOperations.get(key) ?? operations.labels({ transport, kind, code });
    knownOperations.set(key, found);
    return found;
  };
  return {
    requestEnded: (route, method, status, seconds) => requestsOf(route, method, status).observe(seconds),
    operationEnded: (transport, kind, code) => operationsOf(transport, kind, code).inc(),
    connectionOpened: (transport) => connections.inc({ transport }),
    connectionClosed: (transport) => connections.dec({ transport }),
    closedWith: (transport, code) => closed.inc({ transport, code }),
  };
}
