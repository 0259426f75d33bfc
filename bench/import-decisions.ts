import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Application, createApplication, type RequestContext } from '../src/application/application';
import { decisionFile } from '../src/application/imports/decision-file';
import { importDecisions } from '../src/application/imports/import-decisions';
import { openLog } from '../src/application/open-log';
import { registerOrganisation } from '../src/application/organisations';
import { createPolicy } from '../src/application/policies';
import { importVersion } from '../src/application/policy-versions';
import { registerSubjects } from '../src/application/subject-rows';
import { firstInstantOf, instantAt, parseLocalDate } from '../src/domain/time';
import { openSqliteEventStore } from '../src/event-store/sqlite/sqlite-event-store';
import { keyEncryptionKeysInMemory } from '../src/vault/key-encryption-keys';
import { openSqliteVault } from '../src/vault/sqlite/sqlite-vault';
import { type BenchRow, printBenchRows } from './bench-row';

/** Rows of each person lie far apart, so that hardly two of them share an append. */
const PEOPLE = 20_000;
/** `IMPORT_ROWS=1000000` for the long run; memory may not follow. */
const ROWS = Number(process.env.IMPORT_ROWS ?? 200_000);
/** All of it is past, however many rows there are. */
const FOUR_YEARS_MS = 4 * 365 * 86_400_000;
const LEAST_PER_CPU_SECOND = 1_500;
const MOST_MEGABYTES = 600;

interface Cost {
  readonly rowsPerCpuSecond: number;
  readonly peoplePerCpuSecond: number;
  readonly peakMegabytes: number;
}

/**
 * A CSV file of old decisions into the SQLite log with full durability, by a process of its own: rows per second of
 * processor time, with checking all of them first, and that process's peak memory.
 */
export async function run(): Promise<BenchRow[]> {
  const cache = join(process.cwd(), 'node_modules', '.cache');
  mkdirSync(cache, { recursive: true });
  const directory = mkdtempSync(join(cache, 'bench-import-decisions-'));
  try {
    return rowsOf(await importApart(directory));
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function rowsOf({ rowsPerCpuSecond, peoplePerCpuSecond, peakMegabytes }: Cost): BenchRow[] {
  const name = `import decisions, ${ROWS} rows about ${PEOPLE} people`;
  const rate = (what: string, value: number): BenchRow => ({
    name: what,
    value,
    unit: 'per CPU-s',
    limit: `at least ${LEAST_PER_CPU_SECOND}`,
    ratio: value / LEAST_PER_CPU_SECOND,
    ok: value >= LEAST_PER_CPU_SECOND,
  });
  return [
    rate(name, rowsPerCpuSecond),
    rate(`register ${PEOPLE} people, a thousand at a time`, peoplePerCpuSecond),
    {
      name: `${name}: peak memory`,
      value: peakMegabytes,
      unit: 'MB',
      limit: `below ${MOST_MEGABYTES}`,
      ratio: peakMegabytes / MOST_MEGABYTES,
      ok: peakMegabytes < MOST_MEGABYTES,
    },
  ];
}

function importApart(directory: string): Promise<Cost> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, IMPORT_DECISIONS: directory };
    const child = fork(__filename, [], { env, execArgv: [] });
    let cost: Cost | undefined;
    child.on('message', (message) => {
      cost = message as Cost;
    });
    child.on('error', reject);
    child.on('exit', (code) => (cost ? resolve(cost) : reject(new Error(`The import ended with ${code}.`))));
  });
}

async function importHere(directory: string): Promise<Cost> {
  const store = openSqliteEventStore({ directory, clock: Date.now });
  const vault = await openSqliteVault({ path: join(directory, 'vault.db'), keys: keyEncryptionKeysInMemory() });
  const now = () => instantAt(Date.now());
  const app = createApplication({ store, vault, logId: await openLog(store, vault.id, now()), now });
  const request = { actor: await vault.actorOf({ issuer: 'bench', claim: 'service' }), correlationId: 'bench' };
  const organisationId = await preparePolicy(app, request);
  const peoplePerCpuSecond = await rateOf(PEOPLE, () => registerPeople(app, request, organisationId));
  const path = join(directory, 'decisions.csv');
  await writeRows(path);
  const rows = decisionFile(path);
  const rowsPerCpuSecond = await rateOf(ROWS, () => importDecisions(app, request, { organisationId, rows }));
  // Of the whole process, in kilobytes.
  const peakMegabytes = process.resourceUsage().maxRSS / 1_024;
  await store.close();
  await vault.close();
  return { rowsPerCpuSecond, peoplePerCpuSecond, peakMegabytes };
}

async function rateOf(count: number, work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return count / ((user + system) / 1e6);
}

async function preparePolicy(app: Application, request: RequestContext): Promise<string> {
  const { id: organisationId } = await registerOrganisation(app, request, {
    slug: 'fjordlys',
    name: 'Fjordlys AS',
    timeZone: 'Europe/Oslo',
    defaultLocale: 'nb',
    approvalRequired: false,
  });
  const creation = { organisationId, slug: 'privacy', kind: 'PRIVACY_NOTICE', title: 'Personvern' } as const;
  const { id: policyId } = await createPolicy(app, request, creation);
  await importVersion(app, request, {
    policyId,
    label: 'Versjon 1',
    effectiveFrom: firstInstantOf(parseLocalDate('2018-05-25'), 'Europe/Oslo'),
    locale: 'nb',
    format: 'PLAIN_TEXT',
    text: 'Vi sender nyhetsbrev til den som samtykker.',
    statement: {
      controller: { name: 'Fjordlys AS', role: 'controller' },
      controllerIsCustomer: false,
      processors: [],
      contact: 'personvern@fjordlys.example',
      purposes: [
        {
          key: 'newsletter',
          titles: [{ locale: 'nb', text: 'Nyhetsbrev' }],
          optional: true,
          bases: [{ subjectCategory: 'customer', legalBasis: 'CONSENT' }],
          dataCategories: ['e-mail address'],
          sources: [],
          recipients: [],
          processors: [],
          retention: 'Until withdrawn',
          transfers: [],
          consentValidFor: 'P2Y',
        },
      ],
      rights: [],
    },
    reasons: ['FIRST_VERSION'],
    summaries: [],
    renewalPurposes: [],
  });
  return organisationId;
}

async function registerPeople(app: Application, request: RequestContext, organisationId: string): Promise<void> {
  for (let first = 0; first < PEOPLE; first += 1_000) {
    const rows = Array.from({ length: 1_000 }, (_, index) => ({
      externalId: `person-${first + index}`,
      categories: ['customer'],
    }));
    await registerSubjects(app, request, { organisationId, rows });
  }
}

async function writeRows(path: string): Promise<void> {
  const file = createWriteStream(path);
  file.write('externalId,fact,policy,version,purposes,method,occurredAt\n');
  const first = Date.parse('2019-01-01T00:00:00Z');
  const apartMs = Math.floor(FOUR_YEARS_MS / ROWS);
  for (let row = 0; row < ROWS; row += 1) {
    const occurredAt = instantAt(first + row * apartMs);
    const line = `person-${row % PEOPLE},CONSENT_GIVEN,privacy,Versjon 1,newsletter,PAPER_FORM,${occurredAt}\n`;
    if (!file.write(line)) await once(file, 'drain');
  }
  await new Promise<void>((resolve) => file.end(resolve));
}

const here = process.env.IMPORT_DECISIONS;
if (here !== undefined) {
  importHere(here).then((cost) => process.send?.(cost, () => process.disconnect()));
} else if (require.main === module) {
  run().then(printBenchRows);
}
