import { ENDED, type ReadyItems } from './ready-items';

/** However far ahead the next instant lies, the clock is looked at again after so long: it may have been set. */
const MAX_SLEEP_MS = 60_000;

/** Where a feed takes its items from. */
export interface PulledSource<Item> {
  /** Reads on from its own place. Empty and not `again`: there is nothing to do until somebody wakes the feed. */
  pull(): Pulled<Item>;
  /** Milliseconds until the clock alone may bring something; undefined: it never does, or another looks after it. */
  clockMs(): number | undefined;
  /** From now on wakes the feed when something was applied. */
  follow(feed: Sleeper): void;
  /** Wakes nobody any more; may be told again. */
  stop(): void;
  /**
   * Items were taken by whoever reads: they asked for more, and are still there a turn later, in which what they were
   * sent has left or failed to.
   */
  taken?(items: readonly Item[]): void;
}

/** Whoever is told to look again. */
export interface Sleeper {
  wake(): void;
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
export function pulledFeed<Item>(source: PulledSource<Item>): AsyncIterableIterator<Item> & ReadyItems<Item> {
  return new PulledFeed(source);
}

/** Whoever asked for the next item. */
interface Call<Item> {
  resolve(result: IteratorResult<Item>): void;
  reject(error: unknown): void;
}

/**
 * Owns the items that are ready, the wake-up and the timer of one reader. There are thousands of these that nearly always
 * wait and then go on all at once, so a reader that takes what is ready waits without a promise.
 */
class PulledFeed<Item> implements AsyncIterableIterator<Item>, ReadyItems<Item>, Sleeper {
  #ready: readonly Item[] = NOTHING;
  #place = 0;
  #handed: Item | undefined;
  #taken: Item[] | undefined;
  #look: (() => void) | undefined;
  #calls: Call<Item>[] | undefined;
  #isResting = false;
  #isClosed = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly source: PulledSource<Item>) {
    source.follow(this);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  takeReady(look: () => void): Item | typeof ENDED | undefined {
    this.#noteTaken();
    if (this.#isClosed) return ENDED;
    if (this.#place >= this.#ready.length && !this.#pull()) {
      this.#look = look;
      return undefined;
    }
    return this.#hand();
  }

  next(): Promise<IteratorResult<Item>> {
    return new Promise((resolve, reject) => {
      this.#calls ??= [];
      // One that waits already is answered first.
      if (this.#calls.push({ resolve, reject }) === 1) this.#answer(this.#calls);
    });
  }

  async return(): Promise<IteratorResult<Item>> {
    this.#close();
    return { done: true, value: undefined };
  }

  async throw(error: unknown): Promise<IteratorResult<Item>> {
    this.#close();
    throw error;
  }

  /** Answers whoever asked, as far as there is something. */
  #answer(calls: Call<Item>[]): void {
    for (let call = calls[0]; call !== undefined; call = calls[0]) {
      try {
        const found = this.takeReady(() => this.#answer(calls));
        if (found === undefined) return;
        calls.shift();
        call.resolve(found === ENDED ? { done: true, value: undefined } : { done: false, value: found });
      } catch (error) {
        calls.shift();
        call.reject(error);
      }
    }
  }

  /** False when there is nothing to be handed out now. */
  #pull(): boolean {
    try {
      // Between looking and resting nothing else runs, so that no wake-up is missed.
      const { items, again } = this.source.pull();
      this.#ready = items;
      this.#place = 0;
      if (items.length === 0) this.#rest(again);
      return items.length > 0;
    } catch (error) {
      this.#close();
      throw error;
    }
  }

  #hand(): Item {
    const item = this.#ready[this.#place];
    if (item === undefined) throw new Error('A feed has nothing to hand out.');
    this.#place += 1;
    // What was handed out is not kept while waiting.
    if (this.#place === this.#ready.length) [this.#ready, this.#place] = [NOTHING, 0];
    this.#handed = item;
    return item;
  }

  #rest(again: boolean): void {
    this.#isResting = true;
    if (again) {
      setImmediate(() => this.wake());
      return;
    }
    const clockMs = this.source.clockMs();
    if (clockMs === undefined) return;
    this.#timer = setTimeout(() => this.wake(), Math.min(Math.max(clockMs, 1), MAX_SLEEP_MS));
  }

  wake(): void {
    if (!this.#isResting) return;
    this.#isResting = false;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#lookAgain();
  }

  #lookAgain(): void {
    const look = this.#look;
    this.#look = undefined;
    look?.();
  }

  #close(): void {
    this.#isClosed = true;
    this.#isResting = false;
    this.#ready = NOTHING;
    clearTimeout(this.#timer);
    this.source.stop();
    this.#lookAgain();
  }

  #noteTaken(): void {
    if (this.#handed === undefined) return;
    if (this.source.taken) {
      if (this.#taken === undefined) setImmediate(tellTaken, this);
      this.#taken ??= [];
      this.#taken.push(this.#handed);
    }
    this.#handed = undefined;
  }

  tellTaken(): void {
    const items = this.#taken ?? [];
    this.#taken = undefined;
    if (!this.#isClosed) this.source.taken?.(items);
  }
}

function tellTaken(feed: { tellTaken(): void }): void {
  feed.tellTaken();
}

const NOTHING: readonly never[] = [];
