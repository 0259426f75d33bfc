import { stringify } from 'csv-stringify/sync';
import type { Evidence } from '../src/application/evidence';
import type { PolicyFacts } from '../src/domain/policy/policy-facts';
import { instantAt } from '../src/domain/time';
import { auditCsv } from '../src/evidence/audit-export/audit-csv';
import { auditJson } from '../src/evidence/audit-export/audit-json';
import { auditedPerson } from '../src/evidence/audit-export/audited-person';
import type { EvidenceGenerator } from '../src/evidence/evidence-generators';
import type { ExportParts } from '../src/evidence/file-head';
import { countPopulation, peoplePage } from '../src/read-models/population';
import type { Prefix, ReadModels } from '../src/read-models/read-models';
import { keyEncryptionKeysInMemory } from '../src/vault/key-encryption-keys';
import { openSqliteVault } from '../src/vault/sqlite/sqlite-vault';
import { type BenchRow, printBenchRows } from './bench-row';
import { openKeptPeople } from './kept-people';
import { ORGANISATION, POLICY } from './people-log';
import { progressOf } from './progress';

/**
 * `node --expose-gc … bench/export.js 1000000 DIRECTORY` takes a million, who are kept in that directory for other runs:
 * recording them and making their tables takes a quarter of an hour, the exports a few minutes.
 */
const PEOPLE = 20_000;
const FACTS_EACH = 4;
const FIRST_MS = Date.parse('2020-01-01T00:00:00.000Z');
const AT = instantAt(Date.parse('2024-01-01T00:00:00.000Z'));
const PEOPLE_A_TURN = 50;
/** What V8 and SQLite take before they begin to clear up; a million people are 270 MiB of CSV and 800 of JSON. */
const MOST_GROWTH_BYTES = 128 * 1_048_576;
/** Writing a row may take as long again as finding out what stands in it. */
const LEAST_SHARE = 0.5;
const LEAST_PER_SECOND = 5_000;

/**
 * An audit of a whole population as a file, as the desk has it made: rows per second of processor time against the same
 * states found out and thrown away, and against the same cells written without finding out anything; and how far memory
 * grows meanwhile, which must not follow the number of people.
 */
export async function run(people = PEOPLE, keptIn?: string): Promise<BenchRow[]> {
  const vault = await openSqliteVault({ path: ':memory:', keys: keyEncryptionKeysInMemory() });
  const { store, models, close } = await openKeptPeople({ people, factsEach: FACTS_EACH, nowMs: FIRST_MS, keptIn });
  try {
    const parts: ExportParts = { app: { store, vault, logId: 'bench' }, readModels: models.readModels };
    const counted = await measured(() => countsAlone(parts));
    await measured(() => statesAlone(parts, Math.min(people, PEOPLE)));
    const states = await measured(() => statesAlone(parts, people));
    const rows: BenchRow[] = [countedRow(people, counted)];
    for (const [format, generator] of [
      ['CSV', auditCsv(parts)],
      ['JSON', auditJson(parts)],
    ] as const) {
      rows.push(...rowsOf(format, people, await measured(() => exported(parts, generator)), states));
    }
    const written = await measured(() => cellsAlone(people));
    rows.push({
      name: `as many CSV lines without finding out what stands in them`,
      value: people / written.cpuSeconds,
      unit: 'rows/CPU-s',
      limit: 'for comparison',
      ratio: 1,
      ok: true,
    });
    return rows;
  } finally {
    await close();
    await vault.close();
  }
}

/** What a node keeps of a population from the first question on is no memory of the exports. */
function countedRow(people: number, { growthBytes, cpuSeconds }: Measured): BenchRow {
  return {
    name: `memory that the counts of ${people} people keep, read in ${cpuSeconds.toFixed(1)} s of CPU`,
    value: growthBytes / 1_048_576,
    unit: 'MiB',
    limit: 'for comparison',
    ratio: 1,
    ok: true,
  };
}

function rowsOf(format: string, people: number, made: Measured, states: Measured): readonly BenchRow[] {
  const perSecond = people / made.cpuSeconds;
  const alone = people / states.cpuSeconds;
  const name = `audit of ${people} people as ${format}`;
  return [
    {
      name: `${name}, rows`,
      value: perSecond,
      unit: 'rows/CPU-s',
      limit: `at least ${LEAST_SHARE} x the states alone (${alone.toFixed(0)}), and ${LEAST_PER_SECOND}`,
      ratio: perSecond / alone,
      ok: perSecond / alone >= LEAST_SHARE && perSecond >= LEAST_PER_SECOND,
    },
    {
      name: `${name}, growth of memory while ${(made.bytes / 1_048_576).toFixed(0)} MiB are written`,
      value: made.growthBytes / 1_048_576,
      unit: 'MiB',
      limit: `at most ${MOST_GROWTH_BYTES / 1_048_576} MiB`,
      ratio: made.growthBytes / MOST_GROWTH_BYTES,
      ok: made.growthBytes <= MOST_GROWTH_BYTES,
    },
  ];
}

interface Measured {
  readonly cpuSeconds: number;
  readonly growthBytes: number;
  readonly bytes: number;
}

/** Memory is looked at after every piece, from what it was after a collection just before. */
async function measured(pieces: () => AsyncIterable<number>): Promise<Measured> {
  global.gc?.();
  const before = process.memoryUsage.rss();
  const started = process.cpuUsage();
  let peak = before;
  let bytes = 0;
  for await (const length of pieces()) {
    bytes += length;
    peak = Math.max(peak, process.memoryUsage.rss());
  }
  const { user, system } = process.cpuUsage(started);
  return { cpuSeconds: (user + system) / 1e6, growthBytes: peak - before, bytes };
}

async function* exported({ readModels }: ExportParts, generator: EvidenceGenerator): AsyncGenerator<number> {
  const prefix = readModels.applied();
  const order: Evidence = {
    evidenceId: '018c2f6e-7b1d-4c3a-9a55-3f2b1c0d9e01',
    organisationId: ORGANISATION,
    kind: 'AUDIT',
    format: 'CSV',
    policyId: POLICY,
    effectiveAt: AT,
    position: prefix.position,
    requestedAt: AT,
  };
  const rows = progressOf('rows written', readModels.subjectsCount(ORGANISATION, prefix));
  const work = { prefix, signal: new AbortController().signal, rows, mark: () => undefined };
  for await (const piece of generator(order, work)) yield piece.length;
}

async function* countsAlone({ readModels }: ExportParts): AsyncGenerator<number> {
  const prefix = readModels.applied();
  const policy = policyOf(readModels, prefix);
  yield (await countPopulation(readModels, { policy }, { effectiveAt: AT, n: prefix.n }, prefix)).subjects;
}

function policyOf(readModels: ReadModels, prefix: Prefix): PolicyFacts {
  const policy = readModels.policyFacts(POLICY, prefix);
  if (!policy) throw new Error('The policy of the benchmark is not there.');
  return policy;
}

async function* statesAlone({ readModels }: ExportParts, people: number): AsyncGenerator<number> {
  const prefix = readModels.applied();
  const at = { effectiveAt: AT, n: prefix.n };
  const policy = policyOf(readModels, prefix);
  const progress = progressOf('states found', people);
  let found = 0;
  for (let after: number | undefined, first = true; found < people && (first || after !== undefined); first = false) {
    const range = { policy, limit: PEOPLE_A_TURN, ...(after !== undefined && { after }) };
    const page = await peoplePage(readModels, range, at, prefix);
    yield page.people.map((person) => auditedPerson(person, policy, at, undefined).consents.length).length;
    after = page.next;
    found += page.people.length;
    progress(found);
  }
}

async function* cellsAlone(people: number): AsyncGenerator<number> {
  const cells = Array.from({ length: 25 }, (_, column) => `cell ${column} of a person`);
  for (let done = 0; done < people; done += PEOPLE_A_TURN) {
    yield stringify(
      Array.from({ length: PEOPLE_A_TURN }, () => cells),
      { escape_formulas: true },
    ).length;
  }
}

if (require.main === module) {
  const [people, keptIn] = process.argv.slice(2);
  run(people === undefined ? PEOPLE : Number(people), keptIn).then(printBenchRows);
}
