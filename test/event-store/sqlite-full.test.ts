import { join } from 'node:path';
import { StoreUnavailable } from '../../src/event-store/event-store';
import { openLogDatabase } from '../../src/event-store/sqlite/log-database';
import { eventStoreOver } from '../../src/event-store/sqlite/sqlite-event-store';
import { collect, freshStream, sampleEvent, sampleEvents, within } from '../support/event-store-samples';
import { emptyDirectories } from '../support/sqlite-log-files';

const LARGE = 'x'.repeat(50_000);

describe.each(['file', 'memory'])('a full disk under a log in %s', (kind) => {
  const emptyDirectory = emptyDirectories();

  test('refuses appends as unavailable, stays readable, and recovers without a restart', async () => {
    const { database, store } = open();
    const stream = freshStream();
    const kept = sampleEvents(5);
    await store.append(stream, kept, 0);
    limitGrowth(database, 20);

    let stored = 0;
    const refusal = await (async () => {
      for (;;) {
        await store.append(freshStream('full'), [sampleEvent({ text: LARGE })], 0);
        stored += 1;
      }
    })().catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(StoreUnavailable);
    expect(refusal).toMatchObject({ message: 'The log answered SQLITE_FULL.' });

    expect(await collect(store.readStream(stream))).toHaveLength(5);
    expect(await collect(store.readAll({ prefixes: ['full-'] }))).toHaveLength(stored);
    const refusedTwice = freshStream();
    const events = [sampleEvent({ text: LARGE }), sampleEvent({ text: LARGE })];
    await expect(store.append(refusedTwice, events, 0)).rejects.toBeInstanceOf(StoreUnavailable);
    expect(await collect(store.readStream(refusedTwice))).toEqual([]);

    limitGrowth(database, 100_000);
    expect((await store.append(refusedTwice, events, 0)).version).toBe(2);
    expect((await store.append(stream, sampleEvents(1), 5)).version).toBe(6);
    const positions = (await collect(store.readAll())).map((event) => Number(event.position));
    expect(positions).toEqual(Array.from({ length: stored + 8 }, (_, index) => index + 1));
    await store.close();
  });

  test('refuses the append that does not fit and stores the ones that waited with it', async () => {
    const { database, store } = open();
    await store.append(freshStream(), sampleEvents(1), 0);
    limitGrowth(database, 10);
    const outcomes = await Promise.allSettled([
      store.append(freshStream(), sampleEvents(1), 0),
      store.append(freshStream(), [sampleEvent({ text: LARGE.repeat(10) })], 0),
      store.append(freshStream(), sampleEvents(1), 0),
    ]);
    expect(outcomes.map((outcome) => outcome.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect((await collect(store.readAll())).map((event) => event.position)).toEqual(['1', '2', '3']);
    await store.close();
  });

  test('leaves a subscription waiting, which goes on when there is room again', async () => {
    const { database, store } = open();
    const stream = freshStream();
    await store.append(stream, sampleEvents(1), 0);
    limitGrowth(database, 1);
    const stop = new AbortController();
    const versions: number[] = [];
    const watching = (async () => {
      for await (const item of store.subscribe({ prefixes: [stream], signal: stop.signal })) {
        if (item.kind === 'event') {
          versions.push(item.event.version);
        } else {
          const append = store.append(stream, [sampleEvent({ text: LARGE })], 1);
          await expect(append).rejects.toBeInstanceOf(StoreUnavailable);
          limitGrowth(database, 1_000);
          void store.append(stream, sampleEvents(1), 1);
        }
        if (versions.length === 2) {
          stop.abort();
        }
      }
    })();
    await within(watching, 'the second event');
    expect(versions).toEqual([1, 2]);
    await store.close();
  });

  function open() {
    const database = openLogDatabase(kind === 'file' ? join(emptyDirectory(), 'events.db') : ':memory:');
    return { database, store: eventStoreOver(database, { clock: Date.now }) };
  }
});

/** Lets the database grow by so many pages from what it holds now. */
function limitGrowth(database: ReturnType<typeof openLogDatabase>, pages: number): void {
  const held = Number(database.pragma('page_count', { simple: true }));
  database.pragma(`max_page_count = ${held + pages}`);
}
