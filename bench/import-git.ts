import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { addCommits, createRepository } from '../test/support/git-repository';
import { type HistoryShape, syntheticHistory } from '../test/support/synthetic-history';
import { type BenchRow, printBenchRows } from './bench-row';

const SHAPES: readonly HistoryShape[] = [
  { paths: 50, commits: 20_000, textBytes: 6_000, seed: 7 },
  { paths: 1, commits: 5_000, textBytes: 6_000, seed: 8 },
];
/** Paths of the history that has two short versions of each. */
const MANY_PATHS = 10_000;
/** The command line as it was built for the benchmarks. */
const COMMAND = join(__dirname, '../src/main.js');
const LEAST_PER_CPU_SECOND = 1_500;
const MOST_MEGABYTES = 300;
const SAMPLE_MS = 25;
/** Ticks in which the system counts processor time. */
const TICKS_PER_SECOND = 100;

/** What one import took, git's own processes included. */
interface Cost {
  readonly versions: number;
  readonly cpuSeconds: number;
}

/**
 * `samtykke import git` of whole histories into the SQLite log with full durability, ledger and read models included:
 * versions per second of processor time and peak memory, both of the command and the gits it starts together (Linux
 * only: they are read from /proc). `node …/import-git.js 50000` measures another number of paths.
 */
export async function run(manyPaths = MANY_PATHS): Promise<BenchRow[]> {
  const cache = join(process.cwd(), 'node_modules', '.cache');
  mkdirSync(cache, { recursive: true });
  const directory = mkdtempSync(join(cache, 'bench-import-git-'));
  try {
    const rows: BenchRow[] = [];
    const shapes = [...SHAPES, { paths: manyPaths, commits: 2 * manyPaths, textBytes: 100, seed: 9 }];
    for (const [index, shape] of shapes.entries()) {
      const repository = join(directory, `history-${index}.git`);
      createRepository(repository, { bare: true });
      await addCommits(repository, syntheticHistory(shape));
      // As a clone comes over the network: in one pack.
      execFileSync('git', ['-C', repository, 'repack', '-adfq']);
      const { cost, peakMegabytes } = await importApart(repository, join(directory, `data-${index}`));
      if (cost.versions !== shape.commits)
        throw new Error(`${cost.versions} versions of ${shape.commits} were imported.`);
      rows.push(...rowsOf(shape, cost, peakMegabytes));
    }
    return rows;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function rowsOf({ paths, commits }: HistoryShape, { versions, cpuSeconds }: Cost, peak: number): BenchRow[] {
  const name = `import git, ${commits} versions over ${paths} ${paths === 1 ? 'path' : 'paths'}`;
  const rate = versions / cpuSeconds;
  return [
    {
      name,
      value: rate,
      unit: 'versions/CPU-s',
      limit: `at least ${LEAST_PER_CPU_SECOND}, git's own time included`,
      ratio: rate / LEAST_PER_CPU_SECOND,
      ok: rate >= LEAST_PER_CPU_SECOND,
    },
    {
      name: `${name}: peak memory`,
      value: peak,
      unit: 'MB',
      limit: `below ${MOST_MEGABYTES}, git's own included`,
      ratio: peak / MOST_MEGABYTES,
      ok: peak < MOST_MEGABYTES,
    },
  ];
}

/** Runs the command in a process of its own and watches it from outside until it ends. */
async function importApart(
  repository: string,
  data: string,
): Promise<{ readonly cost: Cost; readonly peakMegabytes: number }> {
  const env = { ...process.env, SAMTYKKE_DATA: data };
  execFileSync(process.execPath, [COMMAND, 'organisation', 'register', '--slug', 'nordlys', '--name', 'Nordlys AS'], {
    env,
    stdio: 'ignore',
  });
  const order = ['import', 'git', repository, '--organisation', 'nordlys', '--json'];
  const child = spawn(process.execPath, [COMMAND, ...order], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'close');
  let peakMegabytes = 0;
  let cpuSeconds = 0;
  const sampling = setInterval(() => {
    peakMegabytes = Math.max(peakMegabytes, peakOf(child.pid), residentMegabytes(child.pid));
    cpuSeconds = Math.max(cpuSeconds, cpuSecondsOf(child.pid));
  }, SAMPLE_MS);
  try {
    const report = await text(child.stdout);
    const [code] = await ended;
    if (code !== 0) throw new Error(`The import ended with ${code}.`);
    const { imported } = JSON.parse(report) as { readonly imported: number };
    return { cost: { versions: imported, cpuSeconds }, peakMegabytes };
  } finally {
    clearInterval(sampling);
  }
}

/** The most that the process itself ever held, as the system counts it. */
function peakOf(pid: number | undefined): number {
  try {
    const [, kib] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return (Number(kib ?? 0) * 1_024) / 1_000_000;
  } catch {
    // It ended meanwhile.
    return 0;
  }
}

/** What a process and its children hold; pages of files that several of them map are counted for each. */
function residentMegabytes(pid: number | undefined): number {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
    const pages = [pid, ...children].map((each) => Number(readFileSync(`/proc/${each}/statm`, 'utf8').split(' ')[1]));
    return (pages.reduce((sum, each) => sum + each, 0) * 4_096) / 1_000_000;
  } catch {
    // One of them ended meanwhile.
    return 0;
  }
}

/** Of the whole process from its start, and of all its children that have ended. */
function cpuSecondsOf(pid: number | undefined): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / TICKS_PER_SECOND;
  } catch {
    // It ended meanwhile.
    return 0;
  }
}

if (require.main === module) {
  run(Number(process.argv[2] ?? MANY_PATHS)).then(printBenchRows);
}
