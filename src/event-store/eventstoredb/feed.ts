import type { StoredEvent } from '../event-store';
import { DriverFault } from './driver-fault';

/** Said once everything before the server's own "caught up" has been taken. */
export const CAUGHT_UP = Symbol('caught up');

export type FeedItem = StoredEvent | typeof CAUGHT_UP;

/** One open read or subscription. Whoever opens it must cancel it: a stream left open counts against the connection for ever. */
export interface Feed {
  /** The next item that has already arrived; undefined when none has, or at the end. */
  take(): FeedItem | undefined;
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
  read(): T | null;
  on(event: string | symbol, listener: (...args: unknown[]) => void): unknown;
  destroy(): unknown;
}

/** Longest a cancellation may take before we go on without it: it waits for a connection that may never come. */
const CANCEL_LIMIT_MS = 1_000;

/**
 * Reads a stream of the driver by hand instead of with `for await`, which would leak its HTTP/2 stream on `break` and
 * could not be raced against a time limit without a timer for every event.
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
  let taken = 0;
  let caughtUpAfter: number | undefined;
  let wake: (() => void) | undefined;
  let timer: NodeJS.Timeout | undefined;

  const rouse = () => {
    wake?.();
    wake = undefined;
  };
  const fail = (fault: DriverFault) => {
    failure ??= fault;
    rouse();
  };
  readable.on('readable', rouse);
  readable.on('end', () => {
    ended = true;
    rouse();
  });
  readable.on('error', (error) => fail(translate(error)));
  // The signal runs ahead of the consumer by what is still buffered: it counts only once those have been taken.
  readable.on('caughtUp', () => {
    caughtUpAfter = taken + readable.readableLength;
    rouse();
  });

  const isCaughtUp = () => caughtUpAfter !== undefined && taken >= caughtUpAfter;

  const take = (): FeedItem | undefined => {
    for (;;) {
      if (isCaughtUp()) {
        caughtUpAfter = undefined;
        return CAUGHT_UP;
      }
      const chunk = readable.read();
      if (chunk === null) {
        if (isCaughtUp()) {
          continue;
        }
        return undefined;
      }
      taken += 1;
      const event = convert(chunk);
      if (event !== undefined) {
        return event;
      }
    }
  };

  const somethingNew = (limitMs: number | undefined): Promise<void> =>
    new Promise<void>((resolve, reject) => {
      if (limitMs !== undefined) {
        const giveUp = () => reject(new DriverFault('hung', `The server sent nothing for ${limitMs} ms.`));
        timer = setTimeout(giveUp, limitMs);
      }
      wake = resolve;
    }).finally(() => clearTimeout(timer));

  const hasSomething = () => readable.readableLength > 0 || isCaughtUp();

  const more = async (limitMs: number | undefined): Promise<boolean> => {
    if (!hasSomething() && failure === undefined && !ended) {
      await somethingNew(limitMs);
    }
    if (hasSomething()) {
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
