import { setImmediate as nextTurn } from 'node:timers/promises';

/** However far ahead the next instant lies, the clock is looked at again after so long: it may have been set. */
const MAX_SLEEP_MS = 60_000;

/** Where a feed takes its items from. */
export interface PulledSource<Item> {
  /** Reads on from its own place. Empty and not `again`: there is nothing to do until somebody wakes the feed. */
  pull(): Pulled<Item>;
  /** Milliseconds until the clock alone may bring something; undefined: it never does. */
  clockMs(): number | undefined;
  /** Asks to be told when something was applied; answers how to stop. */
  onApplied(wake: () => void): () => void;
  /** The item before was taken by whoever reads; called before the next is pulled, and not for the one after the last. */
  taken?(item: Item): void;
}

export interface Pulled<Item> {
  readonly items: readonly Item[];
  /** True when there is more to read at once. */
  readonly again: boolean;
}

/**
 * One endless list that is pulled, never pushed: a wake-up, when something was applied or the clock reached the next
 * instant, only says "look". Nothing is read before it is asked for, so a slow reader holds nothing but itself.
 * `return` ends it at once, also while it waits.
 */
export function pulledFeed<Item>(source: PulledSource<Item>): AsyncIterableIterator<Item> {
  const feed = new PulledFeed(source);
  let turn: Promise<unknown> = Promise.resolve();
  const iterator: AsyncIterableIterator<Item> = {
    [Symbol.asyncIterator]: () => iterator,
    next: () => {
      const answer = turn.then(() => feed.next());
      turn = answer.catch(() => undefined);
      return answer;
    },
    return: async () => {
      feed.close();
      return { done: true, value: undefined };
    },
    throw: async (error) => {
      feed.close();
      throw error;
    },
  };
  return iterator;
}

/** Owns the items that are ready, the wake-up and the timer of one reader. */
class PulledFeed<Item> {
  #ready: readonly Item[] = [];
  #place = 0;
  #handed: Item | undefined;
  #closed = false;
  #wake: () => void = () => undefined;
  readonly #stopListening: () => void;

  constructor(private readonly source: PulledSource<Item>) {
    this.#stopListening = source.onApplied(() => this.#wake());
  }

  async next(): Promise<IteratorResult<Item>> {
    try {
      this.#sayTaken();
      while (!this.#closed) {
        const item = this.#ready[this.#place];
        if (item !== undefined) {
          this.#place += 1;
          this.#handed = item;
          return { done: false, value: item };
        }
        // Between looking and sleeping nothing else runs, so that no wake-up is missed.
        const { items, again } = this.source.pull();
        this.#ready = items;
        this.#place = 0;
        if (items.length > 0) continue;
        if (again) await nextTurn();
        else await this.#sleep();
      }
    } catch (error) {
      this.close();
      throw error;
    }
    return { done: true, value: undefined };
  }

  close(): void {
    this.#closed = true;
    this.#stopListening();
    this.#wake();
  }

  #sayTaken(): void {
    if (this.#handed === undefined) return;
    const item = this.#handed;
    this.#handed = undefined;
    this.source.taken?.(item);
  }

  #sleep(): Promise<void> {
    return new Promise((resolve) => {
      const sleepMs = Math.min(Math.max(this.source.clockMs() ?? MAX_SLEEP_MS, 1), MAX_SLEEP_MS);
      const timer = setTimeout(() => this.#wake(), sleepMs);
      this.#wake = () => {
        clearTimeout(timer);
        this.#wake = () => undefined;
        resolve();
      };
    });
  }
}
