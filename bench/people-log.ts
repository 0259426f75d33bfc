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

const APPENDS_AT_ONCE = 2_000;

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

/**
 * Registers people and lets each of them do so many things, all at the same time, as on a busy day.
 *
 * @param progress is told now and then how many events there are
 */
export async function recordPeople(
  store: EventStore,
  people: number,
  factsEach: number,
  progress: (events: number) => void = () => undefined,
): Promise<number> {
  let events = 3;
  await store.append(`organisation-${ORGANISATION}`, [organisationRegistered()], 0);
  await store.append(`policy-${POLICY}`, [policyCreated(), policyPublished()], 0);
  for (let place = 0; place <= factsEach; place += 1) {
    for (let from = 0; from < people; from += APPENDS_AT_ONCE) {
      // Made when they are needed: the events of a million people do not fit into memory.
      const count = Math.min(APPENDS_AT_ONCE, people - from);
      const ids = Array.from({ length: count }, (_, index) => personId(from + index));
      const eventOfPerson = (id: string) => (place === 0 ? registered(id) : deed(id, place));
      await Promise.all(ids.map((id) => store.append(`subject-${id}`, [eventOfPerson(id)], place)));
      events += count;
      progress(events);
    }
  }
  return events;
}

/** What everybody's events say, ids of theirs left out: another text where the log is another. */
export function contentOfLog(factsEach: number): string {
  const [first, second] = [personId(0), personId(1)];
  const ofPerson = (id: string) => Array.from({ length: factsEach }, (_, index) => deed(id, index + 1));
  const events = [organisationRegistered(), policyCreated(), policyPublished(), registered(first), ...ofPerson(second)];
  return JSON.stringify(events.map(({ type, data, metadata }) => [type, data, metadata]));
}

export function personId(person: number): string {
  return idOf(`person ${person}`);
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
