import { consentDecisions } from '../../projections/consent-decisions';
import { FoldBroken, insert, update } from '../../projections/projection';
import type { Position } from '../../src/event-store/event-store';
import { incomingEvent, listedCategories, READ_PREFIXES } from '../../src/read-models/incoming-event';
import { PROJECTIONS, readModelsOver } from '../../src/read-models/sqlite/open-read-models';
import { openReadModelDatabase } from '../../src/read-models/sqlite/read-model-database';
import { readModelStorage } from '../../src/read-models/sqlite/read-model-storage';
import { rowWriter } from '../../src/read-models/sqlite/row-writer';
import { tableName } from '../../src/read-models/sqlite/table-names';
import { newEvent } from './support/read-model-node';
import { at, type SampleFact, sampleId } from './support/sample-facts';
import { given, live, POLICY, registered, subjectStream } from './support/sample-people';

const person = sampleId(10);
const database = openReadModelDatabase(':memory:');
const tables = readModelStorage(database, PROJECTIONS, READ_PREFIXES).live();
const listed = listedCategories(PROJECTIONS);

afterAll(() => database.close());

function incoming(n: number, fact: SampleFact) {
  const position = String(n) as Position;
  return incomingEvent(
    { ...newEvent(fact), position, recordedAt: n, stream: subjectStream(person), version: n },
    listed,
  );
}

test('numbers given in a batch that was taken back are given anew, and not remembered', () => {
  const linkedAt = at('2024-03-01');
  const toNobody: SampleFact = {
    type: 'SubjectLinked',
    data: { subjectId: person, accountId: sampleId(99), linkedAt },
  };
  const batch = [
    registered(person),
    given(person, live(at('2024-02-01'))),
    given(person, live(at('2024-02-02'))),
    toNobody,
  ].map((fact, index) => incoming(index + 1, fact));
  const { applied, failure } = tables.apply(batch);
  expect([applied, failure]).toEqual([3, expect.any(FoldBroken)]);
  const purposes = database
    .prepare(`SELECT purpose FROM ${tableName(consentDecisions, 'purposes')}`)
    .pluck()
    .all();
  expect(purposes).toEqual(['newsletter']);
  const positions = { comparePositions: () => 0, isPosition: () => true };
  const readModels = readModelsOver(database, positions, () => tables.checkpoint());
  const facts = readModels.personFacts(person, { n: 3 });
  const decisions = [...(facts?.decisions(POLICY, 'newsletter', at('2024-03-01')) ?? [])];
  expect(decisions.map(({ kind, order }) => [kind, order])).toEqual([
    ['GIVEN', 3],
    ['GIVEN', 2],
  ]);
});

test('a row of a table that never changes is not changed', () => {
  const writer = rowWriter(database, consentDecisions, 'live');
  writer.write(insert('purposes', { number: 900, policy: POLICY, purpose: 'other' }));
  expect(writer.view.rows('purposes', { policy: POLICY, purpose: 'other' })).toHaveLength(1);
  expect(() => writer.write(update('purposes', { number: 900 }, { purpose: 'changed' }))).toThrow(FoldBroken);
});

test('rows of a table that never changes are found again after more others than are kept', () => {
  const writer = rowWriter(database, consentDecisions, 'live');
  const match = (number: number) => ({ policy: POLICY, purpose: `many-${number}` });
  const found = (number: number) => writer.view.rows('purposes', match(number)).map((row) => row.number);
  database.transaction(() => {
    for (let number = 1_000; number < 7_000; number += 1)
      writer.write(insert('purposes', { number, ...match(number) }));
  })();
  const wrong: number[] = [];
  for (let round = 0; round < 2; round += 1) {
    for (let number = 1_000; number < 7_000; number += 1) {
      if (found(number)[0] !== number || found(1_000)[0] !== 1_000) wrong.push(number);
    }
  }
  expect(wrong).toEqual([]);
  database.prepare(`DELETE FROM ${tableName(consentDecisions, 'purposes')} WHERE number >= 1000`).run();
  expect(found(1_000)).toEqual([1_000]);
  writer.forget();
  expect([found(1_000), found(6_999)]).toEqual([[], []]);
});
