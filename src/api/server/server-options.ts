import type { GraphQLSchema } from 'graphql';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { EvidenceDesk } from '../../evidence/evidence-desk';
import type { Caller } from '../auth/caller';
import type { ApiRequest } from '../context';
import type { PolicyPages } from '../pages/policy-page';
import type { Subscribe } from '../shared-subscribe';
import type { ServerLimits } from './server-limits';

/** What the server stands on. It knows GraphQL and HTTP, and nothing of policies but the page that shows them. */
export interface ServerOptions {
  readonly host: string;
  /** 0: any free port; {@link RunningServer.address} says which. */
  readonly port: number;
  /** Access rules are in the schema itself. */
  readonly schema: GraphQLSchema;
  /** The GraphQL context of one operation. What it throws as a GraphQLError with a code is answered as that. */
  readonly createContext: (request: ApiRequest) => OperationContext | Promise<OperationContext>;
  /** Opens subscriptions. Absent: as graphql does it, every item executed for every reader. */
  readonly subscribe?: Subscribe;
  /**
   * Who sent this `Authorization` header or `connectionParams.authorization`; undefined is nobody in particular.
   * @throws TokenRejected
   */
  readonly authenticate: (authorization: unknown) => Promise<Caller>;
  /** Whether the token of a connection that stays open has been taken back meanwhile. Absent: none ever is. */
  readonly isRevoked?: (caller: Caller) => boolean;
  readonly pages: PolicyPages;
  /** Where prepared files are fetched by signed links. Absent: there are none. */
  readonly evidence?: Pick<EvidenceDesk, 'open'>;
  /** What the node can say about its health now. */
  readonly health: () => Promise<readonly HealthCheck[]>;
  readonly log: Logger;
  /** Receives the server's metrics beside those of others. */
  readonly metrics: Registry;
  /** The node's clock, in milliseconds since 1970-01-01T00:00Z. */
  readonly nowMs: () => number;
  /** Serves `/ide` and lets clients ask for the schema. Off in production unless switched on. */
  readonly ide: boolean;
  /** Lets clients ask for the schema without the IDE. */
  readonly introspection?: boolean;
  /** `/metrics` without a token, on a port of its own beside the one for operators. */
  readonly metricsPort?: number;
  /** True behind a reverse proxy that sets X-Forwarded-For: the address it names is the client's. */
  readonly behindProxy?: boolean;
  /** Origins of other sites whose pages may ask. Absent: none. */
  readonly corsOrigins?: readonly string[];
  readonly limits?: Partial<ServerLimits>;
}

/** All that the server itself wants to know of a context. */
export interface OperationContext {
  readonly correlationId: string;
}

/** One thing that has to be well for the node to be ready. */
export interface HealthCheck {
  /** Upper-case words, e.g. STORE, READ_MODELS. */
  readonly name: string;
  readonly ok: boolean;
  /** False: told, but the node does its work without it. */
  readonly required?: false;
  /** For an operator; no personal data. */
  readonly detail?: string;
}

export interface RunningServer {
  /** Base address without a slash at its end, e.g. `http://127.0.0.1:4000`. */
  readonly address: string;
  /** Of `/metrics` without a token, when it has a port of its own. */
  readonly metricsAddress?: string;
  /**
   * Takes no new requests, lets those under way finish for a bounded time, closes WebSockets with 1001 and ends event
   * streams, and answers when all is quiet. Called twice it is done once.
   */
  close(): Promise<void>;
}
