import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { instantAt } from '../src/domain/time';
import type { EventStore } from '../src/event-store/event-store';
import { openSqliteEventStore } from '../src/event-store/sqlite/sqlite-event-store';
import type { Prefix } from '../src/read-models/read-models';
import { foldPrefix } from '../src/read-models/sqlite/fold-prefix';
import { openSqliteReplayFile } from '../src/replay/sqlite/sqlite-replay-file';
import { writeReplay } from '../src/replay/write-replay';
import { type BenchRow, printBenchRows } from './bench-row';
import { recordPeople } from './people-log';

const FEW = 10_000;
const MANY = 4 * FEW;
const FACTS_EACH = 9;
const FIRST_MS = Date.parse('2020-01-01T00:00:00.000Z');
const NOW = instantAt(FIRST_MS + 86_400_000);
/** A million people in so many minutes of one processor, the events folded and every row written. */
const MOST_MINUTES = 60;
/** Four times the people may cost so much more memory, the caches of both files filled meanwhile. */
const MOST_GROWTH = 1.5;

interface Measured {
  readonly foldedPerSecond: number;
  readonly peoplePerSecond: number;
  readonly bytesPerPerson: number;
  readonly heapBytes: number;
}

/** The log folded into a file: how fast, and whether memory follows the number of people. */
export async function run(): Promise<BenchRow[]> {
  const few = await measure(FEW);
  const many = await measure(MANY);
  const minutes = (1e6 / many.peoplePerSecond + (1e6 * (1 + FACTS_EACH)) / many.foldedPerSecond) / 60;
  const growth = many.heapBytes / few.heapBytes;
  return [
    {
      name: `replay of a million people with ${FACTS_EACH} facts each, from ${MANY} of them`,
      value: minutes,
      unit: 'CPU minutes',
      limit: `≤ ${MOST_MINUTES}: ${Math.round(many.foldedPerSecond)} events folded, ${Math.round(many.peoplePerSecond)} people written a second; ${Math.round(many.bytesPerPerson)} bytes a person`,
      ratio: minutes / MOST_MINUTES,
      ok: minutes <= MOST_MINUTES,
    },
    {
      name: `heap of a replay of ${MANY} people`,
      value: many.heapBytes / 1e6,
      unit: 'MB',
      limit: `≤ ${MOST_GROWTH} x that of ${FEW}, ${(few.heapBytes / 1e6).toFixed(1)} MB`,
      ratio: growth / MOST_GROWTH,
      ok: growth <= MOST_GROWTH,
    },
  ];
}

async function measure(people: number): Promise<Measured> {
  const directory = mkdtempSync(join(tmpdir(), 'samtykke-bench-'));
  const store = openSqliteEventStore({ directory, clock: () => FIRST_MS });
  try {
    const events = await recordPeople(store, people, FACTS_EACH);
    return await replayed(store, await prefixOf(store, events), directory, people);
  } finally {
    await store.close();
    rmSync(directory, { recursive: true });
  }
}

async function prefixOf(store: EventStore, n: number): Promise<Prefix> {
  const position = await store.head();
  if (position === undefined) throw new Error('The log is empty.');
  return { n, position, clockMs: FIRST_MS };
}

async function replayed(store: EventStore, prefix: Prefix, directory: string, people: number): Promise<Measured> {
  const path = join(directory, 'replay.sqlite');
  const [folded, foldSeconds] = await timed(() => foldPrefix({ file: join(directory, 'fold.db'), store, prefix }));
  const file = openSqliteReplayFile(path);
  let heapBytes = 0;
  const place = { prefix, recordedAt: NOW, effectiveOn: undefined, settled: true, effectiveAt: () => NOW };
  const source = {
    readModels: folded.readModels,
    place,
    logId: 'bench',
    only: undefined,
    personal: undefined,
    textOf: async () => Buffer.from('Teksten'),
    madeAt: NOW,
    softwareVersion: 'bench',
    progress: (_: string, done: number) => {
      if (done % 2_500 !== 0) return;
      globalThis.gc?.();
      heapBytes = Math.max(heapBytes, process.memoryUsage().heapUsed);
    },
    signal: new AbortController().signal,
  };
  const [, writeSeconds] = await timed(async () => {
    await writeReplay(source, file);
    file.finish();
  });
  folded.close();
  return {
    foldedPerSecond: prefix.n / foldSeconds,
    peoplePerSecond: people / writeSeconds,
    bytesPerPerson: statSync(path).size / people,
    heapBytes,
  };
}

/** Processor seconds of this process: others may run beside it. */
async function timed<T>(work: () => Promise<T>): Promise<readonly [T, number]> {
  const before = process.cpuUsage();
  const result = await work();
  const { user, system } = process.cpuUsage(before);
  return [result, (user + system) / 1e6];
}

if (require.main === module) run().then(printBenchRows);
