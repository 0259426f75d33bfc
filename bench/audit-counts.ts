import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PolicyFacts } from '../src/domain/policy/policy-facts';
import { instantAt } from '../src/domain/time';
import { countPopulation } from '../src/read-models/population';
import type { Prefix, ReadModels } from '../src/read-models/read-models';
import { type AuditedLog, type AuditedTables, auditedLog, auditedTables } from './audited-people';
import { type BenchRow, median, printBenchRows } from './bench-row';
import { progressOf } from './progress';

/**
 * People; `AUDITED_PEOPLE=1000000 AUDITED_IN=DIRECTORY` for the full run, which takes 10 GB of disk, and half an hour the
 * first time: the tables stay in that directory, and later runs ask the same ones, without the publication.
 */
const PEOPLE = Number(process.env.AUDITED_PEOPLE ?? 5_000);
const KEPT_IN = process.env.AUDITED_IN;
const FACTS_EACH = 10;
/** Of a hundred facts. */
const LATE_PERCENT = 10;
const QUESTIONS = 400;
const WRITES = 2_000;
const NEW_OVER_OLD = 2;
const TODAY_US = 100;
const ANY_MOMENT_MS = 20;
const WRITES_DURING = 2;
const DAY_MS = 86_400_000;

/**
 * Counts of a policy's population on both axes, from tables made of a log of ten years: registrations, notices,
 * decisions that expire, ten publications, and late facts; without a store, as the events go straight to the tables.
 */
export async function run(): Promise<BenchRow[]> {
  const root = KEPT_IN ?? mkdtempSync(join(tmpdir(), 'samtykke-bench-'));
  const log = auditedLog({ people: PEOPLE, facts: PEOPLE * FACTS_EACH, latePercent: LATE_PERCENT });
  const directory = join(root, `audited-${PEOPLE}-${log.content}`);
  const made = join(directory, 'made');
  const isMade = existsSync(made);
  if (!isMade) rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  const tables = auditedTables(join(directory, 'read-model.db'));
  try {
    const rows = isMade ? [] : [await makeTables(tables, log)];
    writeFileSync(made, '');
    const told = `${PEOPLE} people, ${tables.readModels.applied().n} events, ${LATE_PERCENT} % late`;
    rows.push(...(await todaysKnowledge(tables, log, told)), ...(await anyMoment(tables, log, told)));
    if (!isMade) rows.push(...(await publication(tables, log, told)));
    return rows;
  } finally {
    tables.close();
    if (KEPT_IN === undefined) rmSync(root, { recursive: true, force: true });
  }
}

async function makeTables(tables: AuditedTables, log: AuditedLog): Promise<BenchRow> {
  const progress = progressOf('events applied', PEOPLE * (1 + FACTS_EACH));
  const started = process.cpuUsage();
  const events = await tables.applyAll(log.events(), progress);
  const { user, system } = process.cpuUsage(started);
  return seconds(`tables made of ${PEOPLE} people, ${events} events`, events, (user + system) / 1e6);
}

function seconds(name: string, events: number, cpuSeconds: number): BenchRow {
  const rate = events / cpuSeconds;
  return { name, value: rate, unit: 'events/CPU-s', limit: 'no limit', ratio: 1, ok: true };
}

async function todaysKnowledge(tables: AuditedTables, log: AuditedLog, told: string): Promise<BenchRow[]> {
  const { readModels } = tables;
  const head = readModels.applied();
  const policy = policyAt(readModels, log, head);
  const at = (from: number, days: number) => () => from + Math.floor(log.random() * days * DAY_MS);
  const old = await timesOf(() => ask(readModels, policy, at(log.startMs + 400 * DAY_MS, 300)(), head), QUESTIONS);
  const fresh = await timesOf(() => ask(readModels, policy, at(log.endMs - 300 * DAY_MS, 300)(), head), QUESTIONS);
  const [oldUs, newUs] = [median(old) * 1e3, median(fresh) * 1e3];
  const limit = `at most ${TODAY_US} µs`;
  return [
    { ...row(`counts at a recent date, ${told}`, newUs, 'µs', limit, TODAY_US) },
    { ...row(`counts at a date nine years ago`, oldUs, 'µs', limit, TODAY_US) },
    row('an old date beside a recent one', oldUs / newUs, 'x', `at most ${NEW_OVER_OLD} x`, NEW_OVER_OLD),
  ];
}

async function anyMoment(tables: AuditedTables, log: AuditedLog, told: string): Promise<BenchRow[]> {
  const { readModels } = tables;
  const { n } = readModels.applied();
  const span = log.endMs - log.startMs;
  const times = await timesOf(() => {
    const prefix = prefixOf(readModels, 1 + Math.floor(log.random() * n));
    const policy = readModels.policyFacts(log.policy, prefix);
    const t = log.startMs + Math.floor(log.random() * span);
    return policy ? ask(readModels, policy, t, prefix) : Promise.resolve();
  }, QUESTIONS);
  const limit = `at most ${ANY_MOMENT_MS} ms`;
  return [
    row(`counts at any (T, K), ${told}`, median(times), 'ms', limit, ANY_MOMENT_MS),
    row('the slowest of a hundred of them', percentile(times, 0.99), 'ms', limit, ANY_MOMENT_MS),
  ];
}

/** A text that everybody has to agree to anew: what it costs whoever writes facts of people meanwhile. */
async function publication(tables: AuditedTables, log: AuditedLog, told: string): Promise<BenchRow[]> {
  const { readModels } = tables;
  const write = () => tables.applyAll([log.next()]);
  const before = await timesOf(write, WRITES);
  const rows = tables.rowsOfPeople();
  const first = await timesOf(async () => {
    await tables.applyAll([log.publish(instantAt(log.nowMs()))]);
    const head = readModels.applied();
    await ask(readModels, policyAt(readModels, log, head), log.nowMs(), head);
  }, 1);
  const rewritten = tables.rowsOfPeople() - rows;
  const after = await timesOf(async () => {
    await write();
  }, WRITES);
  const [p99Before, p99After] = [percentile(before, 0.99), percentile(after, 0.99)];
  return [
    row(`rows of people that a publication changes, ${told}`, rewritten, 'rows', 'none', 1),
    row('publishing, and the first count after it', median(first), 'ms', 'no limit', Number.POSITIVE_INFINITY),
    row(
      `applying a fact, p99, once it is published (before: ${p99Before.toFixed(2)} ms)`,
      p99After,
      'ms',
      `at most ${WRITES_DURING} x`,
      WRITES_DURING * p99Before,
    ),
  ];
}

function row(name: string, value: number, unit: string, limit: string, most: number): BenchRow {
  return { name, value, unit, limit, ratio: value / most, ok: value <= most };
}

async function ask(readModels: ReadModels, policy: PolicyFacts, t: number, prefix: Prefix): Promise<void> {
  await countPopulation(readModels, { policy }, { effectiveAt: instantAt(t), n: prefix.n }, prefix);
}

function policyAt(readModels: ReadModels, { policy }: AuditedLog, prefix: Prefix): PolicyFacts {
  const facts = readModels.policyFacts(policy, prefix);
  if (!facts) throw new Error('The policy is not there.');
  return facts;
}

function prefixOf(readModels: ReadModels, n: number): Prefix {
  const prefix = readModels.prefixAtOrdinal(n);
  if (!prefix) throw new RangeError('There are not so many events.');
  return prefix;
}

async function timesOf(work: () => Promise<unknown>, count: number): Promise<readonly number[]> {
  // The first reads what the others find in memory.
  await (count > 1 ? work() : undefined);
  const times: number[] = [];
  for (let turn = 0; turn < count; turn += 1) {
    const started = process.hrtime.bigint();
    await work();
    times.push(Number(process.hrtime.bigint() - started) / 1e6);
  }
  return times;
}

function percentile(times: readonly number[], part: number): number {
  return times.toSorted((a, b) => a - b)[Math.floor((times.length - 1) * part)] ?? 0;
}

if (require.main === module) {
  run().then(printBenchRows);
}
