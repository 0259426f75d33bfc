import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { stringify } from 'csv-stringify/sync';
import type { Evidence } from '../src/application/evidence';
import { instantAt } from '../src/domain/time';
import { openSqliteEventStore } from '../src/event-store/sqlite/sqlite-event-store';
import { auditCsv } from '../src/evidence/audit-export/audit-csv';
import { auditJson } from '../src/evidence/audit-export/audit-json';
import { auditedPerson } from '../src/evidence/audit-export/audited-person';
import type { EvidenceGenerator } from '../src/evidence/evidence-generators';
import type { ExportParts } from '../src/evidence/file-head';
import { peoplePage } from '../src/read-models/population';
import { type OpenReadModels, openReadModels } from '../src/read-models/sqlite/open-read-models';
import { keyEncryptionKeysInMemory } from '../src/vault/key-encryption-keys';
import { openSqliteVault } from '../src/vault/sqlite/sqlite-vault';
import { type BenchRow, printBenchRows } from './bench-row';
import { ORGANISATION, POLICY, recordPeople } from './people-log';

/** `node … bench/export.ts 1000000` takes a million; it needs half an hour to write them first. */
const PEOPLE = 20_000;
const FACTS_EACH = 4;
const FIRST_MS = Date.parse('2020-01-01T00:00:00.000Z');
const AT = instantAt(Date.parse('2024-01-01T00:00:00.000Z'));
const PEOPLE_A_TURN = 200;
/** What V8 and SQLite take before they begin to clear up; a million people are 270 MiB of CSV and 800 of JSON. */
const MOST_GROWTH_BYTES = 128 * 1_048_576;
/** Writing a row may take as long again as finding out what stands in it. */
const LEAST_SHARE = 0.5;
const LEAST_PER_SECOND = 1_500;

/**
 * An audit of a whole population as a file, as the desk has it made: rows per second of processor time against the same
 * states found out and thrown away, and against the same cells written without finding out anything; and how far memory
 * grows meanwhile, which must not follow the number of people.
 */
export async function run(people = PEOPLE): Promise<BenchRow[]> {
  const directory = mkdtempSync(join(tmpdir(), 'samtykke-bench-'));
  const store = openSqliteEventStore({ directory, clock: () => FIRST_MS });
  const vault = await openSqliteVault({ path: ':memory:', keys: keyEncryptionKeysInMemory() });
  const models = openReadModels({
    file: join(directory, 'read-model.db'),
    store,
    nowMs: () => FIRST_MS,
    // Mapped pages would count as the memory of the export.
    mappedBytes: 0,
  });
  try {
    const events = await recordPeople(store, people, FACTS_EACH);
    await applied(models, events);
    const parts: ExportParts = { app: { store, vault, logId: 'bench' }, readModels: models.readModels };
    await measured(() => statesAlone(parts));
    const states = await measured(() => statesAlone(parts));
    const rows: BenchRow[] = [];
    for (const [format, generator] of [
      ['CSV', auditCsv(parts)],
      ['JSON', auditJson(parts)],
    ] as const) {
      const made = await measured(() => exported(parts, generator));
      const perSecond = people / made.cpuSeconds;
      const alone = people / states.cpuSeconds;
      const name = `audit of ${people} people as ${format}`;
      rows.push({
        name: `${name}, rows`,
        value: perSecond,
        unit: 'rows/CPU-s',
        limit: `at least ${LEAST_SHARE} x the states alone (${alone.toFixed(0)}), and ${LEAST_PER_SECOND}`,
        ratio: perSecond / alone,
        ok: perSecond / alone >= LEAST_SHARE && perSecond >= LEAST_PER_SECOND,
      });
      rows.push({
        name: `${name}, growth of memory while ${(made.bytes / 1_048_576).toFixed(0)} MiB are written`,
        value: made.growthBytes / 1_048_576,
        unit: 'MiB',
        limit: `at most ${MOST_GROWTH_BYTES / 1_048_576} MiB`,
        ratio: made.growthBytes / MOST_GROWTH_BYTES,
        ok: made.growthBytes <= MOST_GROWTH_BYTES,
      });
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
    await models.close();
    await store.close();
    await vault.close();
    rmSync(directory, { recursive: true, force: true });
  }
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
  const work = { prefix, signal: new AbortController().signal, rows: () => undefined, mark: () => undefined };
  for await (const piece of generator(order, work)) yield piece.length;
}

async function* statesAlone({ readModels }: ExportParts): AsyncGenerator<number> {
  const prefix = readModels.applied();
  const at = { effectiveAt: AT, n: prefix.n };
  const policy = readModels.policyFacts(POLICY, prefix);
  if (!policy) throw new Error('The policy of the benchmark is not there.');
  for (let after: number | undefined, first = true; first || after !== undefined; first = false) {
    const range = { policy, limit: PEOPLE_A_TURN, ...(after !== undefined && { after }) };
    const page = await peoplePage(readModels, range, at, prefix);
    yield page.people.map((person) => auditedPerson(person, policy, at, undefined).consents.length).length;
    after = page.next;
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

async function applied({ runner, readModels }: OpenReadModels, events: number): Promise<void> {
  runner.start();
  while (readModels.applied().n < events || runner.state().phase !== 'live') {
    if (runner.state().phase === 'stopped') throw new Error(JSON.stringify(runner.state()));
    await delay(5);
  }
}

if (require.main === module) {
  const [asked] = process.argv.slice(2);
  run(asked === undefined ? PEOPLE : Number(asked)).then(printBenchRows);
}
