import type { EventStore } from '../../src/event-store/event-store';
import { collect, freshStream, type StoreInUse, sampleEvents, within } from '../support/event-store-samples';
import { appendContract } from './event-store-append.contract';
import { limitsContract } from './event-store-limits.contract';
import { modelContract } from './event-store-model.contract';
import { readContract } from './event-store-read.contract';
import { subscribeContract } from './event-store-subscribe.contract';

/**
 * What every implementation of the event store port does, told as tests.
 *
 * The suite knows no adapter and takes no options. It opens one store at a time, assumes no empty log, writes under
 * random stream names only and stops no server, so that it can run against a log that others use. Restarts, kills,
 * dropped connections and reopened files are tested by each adapter on its own.
 */
export function eventStoreContract(
  name: string,
  open: () => Promise<{ store: EventStore; close(): Promise<void> }>,
): void {
  describe(`event store: ${name}`, () => {
    describe('open', () => {
      let opened: Awaited<ReturnType<typeof open>> | undefined;
      const store: StoreInUse = () => {
        if (opened === undefined) {
          throw new Error('The store is not open.');
        }
        return opened.store;
      };
      beforeAll(async () => {
        opened = await open();
      });
      afterAll(async () => {
        await opened?.close();
      });

      appendContract(store);
      limitsContract(store);
      readContract(store);
      subscribeContract(store);
      modelContract(store);
    });

    describe('closing', () => {
      closingContract(open);
    });
  });
}

function closingContract(open: () => Promise<{ store: EventStore; close(): Promise<void> }>): void {
  test('appends under way when the store closes are all answered', async () => {
    const { store, close } = await open();
    const answers = Promise.all(Array.from({ length: 20 }, () => store.append(freshStream(), sampleEvents(2), 0)));
    await store.close();
    expect((await answers).every((answer) => answer.version === 2)).toBe(true);
    await close();
  });

  test('a closed store refuses appends, reads and heads as unavailable', async () => {
    const { store, close } = await open();
    await store.close();
    const unavailable = { code: 'STORE_UNAVAILABLE' };
    await expect(store.append(freshStream(), sampleEvents(1), 0)).rejects.toMatchObject(unavailable);
    await expect(collect(store.readStream(freshStream()))).rejects.toMatchObject(unavailable);
    await expect(collect(store.readAll({ limit: 1 }))).rejects.toMatchObject(unavailable);
    await expect(store.head()).rejects.toMatchObject(unavailable);
    await close();
  });

  test('a subscription waiting when the store closes fails as unavailable', async () => {
    const { store, close } = await open();
    const prefixes = [freshStream()];
    const waiting = collect(store.subscribe({ prefixes, signal: new AbortController().signal }));
    const outcome = expect(within(waiting, 'the subscription')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await store.append(freshStream(), sampleEvents(1), 0);
    await store.close();
    await outcome;
    await close();
  });

  test('closing twice is closing once', async () => {
    const { store, close } = await open();
    await Promise.all([store.close(), store.close()]);
    await store.close();
    await close();
  });
}
