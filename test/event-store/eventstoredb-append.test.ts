import { setTimeout as sleep } from 'node:timers/promises';
import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import { AppendTooLarge, StoreUnavailable, WrongExpectedVersion } from '../../src/event-store/event-store';
import { openDriverClient } from '../../src/event-store/eventstoredb/driver';
import { DriverFault } from '../../src/event-store/eventstoredb/driver-fault';
import { collect, freshStream, idsOf, sampleEvent, sampleEvents } from '../support/event-store-samples';
import type { AppendFault } from '../support/eventstoredb-double-faults';
import { setUpDoubles } from '../support/eventstoredb-double-setup';

const given = setUpDoubles();

describe('an append whose outcome is unknown', () => {
  test.each<AppendFault>([
    'drop-before',
    'drop-after',
    'not-ready',
    'busy',
    'no-leader',
    'unavailable',
    'not-leader',
    'forget',
    'ignore',
    'unintelligible',
  ])('is sent again with the same ids and expectation until it is known: %s', async (fault) => {
    const double = await given.double();
    const store = await given.store({ url: double.url });
    const stream = freshStream();
    await store.append(stream, sampleEvents(1), 0);
    const events = sampleEvents(2);
    double.faults.appends = [fault, fault];
    const { version } = await store.append(stream, events, 1);
    expect(version).toBe(3);
    expect(idsOf(await collect(store.readStream(stream, { from: 2 })))).toEqual(idsOf(events));
    expect(double.log.records.filter((record) => record.stream === stream)).toHaveLength(3);
  });

  test('of 64 writers whose connection breaks ten times, each is stored once and none fails', async () => {
    const double = await given.double();
    const store = await given.store({ url: double.url });
    const stop = new AbortController();
    const breaking = (async () => {
      for (let round = 0; round < 10; round += 1) {
        await sleep(30);
        double.dropConnections();
      }
      stop.abort();
    })();
    const writers = Array.from({ length: 64 }, async () => {
      const stream = freshStream();
      const ids: string[] = [];
      while (!stop.signal.aborted || ids.length === 0) {
        const [event] = sampleEvents(1);
        if (event !== undefined) {
          await store.append(stream, [event], ids.length);
          ids.push(event.id);
        }
      }
      return { stream, ids };
    });
    for (const { stream, ids } of await Promise.all(writers)) {
      expect(idsOf(await collect(store.readStream(stream)))).toEqual(ids);
    }
    await breaking;
  });

  test('is sent once when many ask for the same at once, and answered alike to each', async () => {
    const double = await given.double();
    const store = await given.store({ url: double.url });
    const [stream, events] = [freshStream(), sampleEvents(2)];
    double.faults.appends = ['none', 'unintelligible'];
    const answers = await Promise.all(Array.from({ length: 20 }, () => store.append(stream, events, 0)));
    expect(new Set(answers.map(({ version, position }) => `${version} ${position}`)).size).toBe(1);
    expect(double.faults.appends).toEqual(['unintelligible']);
    double.faults.appends = [];
    expect(await store.append(stream, events, 0)).toEqual(answers[0]);
    expect(idsOf(await collect(store.readStream(stream)))).toEqual(idsOf(events));
  });

  test('fails alike for all who asked for the same at once, and is sent anew afterwards', async () => {
    const double = await given.double();
    const store = await given.store({ url: double.url });
    const [stream, events] = [freshStream(), sampleEvents(1)];
    await store.append(stream, sampleEvents(1), 0);
    const asked = Array.from({ length: 5 }, () => store.append(stream, events, 2));
    for (const outcome of await Promise.allSettled(asked)) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { actual: 1 } });
    }
    await store.append(stream, sampleEvents(1), 1);
    expect((await store.append(stream, events, 2)).version).toBe(3);
  });

  test('is stored once and answered alike where two nodes send the same at once', async () => {
    const double = await given.double();
    const nodes = [await given.store({ url: double.url }), await given.store({ url: double.url })];
    const [stream, events] = [freshStream(), sampleEvents(2)];
    double.faults.storeDelayMs = 100;
    const answers = await Promise.all(nodes.map((node) => node.append(stream, events, 0)));
    expect(answers[1]).toEqual(answers[0]);
    expect(double.log.records.filter((record) => record.stream === stream)).toHaveLength(2);
  });

  test('waits out a server that is killed and comes back', async () => {
    const double = await given.double();
    const store = await given.store({ url: double.url });
    await double.kill();
    const answer = store.append(freshStream(), sampleEvents(1), 0);
    await sleep(300);
    double.faults.ready = false;
    await double.start();
    await sleep(200);
    double.faults.ready = true;
    expect((await answer).version).toBe(1);
  });

  test('ends as unavailable when the window has passed, and not before', async () => {
    const double = await given.double();
    const store = await given.store({ url: double.url, retryWindowMs: 400 });
    double.faults.ready = false;
    const asked = performance.now();
    await expect(store.append(freshStream(), sampleEvents(1), 0)).rejects.toBeInstanceOf(StoreUnavailable);
    const waited = performance.now() - asked;
    expect(waited).toBeGreaterThan(150);
    expect(waited).toBeLessThan(3_000);
  });

  test('ends as unavailable where a server takes connections and says nothing', async () => {
    const double = await given.double();
    const store = await given.store({ url: double.url, retryWindowMs: 600, answerLimitMs: 200 });
    double.freeze();
    await expect(store.append(freshStream(), sampleEvents(1), 0)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    double.thaw();
  });

  test('says once that the store is away and once that it is back', async () => {
    const double = await given.double();
    const store = await given.store({ url: double.url });
    double.faults.appends = Array<AppendFault>(10).fill('not-ready');
    await Promise.all(Array.from({ length: 5 }, () => store.append(freshStream(), sampleEvents(1), 0)));
    const messages = given.notes.map((note) => note.message);
    expect(messages.filter((message) => message.includes('does not answer'))).toHaveLength(1);
    expect(messages.filter((message) => message.includes('answers again'))).toHaveLength(1);
  });
});

describe('a definite answer', () => {
  test('of another writer is a conflict with the number of events', async () => {
    const double = await given.double();
    const store = await given.store({ url: double.url });
    const stream = freshStream();
    await store.append(stream, sampleEvents(3), 0);
    await expect(store.append(stream, sampleEvents(1), 1)).rejects.toEqual(new WrongExpectedVersion(stream, 1, 3));
    await expect(store.append(freshStream(), sampleEvents(1), 7)).rejects.toMatchObject({ actual: 0 });
  });

  test('of a tombstone says that the stream is gone for ever', async () => {
    const double = await given.double();
    const store = await given.store({ url: double.url });
    const stream = freshStream();
    await store.append(stream, sampleEvents(1), 0);
    double.log.tombstone(stream);
    await expect(store.append(stream, sampleEvents(1), 1)).rejects.toMatchObject({ code: 'STREAM_REMOVED', stream });
    await expect(collect(store.readStream(stream))).rejects.toMatchObject({ code: 'STREAM_REMOVED' });
  });

  test('of a deleted stream goes on with its numbers', async () => {
    const double = await given.double();
    const store = await given.store({ url: double.url });
    const stream = freshStream();
    await store.append(stream, sampleEvents(2), 0);
    double.log.softDelete(stream);
    expect(await collect(store.readStream(stream))).toEqual([]);
    expect((await store.append(stream, sampleEvents(1), 0)).version).toBe(3);
    expect((await collect(store.readStream(stream))).map((event) => event.version)).toEqual([3]);
  });

  test('that denies the right is unavailable at once', async () => {
    const double = await given.double();
    const store = await given.store({ url: double.url });
    const stream = freshStream();
    double.faults.denied.add(stream);
    const asked = performance.now();
    await expect(store.append(stream, sampleEvents(1), 0)).rejects.toBeInstanceOf(StoreUnavailable);
    expect(performance.now() - asked).toBeLessThan(1_000);
  });

  test('without a position is completed from the stream', async () => {
    const double = await given.double();
    const store = await given.store({ url: double.url });
    const stream = freshStream();
    const events = sampleEvents(2);
    const first = await store.append(stream, events, 0);
    await store.append(stream, sampleEvents(3), 2);
    double.log.forgetPositions = true;
    expect(await store.append(stream, events, 0)).toEqual(first);
  });

  test('without a position on a stream that has been deleted says that it is gone', async () => {
    const double = await given.double();
    const store = await given.store({ url: double.url });
    const stream = freshStream();
    const events = sampleEvents(2);
    await store.append(stream, events, 0);
    double.log.softDelete(stream);
    double.log.forgetPositions = true;
    await expect(store.append(stream, events, 0)).rejects.toMatchObject({ code: 'STREAM_REMOVED' });
  });
});

describe('what is sent', () => {
  test('always names the revision or the absence of the stream, never any', async () => {
    const double = await given.double();
    const store = await given.store({ url: double.url });
    const stream = freshStream();
    await store.append(stream, sampleEvents(2), 0);
    await store.append(stream, sampleEvents(1), 2);
    expect(double.log.expectations).toEqual(['no_stream', 1]);
  });

  test('is refused before it is sent when it is empty or too large', async () => {
    const double = await given.double();
    const store = await given.store({ url: double.url });
    const large = sampleEvent({ text: 'x'.repeat(1_000_001) });
    await expect(store.append(freshStream(), [], 0)).rejects.toBeInstanceOf(AppendTooLarge);
    await expect(store.append(freshStream(), [large], 0)).rejects.toBeInstanceOf(AppendTooLarge);
    expect(double.log.expectations).toEqual([]);
  });

  test('has twice the events on the server only when sent at another expectation that fits', async () => {
    const double = await given.double();
    const store = await given.store({ url: double.url });
    const stream = freshStream();
    const events = sampleEvents(1);
    await store.append(stream, events, 0);
    expect((await store.append(stream, events, 0)).version).toBe(1);
    expect((await store.append(stream, events, 1)).version).toBe(2);
  });

  test('goes to the leader that a follower names', async () => {
    const leader = await given.double();
    const follower = await given.double(leader.log);
    follower.faults.leader = { host: '127.0.0.1', port: leader.port };
    const store = await given.store({ url: follower.url });
    expect((await store.append(freshStream(), sampleEvents(1), 0)).version).toBe(1);
    expect(leader.connections()).toBeGreaterThan(0);
  });

  test('is taken by a server without batch append', async () => {
    const double = await given.double();
    double.faults.batchAppend = false;
    const store = await given.store({ url: double.url });
    const stream = freshStream();
    expect((await store.append(stream, sampleEvents(2), 0)).version).toBe(2);
    await expect(store.append(stream, sampleEvents(2), 0)).rejects.toMatchObject({ actual: 2 });
  });

  test('the server itself refuses as too large when our own limit is passed by', async () => {
    const double = await given.double();
    const client = openDriverClient(double.url);
    const data = { text: 'x'.repeat(1_100_000) };
    const request = {
      stream: freshStream(),
      expected: 0,
      events: [{ ...sampleEvent(), data, metadata: new Uint8Array() }],
    };
    await expect(client.append(request)).rejects.toEqual(new DriverFault('too-large', ''));
    await client.dispose();
  });
});

describe('the appending client', () => {
  test('is one for all stores of a process, with one connection', async () => {
    const double = await given.double();
    const stores = await Promise.all([1, 2, 3].map(() => given.store({ url: double.url })));
    await Promise.all(stores.map((store) => store.append(freshStream(), sampleEvents(1), 0)));
    const connectionsThatRead = 1;
    expect(double.connections()).toBe(1 + connectionsThatRead);
    await expect(given.store({ url: 'esdb://127.0.0.1:1?tls=false' })).rejects.toBeInstanceOf(TypeError);
  });

  test('has its appends stored once though another client of the process breaks', async () => {
    const [double, other] = [await given.double(), await given.double()];
    const store = await given.store({ url: double.url });
    const stranger = EventStoreDBClient.connectionString(other.url);
    other.faults.appends = ['ignore'];
    double.faults.appends = ['forget'];
    const lost = stranger.appendToStream('stranger-1', jsonEvent({ type: 'Lost', data: {} })).catch(() => undefined);
    const stream = freshStream();
    const answer = store.append(stream, sampleEvents(1), 0);
    await sleep(50);
    other.dropConnections();
    expect((await answer).version).toBe(1);
    await lost;
    await stranger.dispose();
    expect(double.log.expectations).toEqual(['no_stream', 'no_stream']);
    expect(await collect(store.readStream(stream))).toHaveLength(1);
  });

  test('is replaced when its discovery failed once, which it would remember for ever', async () => {
    const double = await given.double();
    const store = await given.store({ url: double.clusterUrl });
    await store.append(freshStream(), sampleEvents(1), 0);
    await double.kill();
    double.faults.gossip = 'unavailable';
    const answer = store.append(freshStream(), sampleEvents(1), 0);
    await sleep(400);
    await double.start();
    await sleep(200);
    double.faults.gossip = 'ok';
    expect((await answer).version).toBe(1);
    expect(given.notes.map((note) => note.message)).toContain('Replaced the connection to the event store.');
  });

  test('leaves no connection behind when the store closes', async () => {
    const double = await given.double();
    const store = await given.store({ url: double.url });
    await store.append(freshStream(), sampleEvents(1), 0);
    await collect(store.readAll());
    expect(double.connections()).toBeGreaterThan(0);
    await store.close();
    await sleep(100);
    expect(double.connections()).toBe(0);
  });
});
