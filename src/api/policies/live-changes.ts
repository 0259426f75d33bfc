import { epochMsOf, instantAt } from '../../domain/time';
import type { PolicyChange, PolicyChangeCursor, PolicyChangesRange } from '../../read-models/policy-changes';
import type { ApiContext } from '../context';
import type { PacedTurns } from '../paced-turns';

/** Changes looked up at once. */
export const CHANGES_PER_PULL = 100;
/** However far ahead the next instant lies, the clock is looked at again after so long: it may have been set. */
const MAX_SLEEP_MS = 60_000;
const RETRY_MS = 1_000;

/** Whose changes are watched; absent, everybody's. */
export type ChangesFilter = Pick<PolicyChangesRange, 'organisations' | 'policy'>;

/** Changes of policies as they happen, each looked up once however many watch. */
export interface LiveChanges<Item> {
  /** The list of what is asked for is kept while somebody follows it. */
  follow(filter: ChangesFilter): LiveFollower<Item>;
}

/** One of those who read a list, each at a pace of their own. */
export interface LiveFollower<Item> {
  /** Looks for what has happened since. Answers where the list ends now; undefined: it has not caught up itself. */
  advance(): PolicyChangeCursor | undefined;
  /** Reads from the end of the list on. Woken when there is more, a few readers at a time. */
  join(wake: () => void): void;
  /** What came since the last time, the same objects for every reader. @throws whatever went wrong looking for it */
  take(): readonly Item[];
  leave(): void;
}

type ChangeServices = Pick<ApiContext, 'readModels' | 'progress' | 'nowMs'>;

/** @param itemOf makes what readers are given of a change, once */
export function createLiveChanges<Item>(
  services: ChangeServices,
  turns: PacedTurns,
  itemOf: (change: PolicyChange) => Item,
): LiveChanges<Item> {
  const lists = new Map<string, SharedList<Item>>();
  return {
    follow: (filter) => {
      const key = JSON.stringify([filter.organisations, filter.policy]);
      const known = lists.get(key);
      const list = known ?? new SharedList(services, filter, turns, itemOf, () => lists.delete(key));
      if (!known) lists.set(key, list);
      return list.follow();
    },
  };
}

/** Not before what was written last on a node whose clock is ahead (rule S2). */
export function nowIn(readModels: ChangeServices['readModels'], nowMs: number): PolicyChangeCursor {
  const { n } = readModels.applied();
  return { n, t: instantAt(Math.max(nowMs, readModels.latestLiveValidFromMs(n))) };
}

/** Items hang on each other, so that one is kept just as long as a reader has it yet to come. */
interface Link<Item> {
  item?: Item;
  next?: Link<Item>;
}

/** Owns the cursor, the timer and the ear to the log that all readers of a list share. */
class SharedList<Item> {
  #cursor: PolicyChangeCursor;
  #end: Link<Item> = {};
  #failure: { readonly error: unknown } | undefined;
  #timer: NodeJS.Timeout | undefined;
  #followers = 0;
  readonly #readers = new Set<() => void>();
  readonly #stopListening: () => void;

  constructor(
    private readonly services: ChangeServices,
    private readonly filter: ChangesFilter,
    private readonly turns: PacedTurns,
    private readonly itemOf: (change: PolicyChange) => Item,
    private readonly onEmpty: () => void,
  ) {
    const { readModels, nowMs, progress } = services;
    this.#cursor = nowIn(readModels, nowMs());
    this.#stopListening = progress.onApplied(() => this.#look());
  }

  follow(): LiveFollower<Item> {
    this.#followers += 1;
    let place: Link<Item> = {};
    let wakeUp: (() => void) | undefined;
    let hasLeft = false;
    return {
      advance: () => this.#advance(),
      join: (wake) => {
        place = this.#end;
        this.#readers.add(wake);
        wakeUp = wake;
      },
      take: () => {
        if (this.#failure) throw this.#failure.error;
        const items: Item[] = [];
        while (place.next !== undefined && place.item !== undefined) {
          items.push(place.item);
          place = place.next;
        }
        return items;
      },
      leave: () => {
        if (wakeUp) this.#readers.delete(wakeUp);
        if (!hasLeft) this.#oneLess();
        hasLeft = true;
      },
    };
  }

  #oneLess(): void {
    this.#followers -= 1;
    if (this.#followers > 0) return;
    clearTimeout(this.#timer);
    this.#stopListening();
    this.onEmpty();
  }

  #advance(): PolicyChangeCursor | undefined {
    const { readModels, nowMs } = this.services;
    const page = readModels.policyChangesAfter({
      ...this.filter,
      after: this.#cursor,
      untilN: readModels.applied().n,
      untilT: instantAt(nowMs()),
      limit: CHANGES_PER_PULL,
    });
    const items = page.items.map(this.itemOf);
    this.#failure = undefined;
    this.#cursor = page.next;
    for (const item of items) {
      this.#end.next = {};
      this.#end.item = item;
      this.#end = this.#end.next;
    }
    if (items.length > 0) this.#wakeReaders();
    this.#sleep(page.hasMore ? 0 : this.#sleepMs());
    return page.hasMore ? undefined : this.#cursor;
  }

  /** Nobody waits for what comes of it here, so whoever reads is told what went wrong. */
  #look(): void {
    try {
      this.#advance();
    } catch (error) {
      this.#failure = { error };
      this.#wakeReaders();
      this.#sleep(RETRY_MS);
    }
  }

  #wakeReaders(): void {
    for (const wake of this.#readers) this.turns.take(wake);
  }

  #sleep(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#look(), ms).unref();
  }

  #sleepMs(): number {
    const { readModels, nowMs } = this.services;
    const { t } = this.#cursor;
    const next = readModels.nextPolicyChangeAt({ ...this.filter, afterT: t }, readModels.applied());
    // A node whose clock is before the cursor waits until it has come that far.
    const wakeMs = Math.max(next === undefined ? Number.POSITIVE_INFINITY : epochMsOf(next), epochMsOf(t));
    return Math.min(Math.max(wakeMs - nowMs(), 1), MAX_SLEEP_MS);
  }
}
