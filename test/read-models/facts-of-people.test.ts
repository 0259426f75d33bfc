import { MAX_TOUCHING } from '../../src/read-models/people';
import { appendFacts, openNode, type ReadModelNode, reach } from './support/read-model-node';
import { at, organisationRegistered, policyCreated, type SampleFact, sampleId } from './support/sample-facts';
import {
  CUSTOMER,
  given,
  late,
  live,
  noticed,
  ORGANISATION,
  POLICY,
  registered,
  subjectStream,
  withdrawn,
} from './support/sample-people';

let node: ReadModelNode;
const person = sampleId(10);
const other = sampleId(11);

beforeEach(async () => {
  node = await openNode();
  await node.record(`organisation-${ORGANISATION}`, [organisationRegistered(ORGANISATION)]);
  const customer = organisationRegistered(CUSTOMER, { slug: 'kunde', customerOf: ORGANISATION });
  await node.record(`organisation-${CUSTOMER}`, [customer]);
  await node.record(`policy-${POLICY}`, [policyCreated(POLICY, CUSTOMER)]);
  await tell(person, registered(person, { customerId: CUSTOMER }));
  await tell(other, registered(other));
});

afterEach(() => node.close());

async function tell(id: string, ...facts: readonly SampleFact[]): Promise<number> {
  return (await node.record(subjectStream(id), facts)).n;
}

const applied = () => node.readModels.applied();

describe('facts of people', () => {
  test('stand among those of their organisation, by person, by policy and by type', async () => {
    await tell(person, noticed(person, live(at('2024-02-01'))), given(person, live(at('2024-02-02'))));
    await tell(other, given(other, live(at('2024-02-03'))));
    const types = (range: object) =>
      node.readModels
        .factsPage({ organisation: ORGANISATION, limit: 10, ...range }, applied())
        .rows.map(({ type, subject, policy }) => [type, subject, policy]);
    const yes = [
      ['ConsentGiven', person, POLICY],
      ['ConsentGiven', other, POLICY],
    ];
    expect(types({ policy: POLICY })).toEqual([['NoticeShown', person, POLICY], ...yes]);
    expect(types({ types: ['ConsentGiven'] })).toEqual(yes);
    expect(types({ policy: POLICY, types: ['ConsentGiven', 'ConsentGiven', 'Other'] })).toEqual(yes);
    expect(types({ subject: other })).toEqual([['SubjectRegistered', other, undefined], yes[1]]);
    expect(types({ subject: other, types: ['ConsentGiven'], policy: POLICY })).toEqual([yes[1]]);
    expect(types({ subject: other, organisation: CUSTOMER })).toEqual([]);
    expect(types({ organisation: CUSTOMER, policy: POLICY })).toEqual([['PolicyCreated', undefined, POLICY]]);
  });

  test('a feed of some types goes on after the last one seen', async () => {
    const first = await tell(person, given(person, live(at('2024-02-01'))));
    await tell(person, noticed(person, live(at('2024-02-02'))), withdrawn(person, live(at('2024-02-03'))));
    const range = { organisation: ORGANISATION, types: ['ConsentGiven', 'ConsentWithdrawn'], limit: 1 };
    const page = node.readModels.factsPage({ ...range, after: first }, applied());
    expect(page.rows.map(({ type, n }) => [type, n])).toEqual([['ConsentWithdrawn', first + 2]]);
    expect(page.hasMore).toBe(false);
  });

  test('one is found by its position and by its place in the stream', async () => {
    const n = await tell(person, given(person, live(at('2024-02-01'))));
    const { position } = applied();
    const fact = node.readModels.factByPosition(position, { n });
    expect(fact).toMatchObject({ n, stream: subjectStream(person), version: 2, subject: person, policy: POLICY });
    expect(fact?.occurredAt).toBe(at('2024-02-01'));
    expect(node.readModels.factByPosition(position, { n: n - 1 })).toBeUndefined();
    expect(node.readModels.factOfSubject(person, 2, { n })).toEqual(fact);
    expect(node.readModels.factOfSubject(person, 2, { n: n - 1 })).toBeUndefined();
    expect(node.readModels.factOfSubject(person, 3, { n })).toBeUndefined();
    expect(node.readModels.factOfSubject(sampleId(99), 1, { n })).toBeUndefined();
    const text = { organisationId: ORGANISATION, sha256: 'a', index: 0, count: 1, encoding: 'utf-8', chunk: 'Hei' };
    const raw = { id: sampleId(700), type: 'TextChunkStored', data: text, metadata: { schemaVersion: 1 } };
    const appended = await node.store.append(`text-${sampleId(701)}`, [raw], 0);
    await reach(node, appended.position);
    expect(node.readModels.factByPosition(appended.position, applied())).toBeUndefined();
  });

  test('an import that was completed stands in the list of its organisation', async () => {
    const data = {
      importId: sampleId(50),
      organisationId: ORGANISATION,
      rows: 3,
      digest: 'd',
      completedAt: at('2024-05-01'),
    };
    await reach(
      node,
      await appendFacts(node.store, `import-${sampleId(50)}`, [{ type: 'DecisionsImportCompleted', data }]),
    );
    const range = { organisation: ORGANISATION, types: ['DecisionsImportCompleted'], limit: 5 };
    expect(node.readModels.factsPage(range, applied()).rows).toMatchObject([{ occurredAt: at('2024-05-01') }]);
  });
});

describe('whom events may concern', () => {
  test('are the people they are about, and organisations of which something else is told', async () => {
    const before = applied().n;
    await tell(person, given(person, live(at('2024-02-01'))));
    expect(node.readModels.touchedBetween(before, applied().n)).toEqual({
      subjects: new Set([person]),
      organisations: new Set(),
    });
    await node.record(`policy-${POLICY}`, [
      {
        type: 'PolicyTitleSet',
        data: { policyId: POLICY, title: { locale: 'nb', text: 'T' }, setAt: at('2024-02-01') },
      },
    ]);
    expect(node.readModels.touchedBetween(before, applied().n)).toEqual({
      subjects: new Set([person]),
      organisations: new Set([CUSTOMER]),
    });
    const told = applied().n;
    await tell(person, { ...noticed(person, live(at('2024-02-02'))), type: 'NoticeNotified' });
    expect(node.readModels.touchedBetween(told, applied().n)?.subjects.size).toBe(0);
    expect(node.readModels.touchedBetween(applied().n, applied().n)?.subjects.size).toBe(0);
    expect(node.readModels.touchedBetween(0, MAX_TOUCHING + 1)).toBeUndefined();
  });
});

describe('the latest live fact (S2, S5)', () => {
  const latest = () => node.readModels.latestLiveValidFromMs(applied().n);

  test('is one told live of a person, from when it counts, whichever clock was fast', async () => {
    const validFrom = at('2025-01-01T00:04');
    await tell(person, given(person, { ...live(at('2025-01-01')), validFrom }));
    expect(latest()).toBe(Date.parse(validFrom));
  });

  test('is none that was told late, nor when a person registered in the past or in the future', async () => {
    const before = latest();
    const later = sampleId(13);
    const registeredAt = at('2031-01-01');
    await tell(later, registered(later, { registeredAt }));
    await tell(later, given(later, late(at('2030-01-01'), at('2030-02-01'))));
    expect(latest()).toBe(before);
  });
});
