import { createHash } from 'node:crypto';
import type Database from 'better-sqlite3';
import { v5 as uuidv5 } from 'uuid';
import { population } from '../projections/population';
import { epochMsOf, type Instant, instantAt } from '../src/domain/time';
import type { JsonObject, Position, StoredEvent } from '../src/event-store/event-store';
import { incomingEvent, listedCategories, READ_PREFIXES } from '../src/read-models/incoming-event';
import type { IncomingEvent, ProjectionTables } from '../src/read-models/projection-tables';
import type { ReadModels } from '../src/read-models/read-models';
import { PROJECTIONS, readModelsOver } from '../src/read-models/sqlite/open-read-models';
import { openReadModelDatabase } from '../src/read-models/sqlite/read-model-database';
import { readModelStorage } from '../src/read-models/sqlite/read-model-storage';
import { tableName } from '../src/read-models/sqlite/table-names';
import { versionOf } from './rebuild';

/** Ten years of one organisation's people, event by event, in the order of the log; the same every time. */
export interface AuditedLog {
  readonly policy: string;
  readonly startMs: number;
  readonly endMs: number;
  /** Another where the log is another, or the tables that are made of it. */
  readonly content: string;
  random(): number;
  events(): Generator<IncomingEvent>;
  /** The same as a store gives them back. */
  stored(): Generator<StoredEvent>;
  /** One fact more, told now. */
  next(): IncomingEvent;
  /** A text that everybody has to agree to anew. */
  publish(at: Instant): IncomingEvent;
  nowMs(): number;
}

export const SLUG = 'fjordlys';
const START_MS = Date.parse('2015-01-01T00:00:00.000Z');
const DAY_MS = 86_400_000;
const SPAN_MS = 3_650 * DAY_MS;
const VERSIONS = 10;
const VALID_MS = 730 * DAY_MS;
const PURPOSES = ['newsletter', 'profiling'];
const POLICY = idOf('policy');
const ORGANISATION = idOf('organisation');
const SHA = 'ab'.repeat(32);
const LISTED = listedCategories(PROJECTIONS);
const LATE_BY_MS = 900 * DAY_MS;

interface Person {
  readonly id: string;
  place: number;
  /** The last version that they were shown. */
  shown: number;
  consents: boolean;
}

export function auditedLog(of: { people: number; facts: number; latePercent: number }): AuditedLog {
  const random = mulberry32(7);
  const people: Person[] = [];
  const total = of.people + of.facts;
  const step = SPAN_MS / total;
  let now = START_MS;
  let n = 0;
  let versions = 0;

  function event(stream: string, version: number, type: string, data: JsonObject): StoredEvent {
    n += 1;
    const metadata = { schemaVersion: 1, actor: 'actor' };
    const position = String(n) as Position;
    return { id: idOf(`event ${n}`), position, recordedAt: Math.floor(now), stream, version, type, data, metadata };
  }

  function publish(at: Instant): StoredEvent {
    versions += 1;
    const id = idOf(`version ${versions}`);
    const base = versionOf(POLICY, id, versions, at) as JsonObject & { statement: JsonObject; change: JsonObject };
    const [first] = base.statement.purposes as JsonObject[];
    const statement = { ...base.statement, purposes: PURPOSES.map((key) => ({ ...first, key })) };
    const consent = Object.fromEntries(PURPOSES.map((key) => [key, id]));
    const change = { ...base.change, noticeDuty: 'ACTIVE', reasons: ['PURPOSE'], renewalPurposes: PURPOSES };
    const content = { locale: 'nb', format: 'MARKDOWN', sha256: SHA, bytes: 20_000 };
    const data = { ...base, statement, change, roots: { consent, notice: id, acceptance: id }, contents: [content] };
    return event(`policy-${POLICY}`, versions + 1, 'PolicyVersionPublished', data);
  }

  function register(): StoredEvent {
    const person = { id: idOf(`person ${people.length}`), place: 1, shown: 0, consents: false };
    people.push(person);
    const at = instantAt(Math.floor(now));
    const data = { subjectId: person.id, organisationId: ORGANISATION, keyId: idOf(`key ${person.id}`) };
    const profile = { categories: ['customer'], exempt: false, anonymous: false, registeredAt: at, notedAt: at };
    return event(`subject-${person.id}`, 1, 'SubjectRegistered', { ...data, ...profile });
  }

  /** What somebody does who looks in: what they have not seen is shown to them, and mostly they decide at once. */
  function* visit(person: Person, live: boolean): Generator<StoredEvent> {
    const at = Math.floor(live ? now : Math.max(START_MS, now - DAY_MS - random() * LATE_BY_MS));
    const version = Math.max(1, Math.min(versions, Math.floor(((at - START_MS) / SPAN_MS) * VERSIONS) + 1));
    const text = { versionId: idOf(`version ${version}`), locale: 'nb', contentSha256: SHA, channel: 'APP' };
    const fact = (type: string, data: JsonObject) => {
      person.place += 1;
      const occurrence = {
        occurredAt: instantAt(at),
        validFrom: instantAt(at),
        live,
        notedAt: instantAt(Math.floor(now)),
      };
      const about = { subjectId: person.id, policyId: POLICY, ...occurrence };
      return event(`subject-${person.id}`, person.place, type, { ...about, ...data });
    };
    const decided = { ...text, method: 'CLICKED_BUTTON', decidedBy: 'PERSON' };
    const expiresAt = instantAt(at + VALID_MS);
    const yes = { ...decided, purposes: PURPOSES.map((purpose) => ({ purpose, expiresAt })) };
    if (person.shown >= version && live) {
      person.consents = !person.consents;
      yield person.consents ? fact('ConsentGiven', yes) : fact('ConsentWithdrawn', { purposes: PURPOSES });
      return;
    }
    person.shown = Math.max(version, person.shown);
    yield fact('NoticeShown', text);
    if (random() < 0.8) yield fact('NoticeAcknowledged', { ...text, method: 'CLICKED_BUTTON' });
    const roll = random();
    person.consents = roll < 0.6;
    if (roll < 0.6) yield fact('ConsentGiven', yes);
    else if (roll < 0.8) yield fact('ConsentRefused', { ...decided, purposes: PURPOSES });
  }

  function anybody(): Person {
    const person = people[Math.floor(random() * people.length)];
    if (!person) throw new RangeError('Nobody is registered.');
    return person;
  }

  function* stored(): Generator<StoredEvent> {
    const at = instantAt(now);
    let told = 0;
    yield event(`organisation-${ORGANISATION}`, 1, 'OrganisationRegistered', organisation(at));
    yield event(`policy-${POLICY}`, 1, 'PolicyCreated', policyCreated(at));
    for (let place = 0; place < total; place += 1) {
      now = START_MS + place * step;
      if (versions < VERSIONS && place * VERSIONS >= versions * total) yield publish(instantAt(Math.floor(now)));
      const fresh = people.length * total < place * of.people || people.length === 0;
      if (fresh) yield register();
      else if (told < place - people.length) told += yield* counted(visit(anybody(), random() * 100 >= of.latePercent));
    }
  }

  function* counted(facts: Generator<StoredEvent>): Generator<StoredEvent, number> {
    let count = 0;
    for (const fact of facts) {
      yield fact;
      count += 1;
    }
    return count;
  }

  function* events(): Generator<IncomingEvent> {
    for (const each of stored()) yield incomingEvent(each, LISTED);
  }

  return {
    policy: POLICY,
    startMs: START_MS,
    endMs: START_MS + SPAN_MS,
    get content() {
      return contentOf(auditedLog(of).stored());
    },
    random,
    events,
    stored,
    next: () => {
      now += 1_000;
      const [first] = visit(anybody(), true);
      if (!first) throw new RangeError('A visit tells nothing.');
      return incomingEvent(first, LISTED);
    },
    publish: (at) => {
      now = Math.max(now, epochMsOf(at));
      return incomingEvent(publish(at), LISTED);
    },
    nowMs: () => Math.floor(now),
  };
}

const EVENTS_OF_CONTENT = 1_000;

function contentOf(events: Iterable<StoredEvent>): string {
  const versions = PROJECTIONS.map(({ name, version }) => `${name}-v${version}`);
  const hash = createHash('sha256').update(versions.join());
  let count = 0;
  for (const event of events) {
    hash.update(JSON.stringify(event));
    count += 1;
    if (count >= EVENTS_OF_CONTENT) break;
  }
  return hash.digest('hex').slice(0, 12);
}

/** The tables of a node, filled by hand. */
export interface AuditedTables {
  readonly readModels: ReadModels;
  /**
   * @param progress is told now and then how many were applied
   * @returns how many there were
   */
  applyAll(events: Iterable<IncomingEvent>, progress?: (events: number) => void): Promise<number>;
  /** Every row of people that populations are counted from. */
  rowsOfPeople(): number;
  close(): void;
}

const BATCH = 500;
const TABLES_OF_PEOPLE = ['people', 'facts', 'standings', 'moves'];

export function auditedTables(path: string): AuditedTables {
  const database = openReadModelDatabase(path);
  const tables = readModelStorage(database, PROJECTIONS, READ_PREFIXES).live();
  const positions = {
    comparePositions: (a: Position, b: Position) => Number(a) - Number(b),
    isPosition: (text: string): text is Position => /^\d+$/.test(text),
  };
  return {
    readModels: readModelsOver(database, positions, () => tables.checkpoint()),
    applyAll: async (events, progress = () => undefined) => {
      const count = inBatches(tables, events, progress);
      if (count > 1) tables.finish();
      return count;
    },
    rowsOfPeople: () => TABLES_OF_PEOPLE.reduce((sum, table) => sum + rowsOf(database, table), 0),
    close: () => database.close(),
  };
}

function inBatches(
  tables: ProjectionTables,
  events: Iterable<IncomingEvent>,
  progress: (events: number) => void,
): number {
  let batch: IncomingEvent[] = [];
  let count = 0;
  const flush = () => {
    const { applied, failure } = tables.apply(batch);
    if (applied < batch.length) throw failure;
    count += batch.length;
    batch = [];
    progress(count);
  };
  for (const event of events) {
    batch.push(event);
    if (batch.length >= BATCH) flush();
  }
  flush();
  return count;
}

function rowsOf(database: Database.Database, table: string): number {
  return (
    database
      .prepare<[], number>(`SELECT count(*) FROM ${tableName(population, table)}`)
      .pluck()
      .get() ?? 0
  );
}

function organisation(registeredAt: string): JsonObject {
  return {
    organisationId: ORGANISATION,
    slug: SLUG,
    name: 'Fjordlys AS',
    timeZone: 'Europe/Oslo',
    defaultLocale: 'nb',
    approvalRequired: true,
    noticeLeadDays: 14,
    retention: { loginAndDeliveryDays: 21, operationalDays: 365 },
    registeredAt,
  };
}

function policyCreated(createdAt: string): JsonObject {
  const title = { locale: 'nb', text: 'Personvernerklæring' };
  return {
    policyId: POLICY,
    organisationId: ORGANISATION,
    slug: 'personvern',
    kind: 'PRIVACY_NOTICE',
    title,
    createdAt,
  };
}

/** A source of numbers that gives the same ones for the same seed. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function idOf(name: string): string {
  return uuidv5(name, '6ba7b810-9dad-11d1-80b4-00c04fd430c8');
}
