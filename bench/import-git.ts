import { execFileSync, fork } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createApplication } from '../src/application/application';
import { importGit } from '../src/application/imports/import-git';
import { openLog } from '../src/application/open-log';
import { registerOrganisation } from '../src/application/organisations';
import { instantAt } from '../src/domain/time';
import { openSqliteEventStore } from '../src/event-store/sqlite/sqlite-event-store';
import { keyEncryptionKeysInMemory } from '../src/vault/key-encryption-keys';
import { openSqliteVault } from '../src/vault/sqlite/sqlite-vault';
import { addCommits, createRepository } from '../test/support/git-repository';
import { type HistoryShape, syntheticHistory } from '../test/support/synthetic-history';
import { type BenchRow, printBenchRows } from './bench-row';

const SHAPES: readonly HistoryShape[] = [
  { paths: 50, commits: 20_000, textBytes: 6_000, seed: 7 },
  { paths: 1, commits: 5_000, textBytes: 6_000, seed: 8 },
];
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
 * Imports of whole git histories into the SQLite log with full durability, each by a process of its own: versions per
 * second of processor time and peak memory, both of that process and the gits it starts together (Linux only: they
 * are read from /proc).
 */
export async function run(): Promise<BenchRow[]> {
  const cache = join(process.cwd(), 'node_modules', '.cache');
  mkdirSync(cache, { recursive: true });
  const directory = mkdtempSync(join(cache, 'bench-import-git-'));
  try {
    const rows: BenchRow[] = [];
    for (const [index, shape] of SHAPES.entries()) {
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

function importApart(
  repository: string,
  data: string,
): Promise<{ readonly cost: Cost; readonly peakMegabytes: number }> {
  return new Promise((resolve, reject) => {
    const child = fork(__filename, [repository, data], { env: { ...process.env, IMPORT_GIT: 'here' }, execArgv: [] });
    let cost: Cost | undefined;
    let peakMegabytes = 0;
    const sampling = setInterval(() => {
      peakMegabytes = Math.max(peakMegabytes, residentMegabytes(child.pid));
    }, SAMPLE_MS);
    child.on('message', (message) => {
      cost = message as Cost;
    });
    child.on('error', reject);
    child.on('exit', (code) => {
      clearInterval(sampling);
      if (cost) resolve({ cost, peakMegabytes });
      else reject(new Error(`The import ended with ${code}.`));
    });
  });
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

async function importHere(repository: string, directory: string): Promise<Cost> {
  const store = openSqliteEventStore({ directory, clock: Date.now });
  const vault = await openSqliteVault({ path: ':memory:', keys: keyEncryptionKeysInMemory() });
  const logId = await openLog(store, vault.id, instantAt(Date.now()));
  const app = createApplication({ store, vault, logId, now: () => instantAt(Date.now()) });
  const request = { actor: await vault.actorOf({ issuer: 'bench', claim: 'importer' }), correlationId: logId };
  const registration = { slug: 'nordlys', name: 'Nordlys AS', timeZone: 'Europe/Oslo', defaultLocale: 'nb' };
  const { id } = await registerOrganisation(app, request, { ...registration, approvalRequired: true });
  const { imported } = await importGit(app, request, { repository, organisationId: id });
  await store.close();
  await vault.close();
  return { versions: imported, cpuSeconds: cpuSeconds() };
}

/** Of this whole process from its start, and of all its children that have ended. */
function cpuSeconds(): number {
  const stat = readFileSync('/proc/self/stat', 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / TICKS_PER_SECOND;
}

if (process.env.IMPORT_GIT === 'here') {
  const [repository = '', data = ''] = process.argv.slice(2);
  importHere(repository, data).then(
    (cost) => process.send?.(cost, () => process.disconnect()),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
} else if (require.main === module) {
  run().then(printBenchRows);
}
