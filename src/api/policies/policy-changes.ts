import { setImmediate as nextTurn } from 'node:timers/promises';
import { epochMsOf, instantAt } from '../../domain/time';
import type { PolicyChange, PolicyChangeCursor, PolicyChangesPage } from '../../read-models/policy-changes';
import type { Prefix } from '../../read-models/read-models';
import type { ApiContext } from '../context';
import { apiError } from '../errors';
import type { ChangeCursor } from '../position';

/** Changes looked up at once; they wait in memory until the reader asks for them. */
const CHANGES_PER_PULL = 100;
/** However far ahead the next instant lies, the clock is looked at again after so long: it may have been set. */
const MAX_SLEEP_MS = 60_000;

export interface ChangesAsked {
  readonly organisation?: string;
  readonly policy?: string;
  /** Absent: from now on. */
  readonly after?: ChangeCursor;
}

/** An item with the place to go on after it, whose ordinal is now a position. */
export interface DeliveredChange {
  readonly change: PolicyChange;
  readonly cursor: ChangeCursor;
}

export type FeedServices = Pick<ApiContext, 'readModels' | 'progress' | 'nowMs'>;

/**
 * What happens to policies, as one endless list (rule O4): first what came after the cursor, then live, in order,
 * without gap or duplicate. It pulls from its own cursor and only when it is asked for the next item, so a slow reader
 * holds nothing but itself. A wake-up, when something was applied or the clock reached the next instant, only says
 * "look". `return` ends it at once, also while it waits.
 */
export function policyChangeFeed(services: FeedServices, asked: ChangesAsked): AsyncIterableIterator<DeliveredChange> {
  const feed = new PolicyChangeFeed(services, asked);
  let turn: Promise<unknown> = Promise.resolve();
  const iterator: AsyncIterableIterator<DeliveredChange> = {
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

/** Owns the place reached, the wake-up and the timer of one reader. */
class PolicyChangeFeed {
  /** Undefined until this node has come as far as the cursor that was given. */
  #cursor: PolicyChangeCursor | undefined;
  #ready: readonly PolicyChange[] = [];
  #closed = false;
  #wake: () => void = () => undefined;
  readonly #stopListening: () => void;

  constructor(
    private readonly services: FeedServices,
    private readonly asked: ChangesAsked,
  ) {
    this.#cursor = this.#place();
    this.#stopListening = services.progress.onApplied(() => this.#wake());
  }

  async next(): Promise<IteratorResult<DeliveredChange>> {
    try {
      while (!this.#closed) {
        const change = this.#take();
        if (change !== undefined) return { done: false, value: this.#delivered(change) };
        // Between looking and sleeping nothing else runs, so that no wake-up is missed.
        if (!this.#look()) await this.#sleep();
        else if (this.#ready.length === 0) await nextTurn();
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

  #take(): PolicyChange | undefined {
    const [change, ...rest] = this.#ready;
    this.#ready = rest;
    return change;
  }

  /** Reads on from the cursor. False when there is nothing to do until somebody wakes it. */
  #look(): boolean {
    const page = this.#pull();
    if (page === undefined) return false;
    this.#cursor = page.next;
    this.#ready = page.items;
    return page.items.length > 0 || page.hasMore;
  }

  #pull(): PolicyChangesPage | undefined {
    this.#cursor ??= this.#place();
    if (this.#cursor === undefined) return undefined;
    const { readModels, nowMs } = this.services;
    return readModels.policyChangesAfter({
      ...this.#filter(),
      after: this.#cursor,
      untilN: readModels.applied().n,
      untilT: instantAt(nowMs()),
      limit: CHANGES_PER_PULL,
    });
  }

  #filter(): Pick<ChangesAsked, 'organisation' | 'policy'> {
    const { organisation, policy } = this.asked;
    return { ...(organisation !== undefined && { organisation }), ...(policy !== undefined && { policy }) };
  }

  /** Where to begin; undefined while this node has not come that far. @throws BAD_CURSOR */
  #place(): PolicyChangeCursor | undefined {
    const { after } = this.asked;
    const { readModels } = this.services;
    if (after === undefined) return this.#now(readModels.applied());
    const found = readModels.findPosition(after.position);
    if (found.kind === 'not-reached') return undefined;
    if (found.kind !== 'found') throw apiError('BAD_CURSOR', 'This is not a cursor of this log.');
    return { n: found.prefix.n, t: after.t, ...(after.partial && { partial: after.partial }) };
  }

  #now({ n }: Prefix): PolicyChangeCursor {
    const { readModels, nowMs } = this.services;
    return { n, t: instantAt(Math.max(nowMs(), readModels.latestLiveValidFromMs(n))) };
  }

  #delivered(change: PolicyChange): DeliveredChange {
    const { n, t, partial } = change.cursor;
    const prefix = this.services.readModels.prefixAtOrdinal(n);
    if (prefix === undefined) throw new Error('A change was delivered from beyond what is applied.');
    return { change, cursor: { position: prefix.position, t, ...(partial && { partial }) } };
  }

  #sleep(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#wake(), this.#sleepMs());
      this.#wake = () => {
        clearTimeout(timer);
        this.#wake = () => undefined;
        resolve();
      };
    });
  }

  #sleepMs(): number {
    const { readModels, nowMs } = this.services;
    if (this.#cursor === undefined) return MAX_SLEEP_MS;
    const afterT = this.#cursor.t;
    const next = readModels.nextPolicyChangeAt({ ...this.#filter(), afterT }, readModels.applied());
    // A node whose clock is before the cursor's waits until it has come that far.
    const wakeMs = Math.max(next === undefined ? Number.POSITIVE_INFINITY : epochMsOf(next), epochMsOf(afterT));
    return Math.min(Math.max(wakeMs - nowMs(), 1), MAX_SLEEP_MS);
  }
}
