import { type NewEvent, WrongExpectedVersion } from '../../src/event-store/event-store';
import {
  collect,
  freshCategory,
  freshStream,
  idsOf,
  type StoreInUse,
  sampleEvent,
  sampleEvents,
} from '../support/event-store-samples';

const RACING_WRITERS = 50;
const REPEATED_SENDS = 10;

/** Appending: the expected version, and the answer that stays the same however often it is asked for. */
export function appendContract(store: StoreInUse): void {
  describe('append', () => {
    test('a first append answers with the number of events and the position of the last', async () => {
      const stream = freshStream();
      const answer = await store().append(stream, sampleEvents(3), 0);
      const stored = await collect(store().readStream(stream));
      expect(answer).toEqual({ version: 3, position: stored[2]?.position });
    });

    test('an append at the version the writer saw goes on from there', async () => {
      const stream = freshStream();
      const first = await store().append(stream, sampleEvents(2), 0);
      const second = await store().append(stream, sampleEvents(1), 2);
      expect(second.version).toBe(3);
      expect(store().comparePositions(first.position, second.position)).toBeLessThan(0);
    });

    test.each([
      ['too few', 1],
      ['none', 0],
      ['too many', 7],
    ])('an append that expects %s of two events is refused and writes nothing', async (_, expected) => {
      const stream = freshStream();
      const events = sampleEvents(2);
      await store().append(stream, events, 0);
      const refusal = await store()
        .append(stream, sampleEvents(1), expected)
        .catch((error: unknown) => error);
      expect(refusal).toBeInstanceOf(WrongExpectedVersion);
      expect(refusal).toMatchObject({ code: 'WRONG_EXPECTED_VERSION', stream, expected, actual: 2 });
      expect(idsOf(await collect(store().readStream(stream)))).toEqual(idsOf(events));
    });

    test('an append that expects events in an absent stream is refused with none as the actual number', async () => {
      const stream = freshStream();
      await expect(store().append(stream, sampleEvents(1), 1)).rejects.toMatchObject({ expected: 1, actual: 0 });
      expect(await collect(store().readStream(stream))).toEqual([]);
    });

    test(`of ${RACING_WRITERS} writers that saw the same version exactly one wins`, async () => {
      const stream = freshStream();
      await store().append(stream, sampleEvents(1), 0);
      const attempts = Array.from({ length: RACING_WRITERS }, () => sampleEvents(2));
      const outcomes = await Promise.allSettled(attempts.map((events) => store().append(stream, events, 1)));
      const winners = attempts.filter((_, index) => outcomes[index]?.status === 'fulfilled');
      const losses = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
      expect(winners).toHaveLength(1);
      expect(losses.every((loss) => loss instanceof WrongExpectedVersion && loss.actual === 3)).toBe(true);
      const stored = await collect(store().readStream(stream, { from: 2 }));
      expect(idsOf(stored)).toEqual(idsOf(winners.flat()));
    });

    test('many streams written at once each get their own events', async () => {
      const category = freshCategory();
      const writes = Array.from({ length: 100 }, () => ({ stream: freshStream(category), events: sampleEvents(3) }));
      const answers = await Promise.all(writes.map(({ stream, events }) => store().append(stream, events, 0)));
      expect(answers.every((answer) => answer.version === 3)).toBe(true);
      for (const { stream, events } of writes) {
        expect(idsOf(await collect(store().readStream(stream)))).toEqual(idsOf(events));
      }
      expect(await collect(store().readAll({ prefixes: [`${category}-`] }))).toHaveLength(300);
    });
  });

  describe('append again', () => {
    test('the same ids at the same expectation are answered as the first time and nothing is written', async () => {
      const stream = freshStream();
      const events = sampleEvents(3);
      const first = await store().append(stream, events, 0);
      expect(await store().append(stream, events, 0)).toEqual(first);
      expect(await store().append(stream, events, 0)).toEqual(first);
      expect(await collect(store().readStream(stream))).toHaveLength(3);
    });

    test('the answer stays the same after later appends to the stream', async () => {
      const stream = freshStream();
      const events = sampleEvents(2);
      const base = await store().append(stream, sampleEvents(1), 0);
      const first = await store().append(stream, events, base.version);
      await store().append(stream, sampleEvents(4), 3);
      expect(await store().append(stream, events, base.version)).toEqual(first);
      expect(await collect(store().readStream(stream))).toHaveLength(7);
    });

    test('a writer that lost its answer and sends again, many times at once, has written once', async () => {
      const stream = freshStream();
      const events = sampleEvents(2);
      const sends = Array.from({ length: REPEATED_SENDS }, () => store().append(stream, events, 0));
      const answers = await Promise.all(sends);
      expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
      expect(idsOf(await collect(store().readStream(stream)))).toEqual(idsOf(events));
    });

    test('the same ids with other data answer as the first time and leave the first data', async () => {
      const stream = freshStream();
      const event = sampleEvent({ colour: 'green' });
      const first = await store().append(stream, [event], 0);
      expect(await store().append(stream, [{ ...event, data: { colour: 'red' } }], 0)).toEqual(first);
      expect((await collect(store().readStream(stream)))[0]?.data).toEqual({ colour: 'green' });
    });

    test.each<[string, (events: NewEvent[]) => NewEvent[]]>([
      ['in another order', (events) => events.toReversed()],
      ['with the last replaced', (events) => [...events.slice(0, -1), sampleEvent()]],
      ['with the first replaced', (events) => [sampleEvent(), ...events.slice(1)]],
      ['with one more behind', (events) => [...events, sampleEvent()]],
    ])('stored ids sent again %s are refused and nothing is written', async (_, change) => {
      const stream = freshStream();
      const events = sampleEvents(3);
      await store().append(stream, events, 0);
      const refusal = await store()
        .append(stream, change(events), 0)
        .catch((error: unknown) => error);
      expect(refusal).toBeInstanceOf(WrongExpectedVersion);
      expect(refusal).toMatchObject({ expected: 0, actual: 3 });
      expect(idsOf(await collect(store().readStream(stream)))).toEqual(idsOf(events));
    });

    test('the same ids at another expectation that does not fit are refused', async () => {
      const stream = freshStream();
      const events = sampleEvents(2);
      await store().append(stream, events, 0);
      await store().append(stream, sampleEvents(1), 2);
      await expect(store().append(stream, events, 1)).rejects.toBeInstanceOf(WrongExpectedVersion);
      expect(await collect(store().readStream(stream))).toHaveLength(3);
    });

    test('the same id in another stream is an event of its own', async () => {
      const event = sampleEvent();
      const [one, other] = [freshStream(), freshStream()];
      await store().append(one, [event], 0);
      await store().append(other, [event], 0);
      const [first] = await collect(store().readStream(one));
      const [second] = await collect(store().readStream(other));
      expect([first?.id, second?.id]).toEqual([event.id, event.id]);
      expect(first?.position).not.toBe(second?.position);
    });
  });
}
