import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { consentState } from '../src/domain/subject/consent-state';
import { type Instant, instantAt } from '../src/domain/time';
import { openSqliteEventStore } from '../src/event-store/sqlite/sqlite-event-store';
import type { ReadModels } from '../src/read-models/read-models';
import { type OpenReadModels, openReadModels } from '../src/read-models/sqlite/open-read-models';
import { type BenchRow, printBenchRows } from './bench-row';
import { POLICY, personId, recordDeeds, recordPeople } from './people-log';

const OTHERS = 1_000;
const FEW = 10;
const MANY = 10_000;
const FIRST_MS = Date.parse('2020-01-01T00:00:00.000Z');
const MINUTE_MS = 60_000;
const QUESTIONS = 2_000;
const ROUNDS = 40;
const MOST_RATIO = 1.3;

/**
 * "Had this person agreed to this purpose on that date?" for a person with ten facts and one with ten thousand, among
 * others: the answer must not take longer where there are more facts. Asked by both in turns, with all that is known
 * today and with what was known on that date.
 */
export async function run(): Promise<BenchRow[]> {
  const directory = mkdtempSync(join(tmpdir(), 'samtykke-bench-'));
  const store = openSqliteEventStore({ clock: () => FIRST_MS });
  const node = openReadModels({ file: join(directory, 'read-model.db'), store, nowMs: () => FIRST_MS });
  try {
    const events = await recordPeople(store, OTHERS, FEW);
    await recordDeeds(store, personId(1), FEW + 1, MANY - FEW);
    await applied(node, events + MANY - FEW);
    return [
      ...rowsOf('with what is known today', node.readModels, 'head'),
      ...rowsOf('with what was known then', node.readModels, 'then'),
    ];
  } finally {
    await node.close();
    await store.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function applied({ runner, readModels }: OpenReadModels, events: number): Promise<void> {
  runner.start();
  while (readModels.applied().n < events || runner.state().phase !== 'live') {
    if (runner.state().phase === 'stopped') throw new Error(JSON.stringify(runner.state()));
    await delay(5);
  }
}

type Knowledge = 'head' | 'then';

function rowsOf(what: string, readModels: ReadModels, knowledge: Knowledge): BenchRow[] {
  // The first round only warms the caches.
  const rounds = Array.from({ length: ROUNDS + 1 }, () => askInTurns(readModels, knowledge)).slice(1);
  const least = (pick: (round: Round) => number) => Math.min(...rounds.map(pick));
  const row = (name: string, few: number, many: number): BenchRow => ({
    name: `state of a person's consent ${what}, ${name}, ${MANY} facts`,
    value: many,
    unit: 'µs',
    limit: `at most ${MOST_RATIO} x that of ${FEW} facts (${few.toFixed(1)} µs)`,
    ratio: many / few,
    ok: many / few <= MOST_RATIO,
  });
  return [
    row(
      'p50',
      least(({ few }) => few.p50),
      least(({ many }) => many.p50),
    ),
    row(
      'p99',
      least(({ few }) => few.p99),
      least(({ many }) => many.p99),
    ),
  ];
}

interface Round {
  readonly few: Times;
  readonly many: Times;
}

interface Times {
  readonly p50: number;
  readonly p99: number;
}

function askInTurns(readModels: ReadModels, knowledge: Knowledge): Round {
  const few = new Float64Array(QUESTIONS);
  const many = new Float64Array(QUESTIONS);
  for (let turn = 0; turn < QUESTIONS; turn += 1) {
    few[turn] = ask(readModels, personId(2), FEW, knowledge);
    many[turn] = ask(readModels, personId(1), MANY, knowledge);
  }
  return { few: timesOf(few), many: timesOf(many) };
}

/** At a random instant within what the person did: microseconds. */
function ask(readModels: ReadModels, person: string, facts: number, knowledge: Knowledge): number {
  const minute = 1 + Math.floor(Math.random() * facts);
  const at: Instant = instantAt(FIRST_MS + minute * MINUTE_MS);
  const head = readModels.applied();
  const prefix =
    knowledge === 'head' ? head : (readModels.prefixAtOrdinal(knownAt(readModels, person, minute)) ?? head);
  const started = performance.now();
  const known = readModels.personFacts(person, prefix);
  const policy = readModels.policyFacts(POLICY, prefix);
  if (!known || !policy) throw new Error('Nobody is there to be asked about.');
  const { status } = consentState(known, policy, 'newsletter', at);
  const ended = performance.now();
  if (status === 'TERMINATED') throw new Error('No purpose of this benchmark ended.');
  return (ended - started) * 1_000;
}

/** An ordinal soon after what the person did at that minute; nearly every question has another one. */
function knownAt(readModels: ReadModels, person: string, minute: number): number {
  const { n } = readModels.factOfSubject(person, minute + 1, readModels.applied()) ?? { n: 1 };
  return Math.min(n + Math.floor(Math.random() * OTHERS), readModels.applied().n);
}

function timesOf(microseconds: Float64Array): Times {
  const sorted = microseconds.sort();
  const at = (share: number) => sorted[Math.floor(sorted.length * share)] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99) };
}

if (require.main === module) {
  run().then(printBenchRows);
}
