import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import type Database from 'better-sqlite3';
import { policyTimeline } from '../projections/policy-timeline';
import { type Instant, instantAt } from '../src/domain/time';
import { type AsOfContext, resolveAsOf } from '../src/read-models/as-of';
import { EMPTY_PREFIX } from '../src/read-models/read-models';
import { openReadModelDatabase } from '../src/read-models/sqlite/read-model-database';
import { createTables } from '../src/read-models/sqlite/table-definitions';
import { tableName } from '../src/read-models/sqlite/table-names';
import { timelineQueries } from '../src/read-models/sqlite/timeline-queries';
import { type BenchRow, median, printBenchRows } from './bench-row';

const SMALL_ROWS = 100_000;
const LARGE_ROWS = 5_000_000;
const VERSIONS_PER_POLICY = 100;
const QUESTIONS_PER_ROUND = 20_000;
const ROUNDS = 7;
const MOST_RATIO = 1.3;
const FIRST_MS = Date.parse('2015-01-01T00:00:00.000Z');
const DAY_MS = 86_400_000;

/**
 * "Which version was in force then?" over interval tables of two sizes: the answer must not take longer where
 * there are more rows. The limit is on the whole question, from the `asOf` to the version; the seek in
 * the table alone is printed beside it.
 *
 * The two sizes take turns question by question, as in a server that does other things in between: asked in one go, the
 * small table would sit in the processor's own cache, which no server has to itself.
 */
export async function run(): Promise<BenchRow[]> {
  const directory = mkdtempSync(join(tmpdir(), 'samtykke-bench-'));
  try {
    const small = timelineOf(SMALL_ROWS, join(directory, 'small.db'));
    const large = timelineOf(LARGE_ROWS, join(directory, 'large.db'));
    // The first round only warms the caches.
    const rounds = Array.from({ length: ROUNDS + 1 }, () => askInTurns(small, large)).slice(1);
    small.database.close();
    large.database.close();
    return rowsOf(rounds);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function rowsOf(rounds: readonly Round[]): BenchRow[] {
  const of = (pick: (round: Round) => number) => median(rounds.map(pick));
  const [small, large] = [of(({ small }) => small.question), of(({ large }) => large.question)];
  const [smallSeek, largeSeek] = [of(({ small }) => small.seek), of(({ large }) => large.seek)];
  const ratio = large / small;
  const limit = `p99 at most ${MOST_RATIO} x that of ${SMALL_ROWS} rows (${small.toFixed(1)} µs)`;
  const seekLimit = `none; ${SMALL_ROWS} rows: ${smallSeek.toFixed(1)} µs`;
  const name = `p99, ${LARGE_ROWS} rows`;
  return [
    { name: `as-of answer, ${name}`, value: large, unit: 'µs', limit, ratio, ok: ratio <= MOST_RATIO },
    {
      name: `its seek alone, ${name}`,
      value: largeSeek,
      unit: 'µs',
      limit: seekLimit,
      ratio: largeSeek / smallSeek,
      ok: true,
    },
  ];
}

interface FilledTimeline {
  readonly database: Database.Database;
  readonly policies: number;
  readonly count: number;
  readonly inForce: ReturnType<typeof timelineQueries>['versionInForce'];
}

/** A table of policies with a version every thirty days; every tenth is withdrawn half a period later. */
function timelineOf(count: number, file: string): FilledTimeline {
  const database = openReadModelDatabase(file);
  createTables(database, policyTimeline, 'live');
  const policies = count / VERSIONS_PER_POLICY;
  const insert = database.prepare(`
    INSERT INTO ${tableName(policyTimeline, 'entries')}
      (policy, effective_from, n, k_from, k_to, kind, id, published_at, existing_from, withdrawn_from, withdrawn_at)
    VALUES (?, ?, ?, ?, NULL, 0, ?, ?, NULL, ?, ?)`);
  database.transaction(() => {
    for (let policy = 0; policy < policies; policy += 1) {
      for (let version = 0; version < VERSIONS_PER_POLICY; version += 1) {
        const n = version * policies + policy + 1;
        const from = dayOf(version * 30);
        const withdrawn = version % 10 === 9 ? dayOf(version * 30 + 15) : null;
        insert.run(idOf(policy), from, n, n, idOf(n), from, withdrawn, withdrawn);
      }
    }
  })();
  database.pragma('wal_checkpoint(TRUNCATE)');
  return { database, policies, count, inForce: timelineQueries(database).versionInForce };
}

/** Time that all but the slowest hundredth stay below, in microseconds. */
interface Times {
  readonly question: number;
  readonly seek: number;
}

interface Round {
  readonly small: Times;
  readonly large: Times;
}

function askInTurns(small: FilledTimeline, large: FilledTimeline): Round {
  const of = { small: timers(), large: timers() };
  for (let turn = 0; turn < QUESTIONS_PER_ROUND; turn += 1) {
    ask(small, of.small, turn);
    ask(large, of.large, turn);
  }
  return { small: p99(of.small), large: p99(of.large) };
}

interface Timers {
  readonly question: Float64Array;
  readonly seek: Float64Array;
}

function timers(): Timers {
  return { question: new Float64Array(QUESTIONS_PER_ROUND), seek: new Float64Array(QUESTIONS_PER_ROUND) };
}

function p99({ question, seek }: Timers): Times {
  const place = Math.floor(QUESTIONS_PER_ROUND * 0.99);
  return { question: question.sort()[place] ?? Number.NaN, seek: seek.sort()[place] ?? Number.NaN };
}

/** A random policy on a random day, with the knowledge of that day: what was published later is not known. */
function ask({ policies, count, inForce }: FilledTimeline, times: Timers, turn: number): void {
  const policy = idOf(Math.floor(Math.random() * policies));
  const day = Math.random() * VERSIONS_PER_POLICY * 30;
  const n = Math.floor((day / 30 / VERSIONS_PER_POLICY) * count) + 1;
  const effectiveAt = dayOf(Math.floor(day));
  const started = performance.now();
  const stamp = resolveAsOf({ effectiveAt }, contextAt(n));
  const resolved = performance.now();
  const { code } = inForce(policy, stamp);
  const ended = performance.now();
  if (code === 'RETIRED') throw new Error('No policy of this benchmark is retired.');
  times.question[turn] = (ended - started) * 1_000;
  times.seek[turn] = (ended - resolved) * 1_000;
}

function contextAt(n: number): AsOfContext {
  const head = { ...EMPTY_PREFIX, n, clockMs: FIRST_MS };
  const log = {
    findPosition: () => ({ kind: 'unknown' }) as const,
    prefixAtRecordedAt: () => head,
    latestLiveValidFromMs: () => FIRST_MS,
  };
  return { nowMs: FIRST_MS, head, zoneAt: () => 'Europe/Oslo', log };
}

function dayOf(day: number): Instant {
  return instantAt(FIRST_MS + day * DAY_MS);
}

function idOf(number: number): string {
  return `00000000-0000-4000-8000-${number.toString(16).padStart(12, '0')}`;
}

if (require.main === module) {
  run().then(printBenchRows);
}
