/**
 * Durable appends to the SQLite store by 1, 8 and 64 waiting writers.
 *
 *   npx tsc -p tsconfig.bench.json; node node_modules/.cache/bench/bench/append.js
 *
 * The yardstick is what the disk itself needs to keep 4 KiB: a loop that writes them at the end of a file and calls
 * fdatasync. Yardstick, store and store at synchronous=NORMAL take turns, and the rows are medians over the rounds, so
 * that what else the machine does falls on all of them. Runs in the current directory's disk, not in memory.
 */
import { randomUUID } from 'node:crypto';
import { closeSync, fdatasyncSync, mkdirSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { EventStore, NewEvent } from '../src/event-store/event-store';
import { openLogDatabase } from '../src/event-store/sqlite/log-database';
import { eventStoreOver, LOG_FILE } from '../src/event-store/sqlite/sqlite-event-store';
import { type BenchRow, median, printBenchRows } from './bench-row';

const ROUNDS = 7;
const SYNCS = 1_000;
const SYNC_BYTES = 4_096;
/** Appends of each measurement, after a tenth of them as a warm-up. */
const APPENDS = { 1: 2_000, 8: 8_000, 64: 64_000 };
type Writers = keyof typeof APPENDS;

const LEAST_TO_SYNC_RATE = 2.5;
const LEAST_TO_NORMAL = 0.85;
const MOST_TO_SYNC_P50 = 2;

interface Speed {
  readonly perSecond: number;
  readonly p50Ms: number;
}

export async function run(): Promise<BenchRow[]> {
  const cache = join(process.cwd(), 'node_modules', '.cache');
  mkdirSync(cache, { recursive: true });
  const directory = mkdtempSync(join(cache, 'bench-append-'));
  const syncs: Speed[] = [];
  const full: Record<Writers, Speed[]> = { 1: [], 8: [], 64: [] };
  const normal: Speed[] = [];
  try {
    for (let round = 0; round < ROUNDS; round += 1) {
      syncs.push(syncLoop(directory));
      full[1].push(await appends(directory, 'FULL', 1));
      syncs.push(syncLoop(directory));
      full[8].push(await appends(directory, 'FULL', 8));
      // By turns, since the second of two is a little warmer.
      const order = round % 2 === 0 ? (['FULL', 'NORMAL'] as const) : (['NORMAL', 'FULL'] as const);
      for (const synchronous of order) {
        const speeds = synchronous === 'FULL' ? full[64] : normal;
        speeds.push(await appends(directory, synchronous, 64));
      }
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
  return rowsOf(syncs, full, normal);
}

function rowsOf(
  syncs: readonly Speed[],
  full: Record<Writers, readonly Speed[]>,
  normal: readonly Speed[],
): BenchRow[] {
  const rate = (speeds: readonly Speed[]) => median(speeds.map((speed) => speed.perSecond));
  const p50 = (speeds: readonly Speed[]) => median(speeds.map((speed) => speed.p50Ms));
  const syncRate = rate(syncs);
  const atLeast = (name: string, writers: Writers, reference: number, least: number, of: string): BenchRow => {
    const value = rate(full[writers]);
    const ratio = value / reference;
    const limit = `≥ ${least} x ${reference.toFixed(0)} ${of}`;
    return { name, value, unit: 'acks/s', limit, ratio, ok: ratio >= least };
  };
  const single = p50(full[1]) / p50(syncs);
  return [
    {
      name: 'append, 1 writer, p50',
      value: p50(full[1]) * 1_000,
      unit: 'µs',
      limit: `≤ ${MOST_TO_SYNC_P50} x ${(p50(syncs) * 1_000).toFixed(1)} µs (4 KiB fdatasync)`,
      ratio: single,
      ok: single <= MOST_TO_SYNC_P50,
    },
    atLeast('append, 1 writer', 1, syncRate, 0, 'fdatasync/s'),
    atLeast('append, 8 writers', 8, syncRate, 0, 'fdatasync/s'),
    atLeast('append, 64 writers', 64, syncRate, LEAST_TO_SYNC_RATE, 'fdatasync/s'),
    atLeast('append, 64 writers, to NORMAL', 64, rate(normal), LEAST_TO_NORMAL, 'acks/s at NORMAL'),
  ];
}

function syncLoop(directory: string): Speed {
  const path = join(directory, 'yardstick');
  const file = openSync(path, 'w');
  const bytes = Buffer.alloc(SYNC_BYTES, 1);
  const tookMs: number[] = [];
  const start = performance.now();
  for (let count = 0; count < SYNCS; count += 1) {
    const before = performance.now();
    writeSync(file, bytes);
    fdatasyncSync(file);
    tookMs.push(performance.now() - before);
  }
  const perSecond = (SYNCS * 1_000) / (performance.now() - start);
  closeSync(file);
  rmSync(path);
  return { perSecond, p50Ms: median(tookMs) };
}

async function appends(directory: string, synchronous: 'FULL' | 'NORMAL', writers: Writers): Promise<Speed> {
  const log = mkdtempSync(join(directory, 'log-'));
  const database = openLogDatabase(join(log, LOG_FILE));
  database.pragma(`synchronous = ${synchronous}`);
  const store = eventStoreOver(database, { clock: Date.now });
  const perWriter = APPENDS[writers] / writers;
  const streams = Array.from({ length: writers }, () => `bench-${randomUUID()}`);
  const warmUp = Math.ceil(perWriter / 10);
  const tookMs: number[] = [];
  await Promise.all(streams.map((stream) => write(store, stream, 0, warmUp, [])));
  const start = performance.now();
  await Promise.all(streams.map((stream) => write(store, stream, warmUp, perWriter, tookMs)));
  const perSecond = (APPENDS[writers] * 1_000) / (performance.now() - start);
  await store.close();
  rmSync(log, { recursive: true });
  return { perSecond, p50Ms: median(tookMs) };
}

/** One writer: sends its next event when the one before is acknowledged. */
async function write(store: EventStore, stream: string, seen: number, count: number, tookMs: number[]): Promise<void> {
  for (let version = seen; version < seen + count; version += 1) {
    const before = performance.now();
    await store.append(stream, [sampleFact()], version);
    tookMs.push(performance.now() - before);
  }
}

const PEOPLE = Array.from({ length: 6 }, () => randomUUID());

/** An event of about the size of a consent: 180 bytes of data, 300 of metadata. */
function sampleFact(): NewEvent {
  const [policyId, subjectId, correlation, causation, actor, tenant] = PEOPLE;
  const data = { policyId: policyId ?? '', subjectId: subjectId ?? '', locale: 'nb', text: 'x'.repeat(60) };
  const chain = { $correlationId: correlation ?? '', $causationId: causation ?? '', commandId: randomUUID() };
  const metadata = { ...chain, actor: actor ?? '', tenant: tenant ?? '', schemaVersion: 1 };
  return { id: randomUUID(), type: 'SampleRecorded', data, metadata };
}

if (require.main === module) {
  run().then(printBenchRows, (error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  });
}
