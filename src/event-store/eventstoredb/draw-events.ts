import { type StoredEvent, StoreUnavailable } from '../event-store';
import { type Connection, patience } from './connection';
import type { DriverClient } from './driver';
import { DriverFault, isTransient } from './driver-fault';
import { CAUGHT_UP, type Feed, type FeedItem } from './feed';
import { itemsOfPages } from './items-of-pages';

/** What a consumer of a feed makes of an item: something to yield, nothing, or the end. */
export const SKIP = Symbol('skip');
export const END = Symbol('end');

export interface Draw<T> {
  readonly connection: Connection;
  /** Done before anything is opened; may refuse. */
  begin?(): Promise<void> | void;
  /** Known beforehand to hold nothing: refusals of `begin` aside, nothing is asked. */
  readonly isEmpty?: boolean;
  /** Opens the feed, the first time and again after a failure, strictly after the last item that was handled. */
  open(client: DriverClient, last: StoredEvent | undefined): Feed;
  /** @param last the event handled before this one */
  pick(item: FeedItem, last: StoredEvent | undefined): T | typeof SKIP | typeof END;
  /** Nothing more is wanted after what was yielded. */
  enough?(): boolean;
  /** How long a failing server is asked again; undefined: until the reader gives up. */
  readonly windowMs: number | undefined;
  /** Longest silence while there should be something to send; without it only the keep-alive notices a hung server. */
  readonly answerMs: number;
  /** A live subscription is silent while nobody writes: no time limit once it has caught up. */
  readonly live: boolean;
  /** Ends the iteration when aborted. */
  readonly signal?: AbortSignal;
  /** A definite refusal in the words of the port; undefined where it means that there is nothing. */
  refusal?(fault: DriverFault): Error | undefined;
}

/**
 * Draws items from a feed as the consumer asks. A broken feed is opened again after the last item the consumer has
 * finished with, so nothing is skipped and nothing comes twice. Whatever ends the iteration, the feed's HTTP/2 stream
 * is given back.
 *
 * @throws StoreUnavailable the server stayed away for longer than the window, denied the read, or the store was closed
 */
export function drawEvents<T>(draw: Draw<T>): AsyncIterableIterator<T> {
  return itemsOfPages(drawPages(draw), () => draw.signal?.aborted === true);
}

async function* drawPages<T>(draw: Draw<T>): AsyncGenerator<readonly T[], void, undefined> {
  const isAborted = () => draw.signal?.aborted === true;
  if (!isAborted()) {
    await draw.begin?.();
  }
  if (draw.isEmpty === true) {
    await draw.connection.client();
    return;
  }
  const patient = patience(draw.windowMs, draw.signal);
  const progress: Progress = { last: undefined, caughtUp: false, ended: false };
  let feed: Feed | undefined;
  const onAbort = () => feed?.fail(new DriverFault('lost', 'aborted'));
  draw.signal?.addEventListener('abort', onAbort);
  try {
    while (!isAborted() && !progress.ended) {
      const client = await draw.connection.client();
      try {
        progress.caughtUp = false;
        feed = draw.open(client, progress.last);
        while (!isAborted() && !progress.ended) {
          const page = takePage(draw, feed, progress);
          if (page.length > 0) {
            patient.reset();
            draw.connection.answered();
            yield page;
          } else if (!progress.ended) {
            const silenceMs = draw.live && progress.caughtUp ? undefined : draw.answerMs;
            progress.ended = !(await feed.more(silenceMs));
          }
        }
      } catch (error) {
        if (isAborted()) {
          return;
        }
        if (!(error instanceof DriverFault)) {
          throw error;
        }
        if (!isTransient(error)) {
          const refusal = draw.refusal === undefined ? unavailable(error) : draw.refusal(error);
          if (refusal === undefined) {
            return;
          }
          throw refusal;
        }
        await feed?.cancel();
        feed = undefined;
        await patient.after(draw.connection, client, error);
      }
    }
  } finally {
    draw.signal?.removeEventListener('abort', onAbort);
    await feed?.cancel();
  }
}

/** How far the consumer has been served. It comes back for more only when it has finished with all of a page. */
interface Progress {
  last: StoredEvent | undefined;
  caughtUp: boolean;
  ended: boolean;
}

/** Everything that has arrived already, as the consumer wants it. */
function takePage<T>(draw: Draw<T>, feed: Feed, progress: Progress): T[] {
  const page: T[] = [];
  for (const item of feed.take()) {
    const picked = draw.pick(item, progress.last);
    if (item === CAUGHT_UP) {
      progress.caughtUp = true;
    } else {
      progress.last = item;
    }
    if (picked !== SKIP && picked !== END) {
      page.push(picked);
    }
    if (picked === END || draw.enough?.() === true) {
      progress.ended = true;
      break;
    }
  }
  return page;
}

/** A refusal of a read in the words of the port. */
export function unavailable(fault: DriverFault): StoreUnavailable {
  return new StoreUnavailable(
    fault.kind === 'denied'
      ? 'The event store denies this user the right to read (docs/eventstoredb.md).'
      : `The event store failed (${fault.kind}: ${fault.message}).`,
  );
}
