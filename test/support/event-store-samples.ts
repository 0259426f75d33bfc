import { randomUUID } from 'node:crypto';
import type {
  EventStore,
  JsonObject,
  LogItem,
  NewEvent,
  StoredEvent,
  SubscribeOptions,
} from '../../src/event-store/event-store';

/** Hands the parts of the contract suite the store that is open while their tests run. */
export type StoreInUse = () => EventStore;

/** A category no other test uses, so that suites can share one log. */
export function freshCategory(): string {
  return `t${randomUUID().replaceAll('-', '').slice(0, 24)}`;
}

export function freshStream(category: string = freshCategory()): string {
  return `${category}-${randomUUID()}`;
}

export function sampleEvent(data: JsonObject = {}, type = 'SampleRecorded'): NewEvent {
  return { id: randomUUID(), type, data, metadata: { commandId: randomUUID() } };
}

/** `count` events whose data number them from `first`. */
export function sampleEvents(count: number, first = 1): NewEvent[] {
  return Array.from({ length: count }, (_, index) => sampleEvent({ number: first + index }));
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const item of items) {
    collected.push(item);
  }
  return collected;
}

/** Iterates a subscription until `enough` says so, then leaves it. */
export async function watch(
  store: EventStore,
  options: Omit<SubscribeOptions, 'signal'>,
  enough: (items: readonly LogItem[]) => boolean,
): Promise<LogItem[]> {
  const items: LogItem[] = [];
  for await (const item of store.subscribe({ ...options, signal: new AbortController().signal })) {
    items.push(item);
    if (enough(items)) {
      break;
    }
  }
  return items;
}

export function eventsOf(items: readonly LogItem[]): StoredEvent[] {
  return items.flatMap((item) => (item.kind === 'event' ? [item.event] : []));
}

export function idsOf(events: readonly { readonly id: string }[]): string[] {
  return events.map((event) => event.id);
}

/** Fails the test by name when `promise` has not settled in time, rather than by the runner's own time limit. */
export async function within<T>(promise: Promise<T>, what: string, limitMs = 10_000): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: nothing within ${limitMs} ms`)), limitMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
