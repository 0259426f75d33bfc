import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { type EventStore, WrongExpectedVersion } from '../../src/event-store/event-store';
import {
  collect,
  freshCategory,
  freshStream,
  idsOf,
  type StoreInUse,
  sampleEvents,
} from '../support/event-store-samples';

/** A step names its stream, how far off its expectation is, how many events it sends, and an earlier step to repeat. */
type Step = {
  readonly stream: number;
  readonly offset: number;
  readonly count: number;
  readonly repeat: number | null;
};

/** Set to the seed that a failure printed to run the same histories again. */
const SEED_VARIABLE = 'TEST_SEED';

/** Random histories of appends, conflicts and repeats, against lists in memory. */
export function modelContract(store: StoreInUse): void {
  test(
    'random histories of appends, conflicts and repeats leave what a list would',
    async () => {
      const seed = process.env[SEED_VARIABLE];
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), (steps) => agreesWithModel(store(), steps)),
        { numRuns: 40, ...(seed === undefined ? {} : { seed: Number(seed) }) },
      );
    },
    MODEL_LIMIT_MS,
  );
}

/** Forty histories over a network, on a machine that has other work. */
const MODEL_LIMIT_MS = 90_000;

const step: fc.Arbitrary<Step> = fc.record({
  stream: fc.integer({ min: 0, max: 2 }),
  offset: fc.constantFrom(0, 0, 0, 0, -1, 1),
  count: fc.integer({ min: 1, max: 4 }),
  repeat: fc.option(fc.nat({ max: 11 }), { freq: 3 }),
});

async function agreesWithModel(store: EventStore, steps: readonly Step[]): Promise<void> {
  const category = freshCategory();
  const streams = [0, 1, 2].map(() => ({ name: freshStream(category), ids: [] as string[] }));
  const log: string[] = [];
  const sent: { stream: (typeof streams)[number]; ids: string[]; expected: number }[] = [];
  for (const { stream, offset, count, repeat } of steps) {
    const target = streams[stream];
    const again = repeat === null ? undefined : sent[repeat];
    if (target === undefined) {
      continue;
    }
    const expected = Math.max(0, target.ids.length + offset);
    const request = again ?? { stream: target, ids: Array.from({ length: count }, () => randomUUID()), expected };
    sent.push(request);
    const held = request.stream.ids;
    const stored = held.slice(request.expected, request.expected + request.ids.length).join() === request.ids.join();
    const fits = held.length === request.expected;
    const events = sampleEvents(request.ids.length).map((event, index) => ({ ...event, id: request.ids[index] ?? '' }));
    const outcome = await store.append(request.stream.name, events, request.expected).catch((error: unknown) => error);
    if (stored || fits) {
      expect(outcome).toMatchObject({ version: request.expected + request.ids.length });
    } else {
      expect(outcome).toBeInstanceOf(WrongExpectedVersion);
      expect(outcome).toMatchObject({ actual: held.length });
    }
    if (fits && !stored) {
      held.push(...request.ids);
      log.push(...request.ids);
    }
  }
  for (const { name, ids } of streams) {
    expect(idsOf(await collect(store.readStream(name)))).toEqual(ids);
    expect(idsOf(await collect(store.readStream(name, { backwards: true })))).toEqual(ids.toReversed());
  }
  expect(idsOf(await collect(store.readAll({ prefixes: [`${category}-`] })))).toEqual(log);
}
