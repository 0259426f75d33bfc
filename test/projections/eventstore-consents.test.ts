import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonObject } from '../../src/event-store/event-store';
import { seededRandom } from '../read-models/support/random-history';
import { at, type SampleFact, sampleId } from '../read-models/support/sample-facts';
import {
  corrected,
  given,
  late,
  live,
  ORGANISATION,
  registered,
  withdrawn,
} from '../read-models/support/sample-people';
import { type PeopleHistory, peopleHistory } from '../support/person-stories';
import { consentsOf, type ServerConsents, tidied } from './support/consents-by-subject';
import { runProjection, type ServerEvent } from './support/projection-server';
import { tablesOfHistory } from './support/tables-of-history';

const source = readFileSync(join(__dirname, '../../projections/eventstore/consent-state-by-subject.js'), 'utf8');
const seed = Number(process.env.TEST_SEED ?? Math.floor(Math.random() * 2 ** 31));
const HISTORIES = process.env.SOAK ? 500 : 20;

jest.setTimeout(process.env.SOAK ? 600_000 : 60_000);

function asServed(events: readonly { readonly stream: string; readonly event: SampleFact }[]): readonly ServerEvent[] {
  const versions = new Map<string, number>();
  return events.map(({ stream, event }) => {
    const sequenceNumber = versions.get(stream) ?? 0;
    versions.set(stream, sequenceNumber + 1);
    const data = JSON.parse(JSON.stringify(event.data)) as JsonObject;
    return { streamId: stream, eventType: event.type, sequenceNumber, isJson: true, data, metadata: {} };
  });
}

function stateOf(states: ReadonlyMap<string, unknown>, subject: string): ServerConsents {
  return tidied(states.get(`subject-${subject}`) as ServerConsents);
}

test('the state of each person lists the decisions and layers that our tables list', () => {
  console.info(`Random histories of consents on the server: TEST_SEED=${seed}`);
  let compared = 0;
  for (let index = 0; index < HISTORIES; index += 1) {
    const history: PeopleHistory = peopleHistory(seededRandom(seed + index), 120);
    const states = runProjection(source, asServed(history.events));
    const { readModels, database } = tablesOfHistory(history.events);
    for (const subject of history.subjects) {
      const person = readModels.personFacts(subject, readModels.applied());
      const theirs = stateOf(states, subject);
      expect({ seed: seed + index, subject, theirs }).toEqual({
        seed: seed + index,
        subject,
        theirs: person && consentsOf(person),
      });
      compared += theirs.consents.length;
    }
    database.close();
  }
  expect(compared).toBeGreaterThan(HISTORIES);
});

test('a fact that was voided comes back as it was, and later corrections start from the original', () => {
  const person = sampleId(10);
  const stream = `subject-${person}`;
  const told = [
    registered(person),
    given(person, live(at('2024-02-01')), [{ purpose: 'newsletter', expiresAt: at('2026-02-01') }]),
    withdrawn(person, late(at('2024-01-15'), at('2024-03-01'))),
    corrected(person, 2, { occurredAt: at('2024-01-10'), locale: 'en', purposes: [{ purpose: 'newsletter' }] }),
    corrected(person, 2, { void: true }),
    corrected(person, 2),
  ];
  const kindsAfter = (count: number) => {
    const events = told.slice(0, count).map((event) => ({ stream, event }));
    const [consent] = stateOf(runProjection(source, asServed(events)), person).consents;
    return consent?.decisions;
  };
  const yes = { place: 2, kind: 'GIVEN', validFrom: at('2024-02-01'), locale: 'nb', expiresAt: at('2026-02-01') };
  const no = { place: 3, kind: 'WITHDRAWN', validFrom: at('2024-01-15') };
  expect(kindsAfter(3)).toMatchObject([yes, no]);
  expect(kindsAfter(4)).toMatchObject([no, { ...yes, validFrom: at('2024-01-10'), locale: 'en', expiresAt: null }]);
  expect(kindsAfter(5)).toMatchObject([no]);
  expect(kindsAfter(6)).toMatchObject([yes, no]);
  expect(stateOf(runProjection(source, asServed([{ stream, event: registered(person) }])), person)).toEqual({
    subjectId: person,
    organisationId: ORGANISATION,
    linkedTo: null,
    erasedAt: null,
    consents: [],
  });
});
