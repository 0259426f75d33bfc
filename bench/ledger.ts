/**
 * What the ledger adds to an append: the same 64 writers to the SQLite store with the tree and without; and to a command,
 * which is how everything comes into the log.
 *
 *   npx tsc -p tsconfig.bench.json; node node_modules/.cache/bench/bench/ledger.js
 *
 * Both take turns, each first as often as the other, and every pair of rounds gives a ratio of its own; the rows are
 * medians of those, so that what else the machine does falls on both. Processor time is that of the whole process,
 * writers included; throughput counts the disk's syncs as well. One row sets what the ledger takes beside what SHA-256
 * alone takes through the runtime, over as many bytes: of a record, a leaf and an inner node for each event (rule L1).
 */
import { hash, randomBytes, randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { EventStore, NewEvent } from '../src/event-store/event-store';
import { LOG_FILE, openSqliteEventStore } from '../src/event-store/sqlite/sqlite-event-store';
import { eventRecord, LEAF_BYTES } from '../src/ledger/leaf';
import { consistencyProof, inclusionProof, rootOf } from '../src/ledger/merkle-tree';
import { type LedgerTables, openLedgerTables } from '../src/ledger/sqlite/ledger-tables';
import { type BenchRow, median, printBenchRows } from './bench-row';
import { costOfCommand } from './ledger-commands';

const ROUNDS = 15;
const WRITERS = 64;
const MANY: Load = { writers: WRITERS, appends: 48_000, warmUp: 4_800 };
/** Alone, an append waits for the disk by itself, as most of a quiet day's do. */
const ONE: Load = { writers: 1, appends: 4_000, warmUp: 400 };
const PROOFS = 300;

/** Share of an append's cost that may be the ledger's. */
const MOST_SHARE = 1.1;
/** Bytes on disk, to bytes of data and metadata. */
const MOST_DISK = 1.45;
const MOST_PROOF_MS = 5;

interface Load {
  readonly writers: number;
  readonly appends: number;
  readonly warmUp: number;
}

interface Cost {
  readonly cpuUs: number;
  readonly perSecond: number;
  readonly disk: number;
  readonly proofMs: number;
}

export async function run(): Promise<BenchRow[]> {
  const cache = join(process.cwd(), 'node_modules', '.cache');
  mkdirSync(cache, { recursive: true });
  const directory = mkdtempSync(join(cache, 'bench-ledger-'));
  const bare: Cost[] = [];
  const kept: Cost[] = [];
  const alone: { bare: Cost[]; kept: Cost[] } = { bare: [], kept: [] };
  const commands: Commands = { bare: [], kept: [] };
  const hashing: number[] = [];
  try {
    for (let round = 0; round < ROUNDS; round += 1) {
      const order = round % 2 === 0 ? [bare, kept] : [kept, bare];
      for (const costs of order) {
        const withLedger = costs === kept;
        costs.push(await appends(directory, withLedger, MANY));
        alone[withLedger ? 'kept' : 'bare'].push(await appends(directory, withLedger, ONE));
      }
      hashing.push(costOfHashing(MANY.appends));
      for (const costs of order) {
        commands[costs === kept ? 'kept' : 'bare'].push(await costOfCommand(directory, costs === kept));
      }
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
  return [...rowsOf(bare, kept), hashingRow(bare, kept, hashing), aloneRow(alone), commandRow(commands)];
}

/** Processor time, in microseconds, of the hashes that an event cannot do without, made of bytes that are there already. */
function costOfHashing(events: number): number {
  const { data, metadata, ...event } = sampleConsent(randomBytes(32).toString('base64url'));
  const texts = { data: JSON.stringify(data), metadata: JSON.stringify(metadata) };
  payloadBytes = 0;
  const stored = { ...event, ...texts, stream: `bench-${randomUUID()}`, version: 1, recordedAt: Date.now() };
  const record = Buffer.from(eventRecord(stored));
  const node = Buffer.alloc(1 + LEAF_BYTES);
  const cpu = process.cpuUsage();
  for (let count = 0; count < events; count += 1) {
    for (const input of [record, node, node]) hash('sha256', input, 'binary');
  }
  const { user, system } = process.cpuUsage(cpu);
  return (user + system) / events;
}

function hashingRow(bare: readonly Cost[], kept: readonly Cost[], hashing: readonly number[]): BenchRow {
  const added = kept.map(({ cpuUs }, round) => cpuUs - (bare[round]?.cpuUs ?? Number.NaN));
  const ratio = median(added.map((cpuUs, round) => cpuUs / (hashing[round] ?? Number.NaN)));
  return {
    name: `ledger, ${WRITERS} writers, processor time that it adds`,
    value: median(added),
    unit: 'µs/append',
    limit: `none, beside ${median(hashing).toFixed(1)} µs for SHA-256 alone`,
    ratio,
    ok: true,
  };
}

function aloneRow({ bare, kept }: { readonly bare: readonly Cost[]; readonly kept: readonly Cost[] }): BenchRow {
  const ratio = median(kept.map(({ perSecond }, round) => (bare[round]?.perSecond ?? Number.NaN) / perSecond));
  return {
    name: 'ledger, one writer, time',
    value: 1e6 / median(kept.map(({ perSecond }) => perSecond)),
    unit: 'µs/append',
    limit: `≤ ${MOST_SHARE} x ${(1e6 / median(bare.map(({ perSecond }) => perSecond))).toFixed(1)} µs without`,
    ratio,
    ok: ratio <= MOST_SHARE,
  };
}

interface Commands {
  readonly bare: number[];
  readonly kept: number[];
}

function commandRow({ bare, kept }: Commands): BenchRow {
  const ratio = median(kept.map((cost, round) => cost / (bare[round] ?? Number.NaN)));
  return {
    name: `ledger, ${WRITERS} writers, processor time of a command`,
    value: median(kept),
    unit: 'µs/command',
    limit: `≤ ${MOST_SHARE} x ${median(bare).toFixed(1)} µs without`,
    ratio,
    ok: ratio <= MOST_SHARE,
  };
}

function rowsOf(bare: readonly Cost[], kept: readonly Cost[]): BenchRow[] {
  const of = (costs: readonly Cost[], figure: keyof Cost) => median(costs.map((cost) => cost[figure]));
  const pairs = (ratio: (plain: Cost, ledger: Cost) => number) =>
    median(
      kept.map((ledger, round) => {
        const plain = bare[round];
        if (plain === undefined) throw new Error('A round has no other half.');
        return ratio(plain, ledger);
      }),
    );
  const cpu = pairs((plain, ledger) => ledger.cpuUs / plain.cpuUs);
  const speed = pairs((plain, ledger) => plain.perSecond / ledger.perSecond);
  const disk = of(kept, 'disk');
  const proofMs = of(kept, 'proofMs');
  return [
    {
      name: `ledger, ${WRITERS} writers, processor time`,
      value: of(kept, 'cpuUs'),
      unit: 'µs/append',
      limit: `≤ ${MOST_SHARE} x ${of(bare, 'cpuUs').toFixed(1)} µs without`,
      ratio: cpu,
      ok: cpu <= MOST_SHARE,
    },
    {
      name: `ledger, ${WRITERS} writers, time`,
      value: of(kept, 'perSecond'),
      unit: 'acks/s',
      limit: `${of(bare, 'perSecond').toFixed(0)} acks/s without, ≤ ${MOST_SHARE} x the time`,
      ratio: speed,
      ok: speed <= MOST_SHARE,
    },
    {
      name: 'ledger, log on disk',
      value: disk,
      unit: 'x payload',
      limit: `≤ ${MOST_DISK} x payload (${of(bare, 'disk').toFixed(2)} x without)`,
      ratio: disk / MOST_DISK,
      ok: disk <= MOST_DISK,
    },
    {
      name: 'ledger, root and both proofs',
      value: proofMs,
      unit: 'ms',
      limit: `≤ ${MOST_PROOF_MS} ms at random sizes`,
      ratio: proofMs / MOST_PROOF_MS,
      ok: proofMs <= MOST_PROOF_MS,
    },
  ];
}

async function appends(directory: string, withLedger: boolean, { writers, appends, warmUp }: Load): Promise<Cost> {
  const log = mkdtempSync(join(directory, 'log-'));
  let tables: LedgerTables | undefined;
  const store = openSqliteEventStore({
    directory: log,
    clock: Date.now,
    sink: withLedger
      ? (door) => {
          tables = openLedgerTables(door, ['bench-']);
          return tables.sink;
        }
      : undefined,
  });
  const each = Array.from({ length: writers }, () => ({
    stream: `bench-${randomUUID()}`,
    tag: randomBytes(32).toString('base64url'),
  }));
  const writeAll = (from: number, to: number) =>
    Promise.all(each.map((writer) => write(store, writer, from / writers, to / writers)));
  await writeAll(0, warmUp);
  const cpu = process.cpuUsage();
  const start = performance.now();
  await writeAll(warmUp, warmUp + appends);
  const tookMs = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  const proofMs = tables === undefined ? 0 : timeOfProofs(tables);
  await store.close();
  const disk = statSync(join(log, LOG_FILE)).size / payloadBytes;
  payloadBytes = 0;
  rmSync(log, { recursive: true });
  return { cpuUs: (user + system) / appends, perSecond: (appends * 1_000) / tookMs, disk, proofMs };
}

function timeOfProofs({ tree }: LedgerTables): number {
  const below = (limit: number) => Math.floor(Math.random() * limit);
  const start = performance.now();
  for (let count = 0; count < PROOFS; count += 1) {
    const size = 1 + below(tree.size());
    inclusionProof(tree, below(size), size);
    consistencyProof(tree, 1 + below(size), size);
    rootOf(tree, size);
  }
  return (performance.now() - start) / PROOFS;
}

/** One writer: sends its next event when the one before is acknowledged. */
async function write(store: EventStore, { stream, tag }: Writer, seen: number, end: number): Promise<void> {
  for (let version = seen; version < end; version += 1) {
    await store.append(stream, [sampleConsent(tag)], version);
  }
}

interface Writer {
  readonly stream: string;
  readonly tag: string;
}

const IDS = Array.from({ length: 6 }, () => randomUUID());
let payloadBytes = 0;

/** An event of the size of a consent that was given. */
function sampleConsent(streamTag: string): NewEvent {
  const [policyId = '', versionId = '', correlation = '', causation = '', actor = '', tenant = ''] = IDS;
  const data = { policyId, versionId, purposes: ['newsletter'], locale: 'nb', contentHash: 'a'.repeat(64) };
  const metadata = {
    commandId: randomUUID(),
    digest: 'd'.repeat(43),
    actor,
    tenant,
    schemaVersion: 1,
    streamTag,
    $correlationId: correlation,
    $causationId: causation,
  };
  payloadBytes += JSON.stringify(data).length + JSON.stringify(metadata).length;
  return { id: randomUUID(), type: 'ConsentGiven', data, metadata };
}

if (require.main === module) {
  run().then(printBenchRows, (error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  });
}
