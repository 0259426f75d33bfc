import { join } from 'node:path';
import type { StoredEvent } from '../../src/event-store/event-store';
import { openLogDatabase } from '../../src/event-store/sqlite/log-database';
import { eventStoreOver, openSqliteEventStore } from '../../src/event-store/sqlite/sqlite-event-store';
import { collect, freshStream, idsOf, sampleEvent, sampleEvents, watch } from '../support/event-store-samples';
import { commitsInWal, emptyDirectories } from '../support/sqlite-log-files';

const clock = Date.now;
const WRITERS = 64;

describe('group commit', () => {
  const emptyDirectory = emptyDirectories();

  test(`${WRITERS} appends that wait together share a commit, appends one after the other do not`, async () => {
    const directory = emptyDirectory();
    const wal = join(directory, 'events.db-wal');
    const store = openSqliteEventStore({ directory, clock });
    await store.append(freshStream(), sampleEvents(1), 0);
    const before = commitsInWal(wal);
    await Promise.all(Array.from({ length: WRITERS }, () => store.append(freshStream(), sampleEvents(2), 0)));
    const together = commitsInWal(wal);
    expect(together - before).toBe(1);
    for (let count = 0; count < 10; count += 1) {
      await store.append(freshStream(), sampleEvents(1), 0);
    }
    expect(commitsInWal(wal) - together).toBe(10);
    await store.close();
  });

  test('what arrives while a commit runs waits for the next, whose number stays small', async () => {
    const directory = emptyDirectory();
    const store = openSqliteEventStore({ directory, clock });
    const writer = async (stream: string) => {
      for (let version = 0; version < 20; version += 1) {
        await store.append(stream, sampleEvents(1), version);
      }
    };
    await Promise.all(Array.from({ length: WRITERS }, () => writer(freshStream())));
    const commits = commitsInWal(join(directory, 'events.db-wal'));
    expect(commits).toBeLessThan((WRITERS * 20) / 8);
    expect(await collect(store.readAll())).toHaveLength(WRITERS * 20);
    await store.close();
  });

  test('appends of one turn are stored in the order they were made, each on the ones before', async () => {
    const store = openSqliteEventStore({ clock });
    const stream = freshStream();
    const events = sampleEvents(3);
    const outcomes = await Promise.allSettled([
      store.append(stream, events.slice(0, 1), 0),
      store.append(stream, sampleEvents(1), 0),
      store.append(stream, events.slice(1, 2), 1),
      store.append(stream, events.slice(0, 1), 0),
      store.append(stream, events.slice(2), 2),
    ]);
    expect(outcomes.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value.version : 'refused'))).toEqual([
      1,
      'refused',
      2,
      1,
      3,
    ]);
    expect(idsOf(await collect(store.readStream(stream)))).toEqual(idsOf(events));
    await store.close();
  });
});

describe('hook of an append', () => {
  test('is handed the events as they will be read, once each, in log order', async () => {
    const handed: StoredEvent[] = [];
    const store = openSqliteEventStore({ clock, onAppend: (events) => handed.push(...events) });
    const stream = freshStream();
    const events = [sampleEvent({ text: 'æ\ud800' }), sampleEvent()];
    await store.append(stream, events, 0);
    await store.append(stream, events, 0);
    await Promise.all([1, 2, 3].map(() => store.append(freshStream(), sampleEvents(2), 0)));
    await store.append(stream, sampleEvents(1), 0).catch(() => undefined);
    expect(handed).toEqual(await collect(store.readAll()));
    await store.close();
  });

  test('that throws rejects its append alone, with what it threw, and leaves no trace of it', async () => {
    const fault = new Error('the tree does not fit');
    const store = openSqliteEventStore({
      clock,
      onAppend: (events) => {
        if (events.some((event) => event.type === 'Unwelcome')) {
          throw fault;
        }
      },
    });
    const refused = freshStream();
    const welcome = [freshStream(), freshStream(), freshStream()];
    const outcomes = await Promise.allSettled([
      ...welcome.slice(0, 2).map((stream) => store.append(stream, sampleEvents(2), 0)),
      store.append(refused, [sampleEvent(), sampleEvent({}, 'Unwelcome')], 0),
      ...welcome.slice(2).map((stream) => store.append(stream, sampleEvents(2), 0)),
    ]);
    expect(outcomes.map((outcome) => outcome.status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
    expect(outcomes[2]).toEqual({ status: 'rejected', reason: fault });
    expect(await collect(store.readStream(refused))).toEqual([]);

    const log = await collect(store.readAll());
    expect(log.map((event) => event.stream)).toEqual(welcome.flatMap((stream) => [stream, stream]));
    expect(log.map((event) => event.position)).toEqual(['1', '2', '3', '4', '5', '6']);
    await store.close();
  });

  test('that threw does not spoil the names its append was first to use', async () => {
    let throwing = true;
    const onAppend = () => {
      if (throwing) {
        throw new Error('not now');
      }
    };
    const store = openSqliteEventStore({ clock, onAppend });
    const [one, other] = [freshStream(), freshStream()];
    await expect(store.append(one, [sampleEvent({}, 'FirstKind')], 0)).rejects.toThrow('not now');
    throwing = false;
    await store.append(other, [sampleEvent({}, 'SecondKind')], 0);
    await store.append(one, [sampleEvent({}, 'FirstKind')], 0);
    const log = await collect(store.readAll());
    expect(log.map(({ stream, type, version }) => [stream, type, version])).toEqual([
      [other, 'SecondKind', 1],
      [one, 'FirstKind', 1],
    ]);
    await store.close();
  });

  test('runs before anybody hears of the append', async () => {
    const order: string[] = [];
    const store = openSqliteEventStore({ clock, onAppend: () => order.push('hook') });
    const stream = freshStream();
    const watching = watch(store, { prefixes: [stream] }, (items) => items.some((item) => item.kind === 'event'));
    const heard = watching.then(() => order.push('subscriber'));
    await store.append(stream, sampleEvents(1), 0).then(() => order.push('writer'));
    await heard;
    expect(order[0]).toBe('hook');
    expect(order).toHaveLength(3);
    await store.close();
  });
});

describe('a commit that fails', () => {
  test('tells nobody of a conflict with events that were never stored', async () => {
    const database = openLogDatabase(':memory:');
    const store = eventStoreOver(database, { clock });
    const stream = freshStream();
    await store.append(freshStream(), sampleEvents(1), 0);
    const events = sampleEvents(1);
    database.pragma('query_only = ON');
    const outcomes = await Promise.allSettled([
      store.append(stream, events, 0),
      store.append(stream, sampleEvents(1), 0),
      store.append(stream, events, 0),
    ]);
    database.pragma('query_only = OFF');
    const codes = outcomes.map((outcome) => (outcome.status === 'rejected' ? outcome.reason.code : 'stored'));
    expect(codes).toEqual(['STORE_UNAVAILABLE', 'STORE_UNAVAILABLE', 'STORE_UNAVAILABLE']);
    expect((await store.append(stream, events, 0)).version).toBe(1);
    await store.close();
  });
});
