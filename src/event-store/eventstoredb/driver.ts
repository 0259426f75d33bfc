/** The only file that knows the database's client. Replacing the client means rewriting this file and no other. */
import {
  type AllStreamResolvedEvent,
  BACKWARDS,
  END,
  ErrorType,
  EventStoreDBClient,
  FORWARDS,
  jsonEvent,
  NO_STREAM,
  type ResolvedEvent,
  START,
  type StreamMetadata,
  streamNameFilter,
} from '@eventstore/db-client';
import type { JsonObject, Position, StoredEvent } from '../event-store';
import type { AppendRequest } from './append-request';
import { DriverFault, type FaultKind } from './driver-fault';
import { type Feed, openFeed, type Source } from './feed';

/** One client of the database. Not to be used after `dispose`. */
export interface DriverClient {
  /** Sends one append to the leader. The position is missing where the server no longer knows it. */
  append(request: AppendRequest): Promise<{ version: number; position: Position | undefined }>;
  /** From a version (counted from 1) or, backwards only, from the end. The stream is read at the leader. */
  readStream(stream: string, range: { from: number | 'end'; backwards: boolean; count: number }): Feed;
  /** Forwards the first event given is the one at `from`, backwards the one before it. */
  readAll(range: { from: Position | 'start' | 'end'; backwards: boolean; count?: number; atLeader: boolean }): Feed;
  /** Everything after a position of streams whose name matches a pattern, then live. */
  subscribe(range: { after: Position | undefined; pattern: string }): Feed;
  /** Whether a stream's metadata lets events expire. */
  expires(stream: string): Promise<boolean>;
  dispose(): Promise<void>;
}

export interface ProjectionStatus {
  readonly state: string;
  readonly reason: string;
}

/** Manages continuous projections that emit nothing. Needs the rights of an administrator. */
export interface ProjectionClient {
  names(): Promise<readonly string[]>;
  create(name: string, source: string): Promise<void>;
  /** New source, state from the start of the log. */
  replace(name: string, source: string): Promise<void>;
  status(name: string): Promise<ProjectionStatus>;
  dispose(): Promise<void>;
}

/** Records the server looks at between two checkpoints of a filtered subscription. */
const SEARCH_WINDOW_RECORDS = 512;

/** Longest we wait for a client's streams to end when we dispose of it. */
const DISPOSE_LIMIT_MS = 2_000;

const CHANNEL_LIMIT_MS = 50;

/** Replies of the batch append that mean "not now"; the client cannot read them and hands on their text alone. */
const NOT_NOW = /Server Is Not Ready|Server Is (Too )?Busy|No leader info available/;

/** The server's answer to a read of the log from a place that is no record. */
const NO_RECORD = /ReadAllResult: Error/;

/** The server's answer to a user who may not manage projections. */
const NO_RIGHT = /received NotAuthorized/;

const NO_POSITION = 2n ** 64n - 1n;

export function openDriverClient(connectionString: string): DriverClient {
  const client = EventStoreDBClient.connectionString(connectionString);
  const feeds = new Set<Feed>();

  const feedOf = (readable: Source<ResolvedEvent | AllStreamResolvedEvent>, cancel: () => Promise<void>): Feed => {
    const feed = openFeed(readable, toStoredEvent, toFault, async () => {
      feeds.delete(feed);
      await cancel();
    });
    feeds.add(feed);
    return feed;
  };

  return {
    append: async ({ stream, events, expected }) => {
      const expectedRevision: typeof NO_STREAM | bigint = expected === 0 ? NO_STREAM : BigInt(expected - 1);
      try {
        const proposed = events.map(({ id, type, data, metadata }) => jsonEvent({ id, type, data, metadata }));
        const options = { expectedRevision, requiresLeader: true };
        const { nextExpectedRevision, position } = await client.appendToStream(stream, proposed, options);
        return { version: Number(nextExpectedRevision) + 1, position: toPosition(position?.commit) };
      } catch (error) {
        throw toFault(error);
      }
    },
    readStream: (stream, { from, backwards, count }) => {
      const read = client.readStream(stream, {
        direction: backwards ? BACKWARDS : FORWARDS,
        fromRevision: from === 'end' ? END : BigInt(from - 1),
        maxCount: count,
        requiresLeader: true,
      });
      return feedOf(read, () => read.cancel());
    },
    readAll: ({ from, backwards, count, atLeader }) => {
      const read = client.readAll({
        direction: backwards ? BACKWARDS : FORWARDS,
        fromPosition: from === 'start' ? START : from === 'end' ? END : toGrpcPosition(from),
        requiresLeader: atLeader,
        ...(count === undefined ? {} : { maxCount: count }),
      });
      return feedOf(read, () => read.cancel());
    },
    subscribe: ({ after, pattern }) => {
      const filter = streamNameFilter({
        regex: pattern,
        maxSearchWindow: SEARCH_WINDOW_RECORDS,
        // Where a filter admits little the server may search for long; only its checkpoints show that it does.
        checkpointReached: () => feed.touch(),
      });
      const subscription = client.subscribeToAll({
        fromPosition: after === undefined ? START : toGrpcPosition(after),
        filter,
      });
      const feed = feedOf(subscription, () => subscription.unsubscribe());
      return feed;
    },
    expires: async (stream) => {
      try {
        const { metadata } = await client.getStreamMetadata(stream, { requiresLeader: true });
        return metadata !== undefined && hasExpiry(metadata);
      } catch (error) {
        throw toFault(error);
      }
    },
    dispose: async () => {
      // The client hides its own cancellations from readers, which would then wait for ever.
      for (const feed of feeds) {
        feed.fail(new DriverFault('lost', 'The connection was given up.'));
      }
      await disposeOf(client);
    },
  };
}

export function openProjectionClient(connectionString: string): ProjectionClient {
  const client = EventStoreDBClient.connectionString(connectionString);
  const inOurWords = async <T>(answer: Promise<T>): Promise<T> => {
    try {
      return await answer;
    } catch (error) {
      throw toFault(error);
    }
  };
  const replace = async (name: string, source: string) => {
    await client.disableProjection(name);
    await client.updateProjection(name, source, { emitEnabled: false });
    await client.resetProjection(name);
    await client.enableProjection(name);
  };
  return {
    names: async () => (await inOurWords(client.listProjections())).map(({ name }) => name),
    create: (name, source) => inOurWords(client.createProjection(name, source, { emitEnabled: false })),
    replace: (name, source) => inOurWords(replace(name, source)),
    status: async (name) => {
      const { projectionStatus, stateReason } = await inOurWords(client.getProjectionStatus(name));
      return { state: projectionStatus, reason: stateReason };
    },
    dispose: () => disposeOf(client),
  };
}

/**
 * What the client throws where nobody can catch it. Whatever was under way is unknown and will be sent again.
 *
 * - `late-answer`: an answer to an append that the client has forgotten, since its bank of pending appends is shared by
 *   the whole process; the call it came on hears no answer any more
 * - `broken-call`: a write that waited when its call broke, or a discovery that failed while the client reconnected;
 *   whoever waits for it is told apart from this
 */
export type StrayFault = 'late-answer' | 'broken-call';

/** Undefined for everything else, which is none of our business. */
export function strayFault(error: unknown): StrayFault | undefined {
  if (!(error instanceof Error) || !/[\\/]@eventstore[\\/]db-client[\\/]dist[\\/]/.test(error.stack ?? '')) {
    return undefined;
  }
  if (error instanceof TypeError && error.message.includes('is not iterable')) {
    return 'late-answer';
  }
  const isOfACall = 'code' in error && typeof error.code === 'number' && 'details' in error;
  return isOfACall || isFailedDiscovery(error) ? 'broken-call' : undefined;
}

function hasExpiry({ maxAge, maxCount, truncateBefore }: StreamMetadata): boolean {
  return maxAge !== undefined || maxCount !== undefined || truncateBefore !== undefined;
}

function toStoredEvent({ event, commitPosition }: ResolvedEvent | AllStreamResolvedEvent): StoredEvent | undefined {
  if (event === undefined) {
    return undefined;
  }
  const position = toPosition(event.position?.commit) ?? toPosition(commitPosition);
  if (position === undefined) {
    throw new DriverFault('unknown', 'The server gave no position with an event: it is older than 22.6.');
  }
  return {
    id: event.id,
    type: event.type,
    data: toJsonObject(event.data),
    metadata: event.metadata === undefined ? {} : toJsonObject(event.metadata),
    stream: event.streamId,
    version: Number(event.revision) + 1,
    position,
    recordedAt: event.created.getTime(),
  };
}

/** What is no JSON object was not written by us; it is wrapped, so that its reader refuses it by type and not the whole log. */
function toJsonObject(value: unknown): JsonObject {
  if (value instanceof Uint8Array) {
    return { $base64: Buffer.from(value).toString('base64') };
  }
  return isJsonObject(value) ? value : { $json: JSON.stringify(value) };
}

function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function toPosition(commit: bigint | undefined): Position | undefined {
  return commit === undefined || commit === NO_POSITION ? undefined : (commit.toString() as Position);
}

function toGrpcPosition(position: Position): { commit: bigint; prepare: bigint } {
  const commit = BigInt(position);
  return { commit, prepare: commit };
}

function toFault(error: unknown): DriverFault {
  if (error instanceof DriverFault) {
    return error;
  }
  const { type, code, message, actualVersion } = read(error);
  if (type === ErrorType.WRONG_EXPECTED_VERSION) {
    return new DriverFault('conflict', message, typeof actualVersion === 'bigint' ? Number(actualVersion) + 1 : 0);
  }
  if (type === ErrorType.UNKNOWN && NOT_NOW.test(message)) {
    return new DriverFault('not-ready', message);
  }
  if (type === ErrorType.UNKNOWN && NO_RECORD.test(message)) {
    return new DriverFault('no-such-position', message);
  }
  if (type === ErrorType.UNKNOWN && NO_RIGHT.test(message)) {
    return new DriverFault('denied', message);
  }
  if (error instanceof Error && isFailedDiscovery(error)) {
    return new DriverFault('dead-client', message);
  }
  return new DriverFault(KINDS.get(type ?? '') ?? CODES.get(code ?? -1) ?? 'unknown', message);
}

const KINDS: ReadonlyMap<string, FaultKind> = new Map<string, FaultKind>([
  [ErrorType.MAXIMUM_APPEND_SIZE_EXCEEDED, 'too-large'],
  [ErrorType.ACCESS_DENIED, 'denied'],
  [ErrorType.STREAM_DELETED, 'deleted'],
  [ErrorType.STREAM_NOT_FOUND, 'absent'],
  [ErrorType.UNAVAILABLE, 'lost'],
  [ErrorType.CANCELLED, 'lost'],
  [ErrorType.NOT_LEADER, 'lost'],
  [ErrorType.TIMEOUT, 'lost'],
  [ErrorType.DEADLINE_EXCEEDED, 'lost'],
]);

/** gRPC codes of errors that the client did not translate. */
const CODES: ReadonlyMap<number, FaultKind> = new Map<number, FaultKind>([
  [1, 'lost'],
  [4, 'lost'],
  [7, 'denied'],
  [10, 'lost'],
  [14, 'lost'],
  [16, 'denied'],
]);

function read(error: unknown): { type?: string; code?: number; message: string; actualVersion?: unknown } {
  if (!(error instanceof Error)) {
    return { message: String(error) };
  }
  return {
    message: error.message,
    ...('type' in error && typeof error.type === 'string' ? { type: error.type } : {}),
    ...('code' in error && typeof error.code === 'number' ? { code: error.code } : {}),
    ...('actualVersion' in error ? { actualVersion: error.actualVersion } : {}),
  };
}

function isFailedDiscovery(error: Error): boolean {
  return error.message.startsWith('Failed to discover after');
}

async function disposeOf(client: EventStoreDBClient): Promise<void> {
  await Promise.race([client.dispose().catch(() => undefined), limit(DISPOSE_LIMIT_MS)]);
  // Immediate where there is a channel; a client without one would first look for a server, which nobody waits for.
  await Promise.race([closeChannel(client), limit(CHANNEL_LIMIT_MS)]);
}

/** The client ends its calls when disposed of but leaves its socket open, and offers no way to close it. */
async function closeChannel(client: EventStoreDBClient): Promise<void> {
  const getChannel: unknown = Reflect.get(client, 'getChannel');
  if (typeof getChannel !== 'function') {
    return;
  }
  const channel: unknown = await Promise.resolve(getChannel.call(client)).catch(() => undefined);
  if (typeof channel === 'object' && channel !== null && 'close' in channel && typeof channel.close === 'function') {
    channel.close();
  }
}

function limit(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
