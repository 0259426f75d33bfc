import { setTimeout as sleep } from 'node:timers/promises';
import { type EventStore, type Position, StoreUnavailable } from '../../src/event-store/event-store';
import { streamPattern } from '../../src/event-store/eventstoredb/stream-pattern';
import {
  collect,
  eventsOf,
  freshCategory,
  freshStream,
  idsOf,
  sampleEvents,
  watch,
  within,
} from '../support/event-store-samples';
import type { ReadFault } from '../support/eventstoredb-double-faults';
import type { DoubleLog, Proposed } from '../support/eventstoredb-double-log';
import { setUpDoubles } from '../support/eventstoredb-double-setup';

const given = setUpDoubles();

/** More than the streams that one HTTP/2 connection carries. */
const STREAMS_OF_A_CONNECTION = 100;

describe('a read that breaks', () => {
  test.each<ReadFault>(['unavailable', 'drop', 'not-ready', 'silent'])(
    'is taken up again where it broke, for every kind of read: %s',
    async (fault) => {
      const double = await given.double();
      const store = await given.store({ url: double.url });
      const category = freshCategory();
      const stream = freshStream(category);
      const events = sampleEvents(20);
      const { position } = await store.append(stream, events, 0);
      double.faults.reads = [fault];
      expect(idsOf(await collect(store.readStream(stream)))).toEqual(idsOf(events));
      double.faults.reads = [fault];
      expect(idsOf(await collect(store.readAll()))).toEqual(idsOf(events));
      double.faults.reads = [fault];
      expect(idsOf(await collect(store.readAll({ prefixes: [category] })))).toEqual(idsOf(events));
      double.faults.reads = [fault];
      expect(await store.head()).toBe(position);
    },
  );

  test('in the middle gives the rest, once', async () => {
    const double = await given.double();
    const store = await given.store({ url: double.url });
    const stream = freshStream();
    await store.append(stream, sampleEvents(2_000), 0);
    for (const read of [
      () => store.readStream(stream),
      () => store.readStream(stream, { backwards: true, limit: 1_990 }),
      () => store.readAll(),
      () => store.readAll({ prefixes: [stream] }),
    ]) {
      const versions: number[] = [];
      for await (const event of read()) {
        versions.push(event.version);
        if (versions.length % 700 === 0) {
          double.dropConnections();
          await sleep(20);
        }
      }
      const forwards = Array.from({ length: 2_000 }, (_, index) => index + 1);
      expect([forwards, forwards.toReversed().slice(0, 1_990)]).toContainEqual(versions);
    }
  });

  test('for longer than the window is unavailable', async () => {
    const double = await given.double();
    const store = await given.store({ url: double.url, retryWindowMs: 400 });
    await double.kill();
    await expect(collect(store.readStream(freshStream()))).rejects.toBeInstanceOf(StoreUnavailable);
    await expect(store.head()).rejects.toBeInstanceOf(StoreUnavailable);
  });

  test('is not one where the server searches long for what a filter admits, and says so', async () => {
    const double = await given.double();
    const store = await given.store({ url: double.url, answerLimitMs: 200 });
    const stream = freshStream();
    await store.append(freshStream(), sampleEvents(640), 0);
    await store.append(stream, sampleEvents(1), 0);
    double.faults.searchDelayMs = 50;
    expect(await collect(store.readAll({ prefixes: [stream] }))).toHaveLength(1);
    expect(given.notes).toEqual([]);
  });

  test('because the server hangs does not wait for the keep-alive', async () => {
    const double = await given.double();
    const store = await given.store({ url: double.url, retryWindowMs: 500, answerLimitMs: 200 });
    await store.append(freshStream(), sampleEvents(1), 0);
    double.freeze();
    const reads: (() => Promise<unknown>)[] = [
      () => collect(store.readAll()),
      () => collect(store.readStream(freshStream())),
      () => store.head(),
    ];
    for (const read of reads) {
      await expect(within(read(), 'an answer', 4_000)).rejects.toBeInstanceOf(StoreUnavailable);
    }
    double.thaw();
  });
});

describe('a reader that leaves early', () => {
  test('gives its stream back, however it read', async () => {
    const double = await given.double();
    const store = await given.store({ url: double.url });
    const category = freshCategory();
    const stream = freshStream(category);
    await store.append(stream, sampleEvents(500), 0);
    for (let round = 0; round < STREAMS_OF_A_CONNECTION + 20; round += 1) {
      for (const read of [store.readStream(stream), store.readAll(), store.readAll({ prefixes: [category] })]) {
        for await (const _ of read) {
          break;
        }
      }
      await watch(store, { prefixes: [category] }, () => true);
    }
    await sleep(100);
    expect(double.openReads()).toBe(0);
    expect(await collect(store.readStream(stream))).toHaveLength(500);
  }, 60_000);
});

describe('caught up', () => {
  test('is said after every event of the backlog has been taken, however slowly', async () => {
    const double = await given.double();
    const store = await given.store({ url: double.url });
    const category = freshCategory();
    await store.append(freshStream(category), sampleEvents(300), 0);
    let taken = 0;
    const stop = new AbortController();
    for await (const item of store.subscribe({ prefixes: [category], signal: stop.signal })) {
      if (item.kind === 'caught-up') {
        break;
      }
      taken += 1;
      if (taken > 200 && taken % 10 === 0) {
        await sleep(10);
      }
    }
    expect(taken).toBe(300);
  });
});

describe('a live subscription', () => {
  test('that the server cuts off as too slow goes on after the last event handled', async () => {
    const double = await given.double();
    const store = await given.store({ url: double.url });
    const { versions, done } = follow(store, 400);
    await store.append(versions.stream, sampleEvents(200), 0);
    await until(() => versions.seen.length > 100);
    double.cutSlowReaders();
    await store.append(versions.stream, sampleEvents(200), 200);
    double.cutSlowReaders();
    await within(done, 'all events');
    expect(versions.seen).toEqual(Array.from({ length: 400 }, (_, index) => index + 1));
  });

  test('outlives restarts of the server, without gap or duplicate', async () => {
    const double = await given.double();
    const store = await given.store({ url: double.url, retryWindowMs: 5_000 });
    const { versions, done } = follow(store, 50);
    for (let version = 0; version < 50; version += 10) {
      await store.append(versions.stream, sampleEvents(10), version);
      await double.kill();
      await sleep(50);
      await double.start();
    }
    await within(done, 'all events');
    expect(versions.seen).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
  });

  test('ends at once when aborted while the server is away', async () => {
    const double = await given.double();
    const store = await given.store({ url: double.url });
    const stop = new AbortController();
    const ended = collect(store.subscribe({ signal: stop.signal }));
    await sleep(100);
    await double.kill();
    await sleep(300);
    stop.abort();
    const asked = performance.now();
    await within(ended, 'the end', 2_000);
    expect(performance.now() - asked).toBeLessThan(1_000);
  });

  function follow(store: EventStore, count: number) {
    const versions = { stream: freshStream(), seen: [] as number[] };
    const signal = new AbortController().signal;
    const done = (async () => {
      for await (const item of store.subscribe({ prefixes: [versions.stream], signal })) {
        if (item.kind === 'event') {
          versions.seen.push(item.event.version);
        }
        if (versions.seen.length === count) {
          return;
        }
      }
    })();
    return { versions, done };
  }
});

describe('a position', () => {
  test('beyond the end of the log is an error at once, not a silent wait', async () => {
    const double = await given.double();
    const store = await given.store({ url: double.url });
    const { position } = await store.append(freshStream(), sampleEvents(1), 0);
    const after = String(Number(position) + 10_000) as Position;
    const refusal = { code: 'POSITION_NOT_IN_LOG', position: after };
    const signal = new AbortController().signal;
    await expect(within(collect(store.subscribe({ after, signal })), 'an error')).rejects.toMatchObject(refusal);
    await expect(collect(store.readAll({ after }))).rejects.toMatchObject(refusal);
    await expect(collect(store.readAll({ after, prefixes: ['x'] }))).rejects.toMatchObject(refusal);
  });

  test('between two records is an error at once', async () => {
    const double = await given.double();
    const store = await given.store({ url: double.url });
    const { position } = await store.append(freshStream(), sampleEvents(2), 0);
    const after = String(Number(position) - 1) as Position;
    await expect(collect(store.readAll({ after }))).rejects.toMatchObject({ code: 'POSITION_NOT_IN_LOG' });
    const signal = new AbortController().signal;
    await expect(collect(store.subscribe({ after, signal }))).rejects.toMatchObject({ code: 'POSITION_NOT_IN_LOG' });
  });

  test('and every other value that leaves the adapter can be written as JSON', async () => {
    const double = await given.double();
    const store = await given.store({ url: double.url });
    const stream = freshStream();
    const answer = await store.append(stream, sampleEvents(2), 0);
    const items = await watch(store, { prefixes: [stream] }, (some) => some.length === 3);
    expect(JSON.parse(JSON.stringify({ answer, items }))).toEqual({ answer, items });
    expect(answer.position).toMatch(/^\d+$/);
  });
});

describe('streams of the database itself', () => {
  test('are never delivered, whatever their events are called and whoever asks for them', async () => {
    const double = await given.double();
    const store = await given.store({ url: double.url });
    const stream = freshStream();
    writeAs(double.log, '$ce-policy', 'PolicyCreated');
    const { position } = await store.append(stream, sampleEvents(1), 0);
    double.log.setMetadata(stream, { $cacheControl: 5 });
    writeAs(double.log, '$ce-policy', 'PolicyCreated');
    expect((await collect(store.readAll())).map((event) => event.stream)).toEqual([stream]);
    expect(await collect(store.readAll({ prefixes: ['$', '$ce-', '$$'] }))).toEqual([]);
    expect(await store.head()).toBe(position);
    expect(await store.head(['$ce-'])).toBeUndefined();
    const items = await watch(store, {}, (some) => some.at(-1)?.kind === 'caught-up');
    expect(eventsOf(items).map((event) => event.stream)).toEqual([stream]);
  });

  test('do not hide the head, however many records they hold after it', async () => {
    const double = await given.double();
    const store = await given.store({ url: double.url });
    const { position } = await store.append(freshStream(), sampleEvents(3), 0);
    for (let count = 0; count < 1_500; count += 1) {
      writeAs(double.log, '$stats-127', 'Stats');
    }
    expect(await store.head()).toBe(position);
    expect(await store.head([freshCategory()])).toBeUndefined();
  });
});

describe("somebody else's events", () => {
  test.each<[string, Partial<Proposed>, object]>([
    ['bytes', { contentType: 'application/octet-stream', data: Buffer.from([0, 255]) }, { $base64: 'AP8=' }],
    ['a JSON list', { data: Buffer.from('[1]') }, { $json: '[1]' }],
    ['broken JSON', { data: Buffer.from('{"a":') }, { $json: '"{\\"a\\":"' }],
  ])('do not stop the log: %s', async (_, event, data) => {
    const double = await given.double();
    const store = await given.store({ url: double.url });
    writeAs(double.log, 'orders-1', 'OrderPlaced', event);
    expect(await collect(store.readAll())).toMatchObject([{ stream: 'orders-1', data, metadata: {} }]);
  });
});

describe('the pattern of prefixes', () => {
  test('means each prefix literally and knows no language', () => {
    const texts = ['policy-1', 'policyx-1', 'kaar-1', '.*', 'a+b', '(', '\\d', 'å-1'];
    for (const prefix of texts) {
      const pattern = new RegExp(streamPattern([prefix]));
      expect(texts.filter((text) => pattern.test(text))).toEqual(texts.filter((text) => text.startsWith(prefix)));
    }
    expect(new RegExp(streamPattern(['ka'])).test('kaar-1')).toBe(true);
    expect(new RegExp(streamPattern(['x', 'kaa'])).test('kaar-1')).toBe(true);
  });
});

function writeAs(log: DoubleLog, stream: string, type: string, event: Partial<Proposed> = {}): void {
  const ordinary = { contentType: 'application/json', data: Buffer.from('{}'), metadata: Buffer.alloc(0) };
  log.write(stream, 'any', [{ id: crypto.randomUUID(), type, ...ordinary, ...event }]);
  log.tell();
}

async function until(isTrue: () => boolean): Promise<void> {
  for (let waitedMs = 0; !isTrue() && waitedMs < 10_000; waitedMs += 5) {
    await sleep(5);
  }
}
