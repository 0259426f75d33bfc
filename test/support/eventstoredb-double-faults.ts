import { Metadata, type ServiceError, status } from '@grpc/grpc-js';

/**
 * What the next append does instead of being stored and answered.
 *
 * - `drop-before`, `drop-after`: every connection breaks before, or after, it is stored
 * - `not-ready`, `busy`, `no-leader`: refused for now; a batch append says so in a reply its client cannot read
 * - `not-leader`: refused with the address of the leader
 * - `unavailable`: the call fails with UNAVAILABLE
 * - `forget`: stored, and never answered
 * - `ignore`: neither stored nor answered
 * - `unintelligible`: refused with an error that means nothing to the client
 */
export type AppendFault =
  | 'none'
  | 'drop-before'
  | 'drop-after'
  | 'not-ready'
  | 'busy'
  | 'no-leader'
  | 'not-leader'
  | 'unavailable'
  | 'forget'
  | 'ignore'
  | 'unintelligible';

export type ReadFault = 'none' | 'unavailable' | 'drop' | 'silent' | 'not-ready';

/** How the double misbehaves; tests change it while it runs. */
export interface DoubleFaults {
  /** Taken one by one by the appends that arrive; then all is well. */
  appends: AppendFault[];
  /** Likewise for reads and subscriptions. */
  reads: ReadFault[];
  /** False: everything is answered "Server Is Not Ready", as while starting or without a leader. */
  ready: boolean;
  gossip: 'ok' | 'unavailable' | 'no-members';
  /** Held back this long before an append is answered. */
  answerDelayMs: number;
  /** Held back this long before an append is stored. */
  storeDelayMs: number;
  /** Time a filtered subscription takes for each page in which it finds nothing. */
  searchDelayMs: number;
  /** Set: this node is a follower of the leader there. */
  leader: { readonly host: string; readonly port: number } | undefined;
  /** Streams (`$all`, `$settings`, …) that nobody may read. */
  readonly denied: Set<string>;
  /** False: an old server without batch append. */
  batchAppend: boolean;
}

export function noFaults(): DoubleFaults {
  return {
    appends: [],
    reads: [],
    ready: true,
    gossip: 'ok',
    answerDelayMs: 0,
    storeDelayMs: 0,
    searchDelayMs: 0,
    leader: undefined,
    denied: new Set(),
    batchAppend: true,
  };
}

export function serviceError(
  code: status,
  details: string,
  trailers: Readonly<Record<string, string>> = {},
): ServiceError {
  const metadata = new Metadata();
  for (const [key, value] of Object.entries(trailers)) {
    metadata.add(key, value);
  }
  return Object.assign(new Error(details), { code, details, metadata });
}

export function notLeader({ host, port }: { readonly host: string; readonly port: number }): ServiceError {
  return serviceError(status.NOT_FOUND, 'Leader info available', {
    exception: 'not-leader',
    'leader-endpoint-host': host,
    'leader-endpoint-port': String(port),
  });
}

export const notReady = (): ServiceError => serviceError(status.UNAVAILABLE, 'Server Is Not Ready');

export const accessDenied = (): ServiceError =>
  serviceError(status.PERMISSION_DENIED, 'Access Denied', { exception: 'access-denied' });

export const streamDeleted = (stream: string): ServiceError =>
  serviceError(status.FAILED_PRECONDITION, `Event stream '${stream}' is deleted.`, {
    exception: 'stream-deleted',
    'stream-name': stream,
  });
