import type { LogItem, LogRange, Position, StoredEvent, SubscribeOptions } from '../event-store';
import { checkLogRange, checkPrefixes } from '../request-checks';
import type { Connection } from './connection';
import { drawEvents, END, SKIP, unavailable } from './draw-events';
import { CAUGHT_UP } from './feed';
import { isPosition } from './log-position';
import type { ReadLimits } from './read-stream';
import { PositionNotInLog } from './store-errors';
import { isSystemStream, streamPattern } from './stream-pattern';

/** Newest records of the log that are looked through for the head before the server is asked to filter. */
const HEAD_RECORDS = 1_000;

/** The connections the log is read through: positions are judged at the leader, events may come from a follower. */
export interface LogConnections {
  readonly leader: Connection;
  readonly follower: Connection;
}

/**
 * The log after a position. Without prefixes it is read as it stands. With prefixes a filtered subscription is read up
 * to where it has caught up, since only subscriptions are filtered by the server: a sparse prefix would otherwise
 * bring over the whole log.
 *
 * @throws PositionNotInLog
 */
export function readLog(
  connections: LogConnections,
  limits: ReadLimits,
  range: LogRange,
): AsyncIterableIterator<StoredEvent> {
  const { after, prefixes } = range;
  const wanted = range.limit ?? Number.MAX_SAFE_INTEGER;
  let given = 0;
  return drawEvents<StoredEvent>({
    connection: connections.follower,
    ...limits,
    live: false,
    begin: async () => {
      checkLogRange(range, isPosition);
      await checkPosition(connections.leader, limits, after);
    },
    isEmpty: wanted < 1 || prefixes?.length === 0,
    open: (client, last) => {
      const from = last?.position ?? after;
      return prefixes === undefined
        ? client.readAll({ from: from ?? 'start', backwards: false, atLeader: false })
        : client.subscribe({ after: from, pattern: streamPattern(prefixes) });
    },
    pick: (item, last) => {
      if (item === CAUGHT_UP) {
        return END;
      }
      // A plain read begins with the event it starts from.
      if (isSystemStream(item.stream) || item.position === (last?.position ?? after)) {
        return SKIP;
      }
      given += 1;
      return item;
    },
    enough: () => given === wanted,
  });
}

/**
 * Replay, caught up, live, until the signal aborts. It ends by an error only when the position is no place in the log,
 * the right to read is denied or the store is closed; a server that is away is waited for.
 */
export function subscribeToLog(
  connections: LogConnections,
  limits: ReadLimits,
  options: SubscribeOptions,
): AsyncIterableIterator<LogItem> {
  const { signal, after, prefixes } = options;
  return drawEvents<LogItem>({
    connection: connections.follower,
    answerMs: limits.answerMs,
    windowMs: undefined,
    live: true,
    signal,
    begin: async () => {
      checkLogRange(
        { ...(after === undefined ? {} : { after }), ...(prefixes === undefined ? {} : { prefixes }) },
        isPosition,
      );
      await checkPosition(connections.leader, limits, after);
    },
    open: (client, last) => client.subscribe({ after: last?.position ?? after, pattern: streamPattern(prefixes) }),
    pick: (item) => {
      if (item === CAUGHT_UP) {
        return { kind: 'caught-up' };
      }
      return isSystemStream(item.stream) ? SKIP : { kind: 'event', event: item };
    },
  });
}

/** Position of the newest event that the prefixes admit: mostly among the newest records, else the server looks for it. */
export async function headOfLog(
  leader: Connection,
  limits: ReadLimits,
  prefixes: readonly string[] | undefined,
): Promise<Position | undefined> {
  checkPrefixes(prefixes);
  const pattern = streamPattern(prefixes);
  const name = new RegExp(pattern);
  let looked = 0;
  let reachedStart = true;
  const newest = drawEvents<StoredEvent>({
    connection: leader,
    ...limits,
    live: false,
    isEmpty: prefixes?.length === 0,
    open: (client, last) => client.readAll({ from: last?.position ?? 'end', backwards: true, atLeader: true }),
    pick: (item) => {
      if (item !== CAUGHT_UP && name.test(item.stream)) {
        return item;
      }
      looked += 1;
      reachedStart = looked < HEAD_RECORDS;
      return reachedStart ? SKIP : END;
    },
  });
  for await (const event of newest) {
    return event.position;
  }
  return reachedStart ? undefined : lastMatching(leader, limits, pattern);
}

/** The server lets a reader that starts beyond the end wait in silence for ever: ask first (after a restore, say). */
export async function checkPosition(
  leader: Connection,
  limits: ReadLimits,
  after: Position | undefined,
): Promise<void> {
  if (after === undefined) {
    return;
  }
  const atPosition = drawEvents<StoredEvent>({
    connection: leader,
    ...limits,
    live: false,
    open: (client) => client.readAll({ from: after, backwards: false, count: 1, atLeader: true }),
    pick: (item) => (item === CAUGHT_UP ? SKIP : item),
    refusal: (fault) => (fault.kind === 'no-such-position' ? new PositionNotInLog(after) : unavailable(fault)),
  });
  for await (const _ of atPosition) {
    return;
  }
  throw new PositionNotInLog(after);
}

/** Everything that matches, from the start, through the server's filter; the last one counts. */
async function lastMatching(leader: Connection, limits: ReadLimits, pattern: string): Promise<Position | undefined> {
  let position: Position | undefined;
  const matching = drawEvents<StoredEvent>({
    connection: leader,
    ...limits,
    live: false,
    open: (client, last) => client.subscribe({ after: last?.position, pattern }),
    pick: (item) => (item === CAUGHT_UP ? END : item),
  });
  for await (const event of matching) {
    position = event.position;
  }
  return position;
}
