import { setTimeout as delay } from 'node:timers/promises';
import { openSqliteEventStore } from '../../src/event-store/sqlite/sqlite-event-store';
import { stormEvent, stormEvents, stormStream, storms } from '../support/append-storm';
import { collect } from '../support/event-store-samples';
import { emptyDirectories } from '../support/sqlite-log-files';

const soak = process.env.SOAK === '1';
const KILLS = soak ? 60 : 20;
const WRITERS = 8;
/** Longest time between the first append of a process and its end. */
const MAX_RUN_MS = soak ? 400 : 80;
const SEED = Number(process.env.TEST_SEED ?? Math.floor(Math.random() * 2 ** 31));

describe('SIGKILL under load', () => {
  const emptyDirectory = emptyDirectories();
  const startStorm = storms();

  test(
    `after ${KILLS} kills every acknowledged append is there once, none is invented, and positions have no gap (seed ${SEED})`,
    async () => {
      const directory = emptyDirectory();
      const random = randomNumbers(SEED);
      let known: ReadonlyMap<string, number> = new Map();
      for (let kill = 0; kill < KILLS; kill += 1) {
        const storm = startStorm(directory, { writers: WRITERS });
        await storm.untilLines(2);
        await delay(random() * MAX_RUN_MS);
        await storm.kill();
        const acknowledged = new Map(known);
        for (const line of storm.lines.slice(1)) {
          const [stream = '', version] = line.split(' ');
          expect(Number(version)).toBeGreaterThan(acknowledged.get(stream) ?? 0);
          acknowledged.set(stream, Number(version));
        }
        known = await checkLog(directory, acknowledged);
      }
      expect(known.size).toBe(WRITERS);
    },
    soak ? 900_000 : 120_000,
  );
});

/**
 * Compares the log with what was sent and answered, and returns the versions it holds, which it must keep from here on.
 * It opens the log at once, so that a lock that outlives its process is a failure too.
 */
async function checkLog(directory: string, acknowledged: ReadonlyMap<string, number>): Promise<Map<string, number>> {
  const store = openSqliteEventStore({ directory, clock: Date.now });
  const log = await collect(store.readAll());
  await store.close();
  const writers = new Map(Array.from({ length: WRITERS }, (_, writer) => [stormStream(writer), writer]));
  const versions = new Map<string, number>();
  log.forEach(({ position, stream, version, id, type, data, metadata }, index) => {
    const place = { position: String(index + 1), version: (versions.get(stream) ?? 0) + 1 };
    const sent = JSON.stringify([place, stormEvent(writers.get(stream) ?? -1, version)]);
    // Compared as text: there are many thousands of events.
    const found = JSON.stringify([
      { position, version },
      { id, type, data, metadata },
    ]);
    if (found !== sent) {
      throw new Error(`Place ${index + 1} of the log holds ${found.slice(0, 300)}`);
    }
    versions.set(stream, version);
  });
  for (const [stream, writer] of writers) {
    // Beyond the last answer there is at most the one append that was under way, and that whole.
    const answered = acknowledged.get(stream) ?? 0;
    expect([answered, answered + stormEvents(writer, answered).length]).toContain(versions.get(stream) ?? 0);
  }
  return versions;
}

/** Numbers from 0 to 1 that a seed gives again (mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
