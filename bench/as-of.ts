import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import type Database from 'better-sqlite3';
import { organisations } from '../projections/organisations';
import { policyTimeline, VERSION } from '../projections/policy-timeline';
import { insert } from '../projections/projection';
import { type Instant, instantAt, parseLocalDate } from '../src/domain/time';
import { resolveAsOf } from '../src/read-models/as-of';
import { EMPTY_PREFIX, type ReadModels } from '../src/read-models/read-models';
import { PROJECTIONS, readModelsOver } from '../src/read-models/sqlite/open-read-models';
import { openReadModelDatabase } from '../src/read-models/sqlite/read-model-database';
import { rowWriter } from '../src/read-models/sqlite/row-writer';
import { createIndexes, createTables } from '../src/read-models/sqlite/table-definitions';
import { tableName } from '../src/read-models/sqlite/table-names';
import { type BenchRow, median, printBenchRows } from './bench-row';

const SMALL_ROWS = 100_000;
const LARGE_ROWS = 5_000_000;
const VERSIONS_PER_POLICY = 100;
const QUESTIONS_PER_ROUND = 2_500;
const ROUNDS = 80;
const MOST_RATIO = 1.3;
const ORGANISATION = idOf(0);
const FIRST_MS = Date.parse('2015-01-01T00:00:00.000Z');
const DAY_MS = 86_400_000;

/**
 * "Which version of this policy was in force on that day?" over interval tables of two sizes: the answer must not take
 * longer where there are more rows. The limit is on the whole question as it is put to the read models: the zone of
 * then, the stamp of the day, the version. The seek in the interval table is also printed alone, without a limit: a
 * search among fifty times as many rows makes a third more comparisons, whatever the tree.
 *
 * The two sizes take turns question by question, so that what else the machine does falls on both. Before each question
 * as much memory is gone through as answering a request over HTTP takes: the small table alone would sit in the
 * processor's caches, which no server has for itself.
 */
export async function run(): Promise<BenchRow[]> {
  const directory = mkdtempSync(join(tmpdir(), 'samtykke-bench-'));
  try {
    const small = tablesOf(SMALL_ROWS, join(directory, 'small.db'));
    const large = tablesOf(LARGE_ROWS, join(directory, 'large.db'));
    // The first round only warms the caches.
    const rounds = Array.from({ length: ROUNDS + 1 }, () => askInTurns(small, large)).slice(1);
    small.database.close();
    large.database.close();
    return rowsOf(rounds);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** What else the machine does falls on both sizes of a round, so rounds are compared, and the middle one counts. */
function rowsOf(rounds: readonly Round[]): BenchRow[] {
  const row = (what: string, pick: (times: Times) => number, most: number): BenchRow => {
    const small = median(rounds.map((round) => pick(round.small)));
    const value = median(rounds.map((round) => pick(round.large)));
    const ratio = median(rounds.map((round) => pick(round.large) / pick(round.small)));
    const reference = `p99 of ${SMALL_ROWS} rows (${small.toFixed(1)} µs)`;
    const limit = Number.isFinite(most) ? `at most ${most} x ${reference}` : `none, beside ${reference}`;
    return { name: `${what}, p99, ${LARGE_ROWS} rows`, value, unit: 'µs', limit, ratio, ok: ratio <= most };
  };
  return [
    row('as-of answer for a day', ({ answer }) => answer, MOST_RATIO),
    row('its seek alone', ({ seek }) => seek, Number.POSITIVE_INFINITY),
  ];
}

interface FilledTables {
  readonly database: Database.Database;
  readonly policies: number;
  readonly count: number;
  readonly readModels: ReadModels;
}

/** Policies with a version every thirty days; every tenth is withdrawn half a period later. */
function tablesOf(count: number, file: string): FilledTables {
  const database = openReadModelDatabase(file);
  for (const projection of PROJECTIONS) createTables(database, projection, 'live');
  const policies = count / VERSIONS_PER_POLICY;
  database.transaction(() => {
    fillOrganisation(database);
    fillTimeline(database, policies);
  })();
  for (const projection of PROJECTIONS) createIndexes(database, projection, 'live');
  database.pragma('wal_checkpoint(TRUNCATE)');
  // Reads every page once, as a node that has been up for a while has: the first touch of a page is the system's work.
  database.prepare(`SELECT sum(k_from) FROM ${tableName(policyTimeline, 'entries')}`).get();
  const positions = { comparePositions: () => 0, isPosition: () => true };
  const state = { n: count };
  return { database, policies, count, readModels: readModelsOver(database, positions, () => state) };
}

function fillOrganisation(database: Database.Database): void {
  const organisation = rowWriter(database, organisations, 'live');
  const row = { slug: 'fjordlys', name: 'Fjordlys AS', number: null, foreign_id: null, customer_of: null };
  const settings = { approval_required: 1, notice_lead_days: 14, login_and_delivery_days: 21, operational_days: 365 };
  const zone = { time_zone: 'Europe/Oslo' };
  organisation.write(
    insert('organisations', { id: ORGANISATION, n: 1, default_locale: 'nb', ...row, ...settings, ...zone }),
  );
  organisation.write(insert('zones', { organisation: ORGANISATION, k_from: 1, ...zone }));
}

function fillTimeline(database: Database.Database, policies: number): void {
  const entry = rowWriter(database, policyTimeline, 'live');
  for (let policy = 0; policy < policies; policy += 1) {
    for (let version = 0; version < VERSIONS_PER_POLICY; version += 1) {
      const n = version * policies + policy + 1;
      const from = dayOf(version * 30);
      const withdrawn = version % 10 === 9 ? dayOf(version * 30 + 15) : null;
      const known = { n, k_from: n, k_to: null, kind: VERSION, id: idOf(n) };
      const dates = { effective_from: from, published_at: from, existing_from: null };
      const withdrawal = { withdrawn_from: withdrawn, withdrawn_at: withdrawn, voids: null };
      entry.write(insert('entries', { policy: idOf(policy), ...known, ...dates, ...withdrawal }));
    }
  }
}

/** Time that all but the slowest hundredth stay below, in microseconds. */
interface Times {
  readonly answer: number;
  readonly seek: number;
}

interface Round {
  readonly small: Times;
  readonly large: Times;
}

function askInTurns(small: FilledTables, large: FilledTables): Round {
  const of = { small: timers(), large: timers() };
  for (let turn = 0; turn < QUESTIONS_PER_ROUND; turn += 1) {
    const order = turn % 2 === 0 ? (['small', 'large'] as const) : (['large', 'small'] as const);
    for (const size of order) ask(size === 'small' ? small : large, of[size], turn);
  }
  return { small: p99(of.small), large: p99(of.large) };
}

interface Timers {
  readonly answer: Float64Array;
  readonly seek: Float64Array;
}

function timers(): Timers {
  return { answer: new Float64Array(QUESTIONS_PER_ROUND), seek: new Float64Array(QUESTIONS_PER_ROUND) };
}

function p99({ answer, seek }: Timers): Times {
  const place = Math.floor(QUESTIONS_PER_ROUND * 0.99);
  return { answer: answer.sort()[place] ?? Number.NaN, seek: seek.sort()[place] ?? Number.NaN };
}

/** Objects that one answered request leaves behind: scavenged bytes by requests, as `--trace-gc` tells them. */
const BYTES_OF_A_REQUEST = 65_536;
/** Where they are made, in turn: the two halves of a young generation. */
const youngObjects = new Uint8Array(2 * 16 * 1_048_576);
const CACHE_LINE_BYTES = 64;
let nextByte = 0;

function useMemory(): void {
  for (let used = 0; used < BYTES_OF_A_REQUEST; used += CACHE_LINE_BYTES) {
    nextByte = (nextByte + CACHE_LINE_BYTES) % youngObjects.length;
    youngObjects[nextByte] = used & 0xff;
  }
}

/** A random policy on a random day, with the knowledge of that day: what was published later is not known. */
function ask({ policies, count, readModels }: FilledTables, times: Timers, turn: number): void {
  const policy = idOf(Math.floor(Math.random() * policies));
  const day = Math.random() * VERSIONS_PER_POLICY * 30;
  const n = Math.floor((day / 30 / VERSIONS_PER_POLICY) * count) + 1;
  const head = { ...EMPTY_PREFIX, n, clockMs: FIRST_MS };
  const effectiveOn = parseLocalDate(dayOf(Math.floor(day)).slice(0, 10));
  useMemory();
  const started = performance.now();
  const zoneAt = () => readModels.timeZoneOf(ORGANISATION, head) ?? 'UTC';
  const stamp = resolveAsOf({ effectiveOn }, { nowMs: FIRST_MS, head, zoneAt, log: readModels });
  const resolved = performance.now();
  const { code } = readModels.versionInForce(policy, stamp);
  const ended = performance.now();
  if (code === 'RETIRED') throw new Error('No policy of this benchmark is retired.');
  times.answer[turn] = (ended - started) * 1_000;
  times.seek[turn] = (ended - resolved) * 1_000;
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
