import { type EventStore, type Position, type StoredEvent, StoreUnavailable } from '../event-store';
import { appendEvents } from './append-events';
import { appendRequest } from './append-request';
import { acquireAppendingConnection, releaseAppendingConnection } from './appending-connection';
import { appendsUnderWay } from './appends-under-way';
import { type Connection, openConnection } from './connection';
import {
  type ConnectionTarget,
  type ConnectionUse,
  connectionStringFor,
  readConnectionString,
} from './connection-string';
import { drawEvents, SKIP, unavailable } from './draw-events';
import { openDriverClient } from './driver';
import { checkExpiry } from './expiry-check';
import { CAUGHT_UP } from './feed';
import { comparePositions, isPosition } from './log-position';
import { headOfLog, readLog, subscribeToLog } from './read-log';
import { positionOfVersion, type ReadLimits, readStreamEvents } from './read-stream';
import { compareClocks } from './server-clock';
import { StoreAccessDenied } from './store-errors';
import type { StoreLog } from './store-log';

export interface EventStoreDbOptions {
  /** `esdb://…`; see docs/eventstoredb.md for the user, the rights and TLS. */
  readonly url: string;
  readonly log?: StoreLog;
  /** How long a request of unknown outcome is tried again before StoreUnavailable, in milliseconds; 30,000 by default. */
  readonly retryWindowMs?: number;
  /** How long the server may stay silent before its connection is replaced, in milliseconds; 5,000 by default. */
  readonly answerLimitMs?: number;
  /** Longest the start looks for expiry on streams, in milliseconds; 10,000 by default. */
  readonly expiryScanMs?: number;
}

const RETRY_WINDOW_MS = 30_000;
const ANSWER_LIMIT_MS = 5_000;
const EXPIRY_SCAN_MS = 10_000;

/**
 * Opens the event store on an EventStoreDB or KurrentDB, after checking that its clock, its rights and its metadata
 * are fit to keep proof.
 *
 * @throws TypeError a connection string of the wrong form, or a second database in one process
 * @throws StoreUnavailable no server answered within the retry window
 * @throws StoreAccessDenied the user may not read the log
 * @throws ProofMayExpire the database would let events disappear
 */
export async function openEventStoreDb(options: EventStoreDbOptions): Promise<EventStore> {
  const { url, log = () => undefined } = options;
  const target = readConnectionString(url);
  warnOfSettings(target, log);
  const limits: ReadLimits = {
    windowMs: options.retryWindowMs ?? RETRY_WINDOW_MS,
    answerMs: options.answerLimitMs ?? ANSWER_LIMIT_MS,
  };
  const appending = acquireAppendingConnection(url, log);
  const open = (use: ConnectionUse) => openConnection(use, () => openDriverClient(connectionStringFor(url, use)), log);
  const reading = open('read');
  const following = open('follow');
  const store = storeOver({ appending, reading, following }, limits);
  try {
    await checkAccess(reading, limits);
    await compareClocks(target, log);
    const settings = { scanMs: options.expiryScanMs ?? EXPIRY_SCAN_MS, hasAcl: target.tls };
    await checkExpiry(reading, limits, settings, log);
    return store;
  } catch (error) {
    await store.close();
    throw error;
  }
}

interface Connections {
  readonly appending: Connection;
  /** At the leader. */
  readonly reading: Connection;
  /** Where the connection string prefers; may lag behind. */
  readonly following: Connection;
}

function storeOver({ appending, reading, following }: Connections, limits: ReadLimits): EventStore {
  const underWay = appendsUnderWay();
  const logConnections = { leader: reading, follower: following };
  const positionOf = (stream: string, version: number): Promise<Position | undefined> =>
    positionOfVersion(reading, limits, stream, version);
  let closing: Promise<void> | undefined;

  return {
    append: async (stream, events, expected) => {
      const request = appendRequest(stream, events, expected);
      if (closing !== undefined) {
        throw new StoreUnavailable('The event store is closed.');
      }
      return underWay.share(request, () => appendEvents(appending, limits, request, positionOf));
    },
    readStream: (stream, range = {}) => readStreamEvents(reading, limits, stream, range),
    readAll: (range = {}) => readLog(logConnections, limits, range),
    head: (prefixes) => headOfLog(reading, limits, prefixes),
    subscribe: (subscription) => subscribeToLog(logConnections, limits, subscription),
    comparePositions,
    isPosition,
    close: () => {
      closing ??= (async () => {
        await underWay.settled();
        await Promise.all([reading.close(), following.close(), releaseAppendingConnection()]);
      })();
      return closing;
    },
  };
}

/** Reads the newest record of the log: the right without which nothing else here works. */
async function checkAccess(leader: Connection, limits: ReadLimits): Promise<void> {
  const newest = drawEvents<StoredEvent>({
    connection: leader,
    ...limits,
    live: false,
    open: (client) => client.readAll({ from: 'end', backwards: true, count: 1, atLeader: true }),
    pick: (item) => (item === CAUGHT_UP ? SKIP : item),
    refusal: (fault) =>
      fault.kind === 'denied'
        ? new StoreAccessDenied('The user of EVENTSTORE_URL may not read $all: set its ACL (docs/eventstoredb.md).')
        : unavailable(fault),
  });
  for await (const _ of newest) {
    return;
  }
}

function warnOfSettings(target: ConnectionTarget, log: StoreLog): void {
  for (const option of target.overridden) {
    log('warn', 'An option of EVENTSTORE_URL is set by the application itself and was ignored.', { option });
  }
  if (target.hasCredentials && !target.tls) {
    log('warn', 'EVENTSTORE_URL names a user but no TLS: the client sends no credentials without it.', {});
  }
}
