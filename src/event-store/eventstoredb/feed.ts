import type { StoredEvent } from '../event-store';
import { DriverFault } from './driver-fault';

/** Said once everything before the server's own "caught up" has been taken. */
export const CAUGHT_UP = Symbol('caught up');

export type FeedItem = StoredEvent | typeof CAUGHT_UP;

/** One open read or subscription. Whoever opens it must cancel it: a stream left open counts against the connection for ever. */
export interface Feed {
  /** Everything that has arrived and was not taken yet; nothing when there is none, or at the end. */
  take(): readonly FeedItem[];
  /** Waits until something arrived; false at the end. Throws DriverFault, also when nothing came in `limitMs`. */
  more(limitMs: number | undefined): Promise<boolean>;
  /** Makes `more` throw, for instance because the client is being replaced. */
  fail(fault: DriverFault): void;
  /** The server showed that it is at work though it had nothing to send. */
  touch(): void;
  cancel(): Promise<void>;
}

/** What the adapter uses of the driver's streams. */
export interface Source<T> {
  readonly readableLength: number;
  pause(): unknown;
  resume(): unknown;
  on(event: 'data', listener: (chunk: T) => void): unknown;
  on(event: string | symbol, listener: (...args: unknown[]) => void): unknown;
  destroy(): unknown;
}

/** Most items that wait for the consumer before the driver is told to stop; it holds a few more itself. */
const WAITING_ITEMS = 64;

/** Longest a cancellation may take before we go on without it: it waits for a connection that may never come. */
const CANCEL_LIMIT_MS = 1_000;

/**
 * Reads a stream of the driver by hand instead of with `for await`, which would leak its HTTP/2 stream on `break` and
 * could not be raced against a time limit without a timer for every event. The driver hands over event by event, each
 * in a turn of its own; whoever waits is woken once for all that came in one turn of the event loop.
 *
 * @param convert gives undefined for what is not an event (a link whose target is gone)
 */
export function openFeed<T>(
  readable: Source<T>,
  convert: (chunk: T) => StoredEvent | undefined,
  translate: (error: unknown) => DriverFault,
  cancelStream: () => Promise<void>,
): Feed {
  let failure: DriverFault | undefined;
  let ended = false;
  let waiting: FeedItem[] = [];
  let received = 0;
  let caughtUpAfter: number | undefined;
  let wake: (() => void) | undefined;
  let timer: NodeJS.Timeout | undefined;
  let rousing = false;

  const rouse = () => {
    rousing = false;
    wake?.();
    wake = undefined;
  };
  const rouseSoon = () => {
    if (!rousing) {
      rousing = true;
      setImmediate(rouse);
    }
  };
  const fail = (fault: DriverFault) => {
    failure ??= fault;
    rouse();
  };
  /** Nothing is handed over after a failure: what was lost with it would be a gap. */
  const add = (item: FeedItem | undefined) => {
    if (item !== undefined && failure === undefined) {
      waiting.push(item);
      rouseSoon();
    }
  };
  const addCaughtUp = () => {
    if (caughtUpAfter === received) {
      caughtUpAfter = undefined;
      add(CAUGHT_UP);
    }
  };
  readable.on('data', (chunk) => {
    received += 1;
    try {
      add(convert(chunk));
    } catch (error) {
      fail(translate(error));
    }
    addCaughtUp();
    if (waiting.length >= WAITING_ITEMS) {
      readable.pause();
    }
  });
  readable.on('end', () => {
    ended = true;
    rouse();
  });
  readable.on('error', (error) => fail(translate(error)));
  // The signal runs ahead of the events that the driver still holds: its place is after those.
  readable.on('caughtUp', () => {
    caughtUpAfter = received + readable.readableLength;
    addCaughtUp();
  });

  const take = (): readonly FeedItem[] => {
    const items = waiting;
    if (items.length > 0) {
      waiting = [];
      readable.resume();
    }
    return items;
  };

  const somethingNew = (limitMs: number | undefined): Promise<void> =>
    new Promise<void>((resolve, reject) => {
      if (limitMs !== undefined) {
        const giveUp = () => reject(new DriverFault('hung', `The server sent nothing for ${limitMs} ms.`));
        timer = setTimeout(giveUp, limitMs);
      }
      wake = resolve;
    }).finally(() => clearTimeout(timer));

  const more = async (limitMs: number | undefined): Promise<boolean> => {
    if (waiting.length === 0 && failure === undefined && !ended) {
      await somethingNew(limitMs);
    }
    if (waiting.length > 0) {
      return true;
    }
    if (failure !== undefined) {
      throw failure;
    }
    return !ended;
  };

  const cancel = async () => {
    const cancelled = cancelStream().catch(() => undefined);
    await Promise.race([cancelled, pause(CANCEL_LIMIT_MS)]);
    readable.destroy();
  };

  return { take, more, fail, cancel, touch: () => timer?.refresh() };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
