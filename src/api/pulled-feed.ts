/** However far ahead the next instant lies, the clock is looked at again after so long: it may have been set. */
const MAX_SLEEP_MS = 60_000;

/** Where a feed takes its items from. */
export interface PulledSource<Item> {
  /** Reads on from its own place. Empty and not `again`: there is nothing to do until somebody wakes the feed. */
  pull(): Pulled<Item>;
  /** Milliseconds until the clock alone may bring something; undefined: it never does, or another looks after it. */
  clockMs(): number | undefined;
  /** Asks to be told when something was applied; answers how to stop, which may be called again. */
  onApplied(wake: () => void): () => void;
  /**
   * Items were taken by whoever reads: they asked for more, and are still there a turn later, in which what they were
   * sent has left or failed to.
   */
  taken?(items: readonly Item[]): void;
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
  return new PulledFeed(source);
}

/** Whoever asked for the next item. */
interface Call<Item> {
  resolve(result: IteratorResult<Item>): void;
  reject(error: unknown): void;
}

/**
 * Owns the items that are ready, the wake-up and the timer of one reader. There are thousands of these that nearly always
 * wait and then go on all at once, so waiting holds one promise and nothing more.
 */
class PulledFeed<Item> implements AsyncIterableIterator<Item> {
  #ready: readonly Item[] = [];
  #place = 0;
  #handed: Item | undefined;
  #taken: Item[] = [];
  #calls: Call<Item>[] = [];
  #isResting = false;
  #isClosed = false;
  #timer: NodeJS.Timeout | undefined;
  readonly #stopListening: () => void;

  constructor(private readonly source: PulledSource<Item>) {
    this.#stopListening = source.onApplied(() => this.#wake());
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Item>> {
    this.#noteTaken();
    // What is there is handed out without ado: most items come several at a time.
    if (this.#calls.length === 0 && !this.#isClosed && this.#place < this.#ready.length) {
      return Promise.resolve(this.#hand());
    }
    return new Promise((resolve, reject) => {
      // One that waits already is answered first.
      if (this.#calls.push({ resolve, reject }) === 1) this.#goOn();
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

  /** Answers whoever asked, as far as there is something, and waits for more. */
  #goOn(): void {
    for (let call = this.#calls[0]; call !== undefined; call = this.#calls[0]) {
      if (!this.#isClosed && !this.#lookForItem(call)) return;
      this.#calls.shift();
      call.resolve(this.#isClosed ? { done: true, value: undefined } : this.#hand());
    }
  }

  /** False when there is nothing to be handed out, now or because looking for it failed. */
  #lookForItem(call: Call<Item>): boolean {
    if (this.#place < this.#ready.length) return true;
    try {
      // Between looking and resting nothing else runs, so that no wake-up is missed.
      const { items, again } = this.source.pull();
      this.#ready = items;
      this.#place = 0;
      if (items.length > 0) return true;
      this.#rest(again);
    } catch (error) {
      this.#calls.shift();
      call.reject(error);
      this.#close();
    }
    return false;
  }

  #hand(): IteratorResult<Item> {
    const item = this.#ready[this.#place];
    if (item === undefined) throw new Error('A feed has nothing to hand out.');
    this.#place += 1;
    this.#handed = item;
    return { done: false, value: item };
  }

  #rest(again: boolean): void {
    this.#isResting = true;
    if (again) {
      setImmediate(() => this.#wake());
      return;
    }
    const clockMs = this.source.clockMs();
    if (clockMs === undefined) return;
    this.#timer = setTimeout(() => this.#wake(), Math.min(Math.max(clockMs, 1), MAX_SLEEP_MS));
  }

  #wake(): void {
    if (!this.#isResting) return;
    this.#isResting = false;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#goOn();
  }

  #close(): void {
    this.#isClosed = true;
    this.#stopListening();
    this.#isResting = true;
    this.#wake();
  }

  #noteTaken(): void {
    if (this.#handed === undefined) return;
    if (this.source.taken && this.#taken.push(this.#handed) === 1) setImmediate(() => this.#tellTaken());
    this.#handed = undefined;
  }

  #tellTaken(): void {
    const items = this.#taken;
    this.#taken = [];
    if (!this.#isClosed) this.source.taken?.(items);
  }
}
