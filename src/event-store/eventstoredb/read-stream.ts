import type { Position, StoredEvent, StreamRange } from '../event-store';
import { checkStreamName, checkStreamRange } from '../request-checks';
import type { Connection } from './connection';
import { drawEvents, END, SKIP, unavailable } from './draw-events';
import { CAUGHT_UP } from './feed';
import { StreamRemoved } from './store-errors';

export interface ReadLimits {
  /** How long a read that fails for passing reasons is tried again. */
  readonly windowMs: number;
  /** Longest silence of the server before the connection is given up. */
  readonly answerMs: number;
}

/**
 * Events of one stream, read at the leader; nothing when it is absent.
 *
 * @throws StreamRemoved the stream was deleted for ever
 */
export function readStreamEvents(
  connection: Connection,
  limits: ReadLimits,
  stream: string,
  range: StreamRange,
): AsyncIterableIterator<StoredEvent> {
  const backwards = range.backwards === true;
  const newest = (backwards ? range.from : range.to) ?? Number.MAX_SAFE_INTEGER;
  const oldest = Math.max(1, (backwards ? range.to : range.from) ?? 1);
  const wanted = Math.min(range.limit ?? Number.MAX_SAFE_INTEGER, newest - oldest + 1);
  let given = 0;
  return drawEvents<StoredEvent>({
    connection,
    ...limits,
    live: false,
    begin: () => {
      checkStreamName(stream);
      checkStreamRange(range);
    },
    isEmpty: wanted < 1,
    open: (client, last) => {
      const next = last === undefined ? (backwards ? newest : oldest) : last.version + (backwards ? -1 : 1);
      const from = next === Number.MAX_SAFE_INTEGER ? 'end' : next;
      return client.readStream(stream, { from, backwards, count: wanted - given });
    },
    pick: (item) => {
      if (item === CAUGHT_UP) {
        return SKIP;
      }
      if (item.version > newest || item.version < oldest) {
        return END;
      }
      given += 1;
      return item;
    },
    enough: () => given === wanted,
    refusal: (fault) => {
      if (fault.kind === 'absent') {
        return undefined;
      }
      return fault.kind === 'deleted' ? new StreamRemoved(stream) : unavailable(fault);
    },
  });
}

/** Where in the log one event of a stream stands; undefined when it is there no longer. */
export async function positionOfVersion(
  connection: Connection,
  limits: ReadLimits,
  stream: string,
  version: number,
): Promise<Position | undefined> {
  for await (const event of readStreamEvents(connection, limits, stream, { from: version, to: version })) {
    return event.position;
  }
  return undefined;
}
