import type { LogItem, Position, StoredEvent } from '../../src/event-store/event-store';
import {
  collect,
  eventsOf,
  freshCategory,
  freshStream,
  idsOf,
  type StoreInUse,
  sampleEvents,
  watch,
  within,
} from '../support/event-store-samples';

/** More than the 100 HTTP/2 streams after which a leaking EventStoreDB client hangs. */
const SUBSCRIPTIONS_LEFT = 130;
const BURST_EVENTS = 3_000;

/** Subscribing: replay, caught up, live; no gap and no duplicate, however often one leaves and comes back. */
export function subscribeContract(store: StoreInUse): void {
  describe('subscribe', () => {
    test('replays the backlog, says caught up, and goes on live', async () => {
      const category = freshCategory();
      const backlog = sampleEvents(5);
      const live = sampleEvents(3);
      const stream = freshStream(category);
      await store().append(stream, backlog, 0);
      const items: LogItem[] = [];
      const stop = new AbortController();
      const watching = (async () => {
        for await (const item of store().subscribe({ prefixes: [`${category}-`], signal: stop.signal })) {
          items.push(item);
          if (item.kind === 'caught-up' && eventsOf(items).length === 5) {
            await store().append(stream, live, 5);
          }
          if (eventsOf(items).length === 8) {
            break;
          }
        }
      })();
      await within(watching, 'the live events');
      const caughtUp = items.findIndex((item) => item.kind === 'caught-up');
      expect(idsOf(eventsOf(items.slice(0, caughtUp)))).toEqual(idsOf(backlog));
      expect(eventsOf(items)).toEqual(await collect(store().readAll({ prefixes: [`${category}-`] })));
    });

    test('says caught up when there is no backlog', async () => {
      const items = await within(
        watch(store(), { prefixes: [`${freshCategory()}-`] }, () => true),
        'caught up',
      );
      expect(items).toEqual([{ kind: 'caught-up' }]);
    });

    test('an empty list of prefixes is caught up at once and admits nothing', async () => {
      const stop = new AbortController();
      const items: LogItem[] = [];
      for await (const item of store().subscribe({ prefixes: [], signal: stop.signal })) {
        items.push(item);
        await store().append(freshStream(), sampleEvents(1), 0);
        setTimeout(() => stop.abort(), 50);
      }
      expect(items).toEqual([{ kind: 'caught-up' }]);
    });

    test('starts strictly after a position', async () => {
      const category = freshCategory();
      const stream = freshStream(category);
      const { position } = await store().append(stream, sampleEvents(3), 0);
      await store().append(stream, sampleEvents(2), 3);
      const options = { after: position, prefixes: [`${category}-`] };
      const items = await within(watch(store(), options, lastIsCaughtUp), 'caught up');
      expect(eventsOf(items).map((event) => event.version)).toEqual([4, 5]);
    });

    test('admits every given prefix and no other stream', async () => {
      const [one, two] = [freshCategory(), freshCategory()];
      const wanted = [freshStream(one), freshStream(two), freshStream(one)];
      for (const stream of wanted) {
        await store().append(stream, sampleEvents(1), 0);
        await store().append(freshStream(`${one}x`), sampleEvents(1), 0);
      }
      const items = await within(watch(store(), { prefixes: [`${one}-`, `${two}-`] }, lastIsCaughtUp), 'caught up');
      expect(eventsOf(items).map((event) => event.stream)).toEqual(wanted);
    });

    test('without prefixes it delivers what is written from here on', async () => {
      const mark = await store().append(freshStream(), sampleEvents(1), 0);
      const events = sampleEvents(2);
      const ids = idsOf(events);
      await store().append(freshStream(), events, 0);
      const seen = (items: readonly LogItem[]) => idsOf(eventsOf(items)).filter((id) => ids.includes(id));
      const items = await within(
        watch(store(), { after: mark.position }, (some) => seen(some).length === 2),
        'both events',
      );
      expect(seen(items)).toEqual(ids);
    });

    test('from catch-up to live while eight writers write, there is no gap and no duplicate', async () => {
      const category = freshCategory();
      const prefixes = [`${category}-`];
      await store().append(freshStream(category), sampleEvents(400), 0);
      const total = 400 + 8 * 40 * 2;
      const watchers = [0, 1, 2].map(() => watch(store(), { prefixes }, (items) => eventsOf(items).length >= total));
      await Promise.all(Array.from({ length: 8 }, () => writeSteadily(freshStream(category), 40)));
      const log = await collect(store().readAll({ prefixes }));
      expect(log).toHaveLength(total);
      for (const items of await within(Promise.all(watchers), 'all events for three subscribers', 15_000)) {
        expect(eventsOf(items)).toEqual(log);
      }
    });

    test('a consumer that rests during a burst gets every event, in order', async () => {
      const category = freshCategory();
      const prefixes = [`${category}-`];
      const stream = freshStream(category);
      await store().append(stream, sampleEvents(1), 0);
      const versions: number[] = [];
      for await (const item of store().subscribe({ prefixes, signal: AbortSignal.timeout(15_000) })) {
        if (item.kind === 'event') {
          versions.push(item.event.version);
        }
        if (versions.length === 1 && item.kind === 'event') {
          for (let version = 1; version < BURST_EVENTS; version += 500) {
            await store().append(stream, sampleEvents(500), version);
          }
          await new Promise((resolve) => setTimeout(resolve, 200));
        }
        if (versions.length === BURST_EVENTS + 1) {
          break;
        }
      }
      expect(versions).toEqual(Array.from({ length: BURST_EVENTS + 1 }, (_, index) => index + 1));
    });
  });

  describe('subscribe again', () => {
    test('a consumer that throws skips nothing when it resumes after what it handled', async () => {
      const category = freshCategory();
      const prefixes = [`${category}-`];
      await store().append(freshStream(category), sampleEvents(50), 0);
      const handled: StoredEvent[] = [];
      let throws = 0;
      const consume = async (after: Position | undefined) => {
        const bound = after === undefined ? {} : { after };
        for await (const item of store().subscribe({ ...bound, prefixes, signal: AbortSignal.timeout(15_000) })) {
          if (item.kind === 'caught-up') {
            return;
          }
          if (handled.length % 7 === 6 && throws <= handled.length / 7) {
            throws += 1;
            throw new Error('the handler failed');
          }
          handled.push(item.event);
        }
      };
      while (handled.length < 50) {
        await consume(handled.at(-1)?.position).catch((error: unknown) => {
          expect(error).toEqual(new Error('the handler failed'));
        });
      }
      expect(throws).toBeGreaterThan(3);
      expect(handled.map((event) => event.version)).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
    });

    test('new subscribers that each take over after a few live events miss none and repeat none', async () => {
      const category = freshCategory();
      const prefixes = [`${category}-`];
      const writing = Promise.all([0, 1].map(() => writeSteadily(freshStream(category), 50)));
      const handled: StoredEvent[] = [];
      while (handled.length < 200) {
        const last = handled.at(-1);
        const bound = last === undefined ? {} : { after: last.position };
        const wanted = Math.min(17, 200 - handled.length);
        const items = watch(store(), { ...bound, prefixes }, (some) => eventsOf(some).length >= wanted);
        handled.push(...eventsOf(await within(items, 'the next events')));
      }
      await writing;
      expect(handled).toEqual(await collect(store().readAll({ prefixes })));
    });

    test(`${SUBSCRIPTIONS_LEFT} subscriptions left one after the other do not wear the store out`, async () => {
      const category = freshCategory();
      const stream = freshStream(category);
      const mark = await store().append(stream, sampleEvents(1), 0);
      await store().append(stream, sampleEvents(2), 1);
      for (let round = 0; round < SUBSCRIPTIONS_LEFT; round += 1) {
        const [item] = await within(
          watch(store(), { after: mark.position, prefixes: [stream] }, () => true),
          `round ${round}`,
        );
        expect(item).toMatchObject({ kind: 'event', event: { version: 2 } });
      }
      await within(store().append(stream, sampleEvents(1), 3), 'an append afterwards');
      expect(await within(collect(store().readStream(stream)), 'a read afterwards')).toHaveLength(4);
    }, 60_000);
  });

  describe('abort', () => {
    test('ends an iteration that waits for live events', async () => {
      const stop = new AbortController();
      const prefixes = [`${freshCategory()}-`];
      const items: LogItem[] = [];
      const watching = (async () => {
        for await (const item of store().subscribe({ prefixes, signal: stop.signal })) {
          items.push(item);
          setTimeout(() => stop.abort(), 30);
        }
      })();
      await within(watching, 'the end of the iteration');
      expect(items).toEqual([{ kind: 'caught-up' }]);
    });

    test('ends an iteration in the middle of its backlog', async () => {
      const category = freshCategory();
      await store().append(freshStream(category), sampleEvents(1_000), 0);
      const stop = new AbortController();
      let seen = 0;
      for await (const item of store().subscribe({ prefixes: [`${category}-`], signal: stop.signal })) {
        expect(item.kind).toBe('event');
        seen += 1;
        if (seen === 10) {
          stop.abort();
        }
      }
      expect(seen).toBe(10);
    });

    test('before the start gives nothing at all', async () => {
      const category = freshCategory();
      await store().append(freshStream(category), sampleEvents(1), 0);
      const items = collect(store().subscribe({ prefixes: [`${category}-`], signal: AbortSignal.abort() }));
      expect(await within(items, 'the end')).toEqual([]);
    });

    test('a position or prefixes of the wrong form are refused', async () => {
      const signal = AbortSignal.timeout(5_000);
      const forged = 'no position' as Position;
      await expect(collect(store().subscribe({ after: forged, signal }))).rejects.toBeInstanceOf(TypeError);
      await expect(collect(store().subscribe({ prefixes: [''], signal }))).rejects.toBeInstanceOf(TypeError);
    });
  });

  async function writeSteadily(stream: string, appends: number): Promise<void> {
    for (let count = 0; count < appends; count += 1) {
      await store().append(stream, sampleEvents(2), count * 2);
    }
  }
}

function lastIsCaughtUp(items: readonly LogItem[]): boolean {
  return items.at(-1)?.kind === 'caught-up';
}
