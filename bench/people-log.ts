import { v5 as uuidv5 } from 'uuid';
import { instantAt } from '../src/domain/time';
import type { EventStore, JsonObject, NewEvent } from '../src/event-store/event-store';
import { versionOf } from './rebuild';

const NAMESPACE = '6ba7b810-9dad-11d1-80b4-00c04fd430c8';
const FIRST_MS = Date.parse('2020-01-01T00:00:00.000Z');
const MINUTE_MS = 60_000;
const PURPOSES = ['newsletter', 'profiling'];

export const POLICY = idOf('policy');
export const ORGANISATION = idOf('organisation');
const VERSION = idOf('version');

/** What one person does, in turn, until there are so many events; then the next round begins anew. */
const DEEDS: readonly ((person: string, at: string) => readonly [type: string, data: JsonObject])[] = [
  (person, at) => ['NoticeNotified', { ...shown(person, at), channel: 'APP' }],
  (person, at) => ['NoticeShown', { ...shown(person, at), channel: 'APP' }],
  (person, at) => ['NoticeAcknowledged', { ...shown(person, at), channel: 'APP', method: 'CLICKED_BUTTON' }],
  (person, at) => [
    'ConsentGiven',
    {
      ...shown(person, at),
      ...CLICKED,
      purposes: PURPOSES.map((purpose) => ({ purpose, expiresAt: '2030-01-01T00:00:00.000Z' })),
    },
  ],
  (person, at) => [
    'ConsentWithdrawn',
    { subjectId: person, policyId: POLICY, purposes: ['newsletter'], ...occurrence(at) },
  ],
];

const CLICKED = { method: 'CLICKED_BUTTON', channel: 'APP', decidedBy: 'PERSON' };

/** Lets one person do so many things more. */
export async function recordDeeds(store: EventStore, person: string, from: number, count: number): Promise<void> {
  const CHUNK = 500;
  for (let first = from; first < from + count; first += CHUNK) {
    const places = Array.from({ length: Math.min(CHUNK, from + count - first) }, (_, index) => first + index);
    await store.append(
      `subject-${person}`,
      places.map((place) => deed(person, place)),
      first,
    );
  }
}

/** Registers people and lets each of them do so many things, all at the same time, as on a busy day. */
export async function recordPeople(store: EventStore, people: number, factsEach: number): Promise<number> {
  const ids = Array.from({ length: people }, (_, person) => personId(person));
  await appendAll(store, [[`organisation-${ORGANISATION}`, organisationRegistered(), 0]]);
  await appendAll(store, [[`policy-${POLICY}`, policyCreated(), 0]]);
  await appendAll(store, [[`policy-${POLICY}`, policyPublished(), 1]]);
  await appendAll(
    store,
    ids.map((id) => [`subject-${id}`, registered(id), 0] as const),
  );
  for (let place = 1; place <= factsEach; place += 1) {
    await appendAll(
      store,
      ids.map((id) => [`subject-${id}`, deed(id, place), place] as const),
    );
  }
  return 3 + people * (1 + factsEach);
}

export function personId(person: number): string {
  return idOf(`person ${person}`);
}

async function appendAll(
  store: EventStore,
  appends: readonly (readonly [stream: string, event: NewEvent, expected: number])[],
): Promise<void> {
  const CHUNK = 2_000;
  for (let from = 0; from < appends.length; from += CHUNK) {
    const chunk = appends.slice(from, from + CHUNK);
    await Promise.all(chunk.map(([stream, event, expected]) => store.append(stream, [event], expected)));
  }
}

function registered(subjectId: string): NewEvent {
  return eventOf('SubjectRegistered', {
    subjectId,
    organisationId: ORGANISATION,
    anonymous: false,
    categories: ['customer'],
    exempt: false,
    keyId: idOf(`key ${subjectId}`),
    registeredAt: minute(0),
    notedAt: minute(0),
  });
}

function deed(person: string, place: number): NewEvent {
  const make = DEEDS[(place - 1) % DEEDS.length];
  if (!make) throw new RangeError('There is nothing to do.');
  return eventOf(...make(person, minute(place)));
}

function shown(subjectId: string, at: string): JsonObject {
  const text = { policyId: POLICY, versionId: VERSION, locale: 'nb', contentSha256: 'ab'.repeat(32) };
  return { subjectId, ...text, ...occurrence(at) };
}

function occurrence(at: string): JsonObject {
  return { occurredAt: at, validFrom: at, live: true, notedAt: at };
}

function organisationRegistered(): NewEvent {
  return eventOf('OrganisationRegistered', {
    organisationId: ORGANISATION,
    slug: 'fjordlys',
    name: 'Fjordlys AS',
    timeZone: 'Europe/Oslo',
    defaultLocale: 'nb',
    approvalRequired: true,
    noticeLeadDays: 14,
    retention: { loginAndDeliveryDays: 21, operationalDays: 365 },
    registeredAt: minute(0),
  });
}

function policyCreated(): NewEvent {
  return eventOf('PolicyCreated', {
    policyId: POLICY,
    organisationId: ORGANISATION,
    slug: 'personvern',
    kind: 'PRIVACY_NOTICE',
    title: { locale: 'nb', text: 'Personvernerklæring' },
    createdAt: minute(0),
  });
}

function policyPublished(): NewEvent {
  const content = { locale: 'nb', format: 'MARKDOWN', sha256: 'ab'.repeat(32), bytes: 20_000 };
  return eventOf('PolicyVersionPublished', {
    ...versionOf(POLICY, VERSION, 1, instantAt(FIRST_MS)),
    contents: [content],
  });
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

function minute(count: number): string {
  return instantAt(FIRST_MS + count * MINUTE_MS);
}
