import { join } from 'node:path';
import type { AppendSink, StatementDoor, WrittenEvent } from '../../src/event-store/append-sink';
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

type Handed = WrittenEvent & { readonly position: string };

/** Remembers what it is handed, marks it with its id, and throws where it is told to. */
function sinkInto(handed: Handed[], refuse: (event: WrittenEvent) => boolean = () => false, fault?: Error) {
  let marked: WrittenEvent | undefined;
  return (): AppendSink => ({
    mark: (event) => {
      if (refuse(event)) throw fault;
      marked = event;
      return Buffer.from(event.id);
    },
    written: (place) => {
      if (marked !== undefined) handed.push({ ...marked, position: String(place) });
      marked = undefined;
    },
    forget: () => undefined,
    close: () => undefined,
  });
}

describe('what is kept in step with the log', () => {
  const emptyDirectory = emptyDirectories();

  test('is handed the events as they will be read, once each, in log order', async () => {
    const handed: Handed[] = [];
    const store = openSqliteEventStore({ clock, sink: sinkInto(handed) });
    const stream = freshStream();
    const events = [sampleEvent({ text: 'æ\ud800' }), sampleEvent()];
    await store.append(stream, events, 0);
    await store.append(stream, events, 0);
    await Promise.all([1, 2, 3].map(() => store.append(freshStream(), sampleEvents(2), 0)));
    await store.append(stream, sampleEvents(1), 0).catch(() => undefined);
    const read = (await collect(store.readAll())).map(({ data, metadata, ...event }) => ({
      ...event,
      data: JSON.stringify(data),
      metadata: JSON.stringify(metadata),
    }));
    expect(handed).toEqual(read);
    await store.close();
  });

  test('rejects, where it throws, one append alone, with what it threw, and leaves no trace of it', async () => {
    const fault = new Error('the tree does not fit');
    const store = openSqliteEventStore({ clock, sink: sinkInto([], ({ type }) => type === 'Unwelcome', fault) });
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

  test('does not spoil the names that an append was first to use which it rejected', async () => {
    let throwing = true;
    const store = openSqliteEventStore({ clock, sink: sinkInto([], () => throwing, new Error('not now')) });
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

  test('has its place before anybody hears of the append', async () => {
    const order: string[] = [];
    const sink: AppendSink = {
      mark: () => Buffer.of(1),
      written: () => void order.push('sink'),
      forget: () => undefined,
      close: () => undefined,
    };
    const store = openSqliteEventStore({ clock, sink: () => sink });
    const stream = freshStream();
    const watching = watch(store, { prefixes: [stream] }, (items) => items.some((item) => item.kind === 'event'));
    const heard = watching.then(() => order.push('subscriber'));
    await store.append(stream, sampleEvents(1), 0).then(() => order.push('writer'));
    await heard;
    expect(order[0]).toBe('sink');
    expect(order).toHaveLength(3);
    await store.close();
  });

  test('writes where the events are written, and is undone with them', async () => {
    const counted = (door: StatementDoor): AppendSink & { count(): unknown } => {
      door.exec('CREATE TABLE IF NOT EXISTS told (id TEXT NOT NULL, size BLOB NOT NULL) STRICT');
      const insert = door.prepare('INSERT INTO told VALUES (?, ?)');
      const count = door.prepare('SELECT count(*) AS count FROM told');
      return {
        mark: ({ id, type }) => {
          insert.run(id, Buffer.of(1));
          if (type === 'Unwelcome') throw new Error('unwelcome');
          return undefined;
        },
        written: () => undefined,
        forget: () => undefined,
        close: () => undefined,
        count: () => count.get()?.count,
      };
    };
    let told: ReturnType<typeof counted> | undefined;
    const store = openSqliteEventStore({
      clock,
      sink: (door) => {
        told = counted(door);
        return told;
      },
    });
    await Promise.allSettled([
      store.append(freshStream(), sampleEvents(2), 0),
      store.append(freshStream(), [sampleEvent({}, 'Unwelcome')], 0),
    ]);
    expect(told?.count()).toBe(2);
    await store.close();
  });

  test('that cannot be opened leaves the data directory free', async () => {
    const directory = emptyDirectory();
    const broken = (door: StatementDoor): AppendSink => {
      door.exec('CREATE TABLE');
      throw new Error('never reached');
    };
    expect(() => openSqliteEventStore({ directory, clock, sink: broken })).toThrow(
      expect.objectContaining({ code: 'STORE_UNAVAILABLE' }),
    );
    await openSqliteEventStore({ directory, clock }).close();
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
