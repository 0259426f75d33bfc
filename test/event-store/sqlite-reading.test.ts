import { join } from 'node:path';
import fc from 'fast-check';
import { openLogDatabase } from '../../src/event-store/sqlite/log-database';
import {
  eventStoreOver,
  openSqliteEventStore,
  type SqliteEventStore,
} from '../../src/event-store/sqlite/sqlite-event-store';
import { collect, freshStream, sampleEvent, sampleEvents } from '../support/event-store-samples';
import { emptyDirectories } from '../support/sqlite-log-files';

const clock = Date.now;
const SEED = process.env.TEST_SEED;

describe('reading by prefixes', () => {
  /** More categories than are merged from their indexes, some the beginning of others. */
  const categories = Array.from({ length: 40 }, (_, index) => `c${index.toString(3)}`);
  const streams = categories.flatMap((category) => [freshStream(category), freshStream(category)]);
  let store: SqliteEventStore;

  beforeAll(async () => {
    store = openSqliteEventStore({ clock });
    for (let round = 0; round < 2; round += 1) {
      await Promise.all(streams.map((stream) => store.append(stream, sampleEvents(1), round)));
    }
  });
  afterAll(() => store.close());

  /** Beginnings of names that are there, some with a last letter that is not. */
  const prefix = fc
    .tuple(
      fc.constantFrom(...streams),
      fc.integer({ min: 1, max: 41 }),
      fc.constantFrom('', '', '', '-', 'g', '0', '%'),
    )
    .map(([stream, length, end]) => stream.slice(0, length) + end);

  test('admits exactly what begins with one of them, in log order, at any limit and place', async () => {
    const log = await collect(store.readAll());
    const check = async (prefixes: string[], after: number, limit: number) => {
      const admitted = log.filter((event) => prefixes.some((begin) => event.stream.startsWith(begin)));
      const start = log[after]?.position;
      const bound = start === undefined ? {} : { after: start };
      const expected = admitted.filter(
        (event) => start === undefined || store.comparePositions(event.position, start) > 0,
      );
      expect(await collect(store.readAll({ ...bound, prefixes, limit }))).toEqual(expected.slice(0, limit));
      expect(await collect(store.readAll({ ...bound, prefixes }))).toEqual(expected);
      expect(await store.head(prefixes)).toBe(admitted.at(-1)?.position);
    };
    const cases = fc.asyncProperty(
      fc.array(prefix, { maxLength: 5 }),
      fc.nat({ max: 170 }),
      fc.nat({ max: 40 }),
      check,
    );
    await fc.assert(cases, { numRuns: 150, ...(SEED === undefined ? {} : { seed: Number(SEED) }) });
    await check(categories.slice(0, 35), 10, 100);
    await check(categories, 0, 100);
    await check(['c'], 0, 1);
  });
});

describe('long reads', () => {
  const emptyDirectory = emptyDirectories();

  test('of events that fill many pages give each event once, both ways', async () => {
    const store = openSqliteEventStore({ clock });
    const stream = freshStream();
    const text = 'x'.repeat(900_000);
    for (let version = 0; version < 12; version += 1) {
      await store.append(stream, [sampleEvent({ text, number: version + 1 })], version);
    }
    await store.append(stream, sampleEvents(2_000, 13), 12);
    await store.append(stream, sampleEvents(500, 2_013), 2_012);
    const numbers = Array.from({ length: 2_512 }, (_, index) => index + 1);
    const numbersOf = async (events: AsyncIterable<{ data: { readonly number?: unknown } }>) =>
      (await collect(events)).map((event) => event.data.number);
    expect(await numbersOf(store.readAll())).toEqual(numbers);
    expect(await numbersOf(store.readAll({ limit: 1_500 }))).toEqual(numbers.slice(0, 1_500));
    expect(await numbersOf(store.readStream(stream))).toEqual(numbers);
    expect(await numbersOf(store.readStream(stream, { backwards: true }))).toEqual(numbers.toReversed());
    expect(await numbersOf(store.readStream(stream, { from: 5, limit: 1_400 }))).toEqual(numbers.slice(4, 1_404));
    await store.close();
  });

  test('hold up neither writers nor the checkpoint, however long the reader rests', async () => {
    const database = openLogDatabase(join(emptyDirectory(), 'events.db'));
    const store = eventStoreOver(database, { clock });
    const stream = freshStream();
    await store.append(stream, sampleEvents(2_000), 0);
    const reading = store.readAll()[Symbol.asyncIterator]();
    await reading.next();
    await store.append(stream, sampleEvents(1), 2_000);
    expect(database.pragma('wal_checkpoint(TRUNCATE)')).toEqual([{ busy: 0, log: 0, checkpointed: 0 }]);
    await reading.return?.();
    await store.close();
  });

  test('let appends through between their pages', async () => {
    const store = openSqliteEventStore({ clock });
    for (let count = 0; count < 5; count += 1) {
      await store.append(freshStream(), sampleEvents(2_000), 0);
    }
    let appended = false;
    let seenBefore = 0;
    for await (const event of store.readAll()) {
      if (event.position === '1') {
        void store.append(freshStream(), sampleEvents(1), 0).then(() => {
          appended = true;
        });
      }
      seenBefore += appended ? 0 : 1;
    }
    expect(seenBefore).toBeLessThan(2_500);
    await store.close();
  });
});
