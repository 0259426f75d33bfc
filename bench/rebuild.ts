import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { v5 as uuidv5 } from 'uuid';
import type { Projection } from '../projections/projection';
import { type Instant, instantAt } from '../src/domain/time';
import type { EventStore, JsonObject, NewEvent } from '../src/event-store/event-store';
import { openSqliteEventStore } from '../src/event-store/sqlite/sqlite-event-store';
import { listedCategories, READ_PREFIXES } from '../src/read-models/incoming-event';
import { type ProjectionRunner, projectionRunner } from '../src/read-models/projection-runner';
import { PROJECTIONS } from '../src/read-models/sqlite/open-read-models';
import { openReadModelDatabase } from '../src/read-models/sqlite/read-model-database';
import { readModelStorage } from '../src/read-models/sqlite/read-model-storage';
import { type BenchRow, median, printBenchRows } from './bench-row';

const POLICIES = 1_000;
/** A policy is created, then drafted, approved and published so many times. */
const VERSIONS = 15;
const EVENTS_PER_STREAM = 1 + VERSIONS * 5;
const ROUNDS = 3;
export const LEAST_PER_SECOND = 60_000;
const LEAST_IN_BULK = 120_000;
const FIRST_MS = Date.parse('2020-01-01T00:00:00.000Z');
const HOUR_MS = 3_600_000;
const NAMESPACE = '6ba7b810-9dad-11d1-80b4-00c04fd430c8';

/**
 * Read models from zero: the whole log, in its order, through decoding, the projections' folds and SQLite. Through the
 * runner up to "live", and in bulk as `rebuild` does it beside the live tables; both with every index made. Figures are
 * events times projections per second of processor time, of all projections together and of each alone.
 */
export async function run(): Promise<BenchRow[]> {
  const store = openSqliteEventStore({ clock: () => FIRST_MS });
  const events = await fill(store);
  const all = await ratesOf(store, events, PROJECTIONS);
  const count = `${PROJECTIONS.length} projections, ${events} events`;
  const rows = [
    rowOf(`read models from zero by the runner, ${count}`, all.byRunner, LEAST_PER_SECOND),
    rowOf(`read models from zero in bulk, ${count}`, all.inBulk, LEAST_IN_BULK),
  ];
  for (const projection of PROJECTIONS) {
    const { byRunner } = await ratesOf(store, events, [projection]);
    rows.push(rowOf(`${projection.name}-v${projection.version} alone by the runner`, byRunner, LEAST_PER_SECOND));
  }
  await store.close();
  return rows;
}

export function rowOf(name: string, value: number, least: number): BenchRow {
  const limit = `at least ${least} events per projection and CPU-second`;
  return { name, value, unit: 'events/CPU-s', limit, ratio: value / least, ok: value >= least };
}

export interface Rates {
  readonly byRunner: number;
  readonly inBulk: number;
}

export async function ratesOf(store: EventStore, events: number, projections: readonly Projection[]): Promise<Rates> {
  const rounds: Rates[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const { byRunner, inBulk } = await cpuSecondsOf(store, projections);
    const handled = events * projections.length;
    rounds.push({ byRunner: handled / byRunner, inBulk: handled / inBulk });
  }
  return {
    byRunner: median(rounds.map((rates) => rates.byRunner)),
    inBulk: median(rounds.map((rates) => rates.inBulk)),
  };
}

async function cpuSecondsOf(store: EventStore, projections: readonly Projection[]): Promise<Rates> {
  const directory = mkdtempSync(join(tmpdir(), 'samtykke-bench-'));
  const database = openReadModelDatabase(join(directory, 'read-model.db'));
  try {
    const storage = readModelStorage(database, projections, READ_PREFIXES);
    const listed = listedCategories(projections);
    const options = { store, storage, prefixes: READ_PREFIXES, listed, nowMs: () => FIRST_MS, log: () => undefined };
    const runner = projectionRunner(options);
    const byRunner = await cpuSeconds(async () => {
      runner.start();
      await untilLive(runner);
    });
    const inBulk = await cpuSeconds(() => runner.rebuild());
    await runner.close();
    return { byRunner, inBulk };
  } finally {
    database.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function cpuSeconds(work: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

async function untilLive(runner: ProjectionRunner): Promise<void> {
  while (runner.state().phase !== 'live') {
    if (runner.state().phase === 'stopped') throw new Error(JSON.stringify(runner.state()));
    await delay(5);
  }
}

/** Many policies at once, as a busy log has them: first events of all, then second events of all, and so on. */
async function fill(store: EventStore): Promise<number> {
  const organisation = idOf('organisation');
  await store.append(
    `organisation-${organisation}`,
    [eventOf('OrganisationRegistered', organisationOf(organisation))],
    0,
  );
  const histories = Array.from({ length: POLICIES }, (_, policy) => historyOf(policy, organisation));
  for (let place = 0; place < EVENTS_PER_STREAM; place += 1) {
    const appends = histories.map(({ stream, events }) => store.append(stream, events.slice(place, place + 1), place));
    await Promise.all(appends);
  }
  return 1 + POLICIES * EVENTS_PER_STREAM;
}

function historyOf(number: number, organisationId: string): { readonly stream: string; readonly events: NewEvent[] } {
  const policyId = idOf(`policy ${number}`);
  const author = idOf('author');
  const content = { locale: 'nb', format: 'MARKDOWN', sha256: 'ab'.repeat(32), bytes: 20_000 };
  const title = { locale: 'nb', text: 'Personvernerklæring' };
  const created = {
    policyId,
    organisationId,
    slug: `policy-${number}`,
    kind: 'PRIVACY_NOTICE',
    title,
    createdAt: at(0),
  };
  const events = [eventOf('PolicyCreated', created)];
  for (let sequence = 1; sequence <= VERSIONS; sequence += 1) {
    const hour = sequence * 10;
    const revision = sequence * 3;
    for (const edit of [1, 2]) {
      const data = { policyId, author, revision: revision + edit, content, editedAt: at(hour + edit) };
      events.push(eventOf('PolicyDraftTextEdited', data));
    }
    const draft = { policyId, revision: revision + 2, draftHash: 'cd'.repeat(32) };
    events.push(eventOf('PolicyDraftApproved', { ...draft, approver: idOf('approver'), approvedAt: at(hour + 3) }));
    const versionId = idOf(`version ${number} ${sequence}`);
    const version = versionOf(policyId, versionId, sequence, at(hour + 4));
    events.push(eventOf('PolicyVersionPublished', { ...version, contents: [content] }));
    const named = { policyId, title: { ...title, text: `Personvern ${sequence}` }, setAt: at(hour + 5) };
    const withdrawn = { policyId, versionId, from: at(hour + 5), reason: 'Feil', voidsDecisions: false, rerooted: [] };
    events.push(
      sequence % 5 === 0
        ? eventOf('PolicyVersionWithdrawn', { ...withdrawn, withdrawnAt: at(hour + 5) })
        : eventOf('PolicyTitleSet', named),
    );
  }
  return { stream: `policy-${policyId}`, events };
}

function organisationOf(organisationId: string): JsonObject {
  return {
    organisationId,
    slug: 'fjordlys',
    name: 'Fjordlys AS',
    timeZone: 'Europe/Oslo',
    defaultLocale: 'nb',
    approvalRequired: true,
    noticeLeadDays: 14,
    retention: { loginAndDeliveryDays: 21, operationalDays: 365 },
    registeredAt: at(0),
  };
}

export function versionOf(policyId: string, versionId: string, sequence: number, publishedAt: Instant): JsonObject {
  const purpose = {
    key: 'newsletter',
    titles: [{ locale: 'nb', text: 'Nyhetsbrev' }],
    optional: true,
    bases: [{ subjectCategory: 'customer', legalBasis: 'CONSENT' }],
    dataCategories: ['e-mail address', 'name'],
    sources: [],
    recipients: [],
    processors: [],
    retention: 'Until withdrawn',
    transfers: [],
  };
  const roots = { consent: { newsletter: versionId }, notice: versionId, acceptance: versionId };
  return {
    policyId,
    versionId,
    publisher: idOf('publisher'),
    sequence,
    label: `Versjon ${sequence}`,
    effectiveFrom: publishedAt,
    timeZone: 'Europe/Oslo',
    audience: ['customer'],
    statement: {
      controller: { name: 'Fjordlys AS', role: 'controller', address: 'Strandgata 1, Bergen' },
      controllerIsCustomer: false,
      processors: [],
      contact: 'personvern@fjordlys.example',
      purposes: [purpose],
      rights: ['ACCESS', 'RECTIFICATION', 'ERASURE', 'RESTRICTION', 'WITHDRAW_CONSENT'],
      complaintAuthority: 'Datatilsynet',
    },
    change: {
      reasons: ['WORDING'],
      summaries: [{ locale: 'nb', text: 'Klarere språk' }],
      compared: true,
      noticeDuty: 'NONE',
      noticeLeadDays: 0,
      renewalPurposes: [],
      blocking: false,
      graceDays: 0,
    },
    flags: [],
    roots,
    rerooted: [],
    draftRevision: sequence,
    draftHash: 'cd'.repeat(32),
    publishedAt,
  };
}

let made = 0;

function eventOf(type: string, data: JsonObject): NewEvent {
  made += 1;
  const metadata = { commandId: idOf('command'), actor: idOf('actor'), schemaVersion: 1, streamTag: 'a'.repeat(43) };
  return { id: idOf(`event ${made}`), type, data, metadata };
}

function idOf(name: string): string {
  return uuidv5(name, NAMESPACE);
}

function at(hour: number): Instant {
  return instantAt(FIRST_MS + hour * HOUR_MS);
}

if (require.main === module) {
  run().then(printBenchRows);
}
