/**
 * Every benchmark, one after the other, each in a process of its own; prints one table. `npm run bench [-- name …]`
 *
 * A figure stands beside a limit or a peer measured in the same run; only the ratios compare between machines.
 */
import { fork } from 'node:child_process';
import { join } from 'node:path';
import { type BenchRow, printBenchRows } from './bench-row';

const BENCHMARKS = [
  'append',
  'ledger',
  'as-of',
  'rebuild',
  'rebuild-people',
  'replay',
  'state-of-person',
  'audit-counts',
  'audit-http',
  'import-git',
  'import-decisions',
  'http',
  'notice-sockets',
  'comparison',
  'export',
  'bundle',
  'eventstoredb',
] as const;
type Benchmark = (typeof BENCHMARKS)[number];

async function main(): Promise<void> {
  const asked = process.argv.slice(2);
  const rows: BenchRow[] = [];
  for (const benchmark of BENCHMARKS.filter((name) => asked.length === 0 || asked.includes(name))) {
    process.stderr.write(`${benchmark} …\n`);
    rows.push(...(await runApart(benchmark).catch((fault: unknown) => [brokenOff(benchmark, fault)])));
  }
  printBenchRows(rows);
}

/** The others are still to be told of. */
function brokenOff(benchmark: Benchmark, fault: unknown): BenchRow {
  process.stderr.write(`${fault instanceof Error ? fault.message : String(fault)}\n`);
  return { name: benchmark, value: Number.NaN, unit: '', limit: 'to come to its end', ratio: Number.NaN, ok: false };
}

/** A process of its own: heaps, caches and connections of one benchmark are no burden on the next. */
function runApart(benchmark: Benchmark): Promise<readonly BenchRow[]> {
  return new Promise((resolve, reject) => {
    let rows: readonly BenchRow[] = [];
    const child = fork(__filename, [], { env: { ...process.env, BENCHMARK: benchmark }, execArgv: ['--expose-gc'] });
    child.on('message', (message) => {
      rows = message as readonly BenchRow[];
    });
    child.on('error', reject);
    child.on('exit', (code) => (code === 0 ? resolve(rows) : reject(new Error(`${benchmark} ended with ${code}.`))));
  });
}

async function runHere(benchmark: string): Promise<void> {
  const { run } = require(join(__dirname, benchmark)) as { run: () => Promise<readonly BenchRow[]> };
  const rows = await run();
  process.send?.(rows, () => process.disconnect());
}

const one = process.env.BENCHMARK;
(one === undefined ? main() : runHere(one)).catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
