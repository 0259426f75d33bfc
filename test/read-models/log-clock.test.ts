import type { JsonObject } from '../../src/event-store/event-store';
import { START_OF_LOG } from '../../src/read-models/read-models';
import { appendFacts, openNode, type ReadModelNode, reach } from './support/read-model-node';
import { at, clockStream, organisationRegistered, type SampleFact, sampleId } from './support/sample-facts';

let node: ReadModelNode;
let organisations = 0;

beforeEach(async () => {
  node = await openNode();
});

afterEach(() => node.close());

const ms = (text: string) => Date.parse(at(text));

/** Something to record whose own time is the same every time. */
function anything(): { readonly stream: string; readonly fact: SampleFact } {
  organisations += 1;
  const id = sampleId(organisations);
  return { stream: `organisation-${id}`, fact: organisationRegistered(id, { slug: `o-${organisations}` }) };
}

async function recordAt(text: string, metadata: JsonObject = {}): Promise<void> {
  const { stream, fact } = anything();
  node.clock.nowMs = ms(text);
  await reach(node, await appendFacts(node.store, stream, [fact], metadata));
}

function clockAt(n: number): number | undefined {
  return node.readModels.prefixAtOrdinal(n)?.clockMs;
}

function knownAt(text: string): number {
  return node.readModels.prefixAtRecordedAt(ms(text), node.readModels.applied()).n;
}

test('a store whose clock steps back leaves the clock of the log where it was', async () => {
  await recordAt('2024-01-02');
  await recordAt('2024-01-01');
  await recordAt('2024-01-03');
  expect([clockAt(1), clockAt(2), clockAt(3)]).toEqual([ms('2024-01-02'), ms('2024-01-02'), ms('2024-01-03')]);
  expect([knownAt('2024-01-01'), knownAt('2024-01-02'), knownAt('2024-01-02T12:00'), knownAt('2024-01-03')]).toEqual([
    0, 2, 2, 3,
  ]);
});

test('a recorded fault takes its events out of the clock from its own place on, not before', async () => {
  await recordAt('2024-01-01');
  await recordAt('2099-01-01');
  await recordAt('2024-01-02');
  const wrong = node.readModels.prefixAtOrdinal(2)?.position ?? START_OF_LOG;
  const fault: SampleFact = {
    type: 'ClockFaultRecorded',
    data: { from: wrong, to: wrong, notedAt: at('2024-01-03') },
  };
  await node.record(clockStream(), [fault], at('2024-01-03'));
  await recordAt('2024-01-04');
  expect([1, 2, 3, 4, 5].map(clockAt)).toEqual(
    ['2024-01-01', '2099-01-01', '2099-01-01', '2024-01-03', '2024-01-04'].map(ms),
  );
  expect([knownAt('2024-01-01'), knownAt('2024-01-02'), knownAt('2024-01-03'), knownAt('2024-01-05')]).toEqual([
    1, 1, 4, 5,
  ]);
  const earlier = node.readModels.prefixAtOrdinal(3);
  expect(earlier && node.readModels.prefixAtRecordedAt(ms('2099-01-01'), earlier).n).toBe(3);
});

test('two faults that overlap take each event out once', async () => {
  for (const day of ['2024-01-01', '2090-01-01', '2091-01-01', '2092-01-01', '2024-01-02']) await recordAt(day);
  const place = (n: number) => node.readModels.prefixAtOrdinal(n)?.position ?? START_OF_LOG;
  const fault = (from: number, to: number): SampleFact => ({
    type: 'ClockFaultRecorded',
    data: { from: place(from), to: place(to), notedAt: at('2024-01-03') },
  });
  await node.record(clockStream(), [fault(2, 3)], at('2024-01-03'));
  expect(clockAt(6)).toBe(ms('2092-01-01'));
  await node.record(clockStream(), [fault(3, 4)], at('2024-01-03'));
  expect(clockAt(7)).toBe(ms('2024-01-03'));
});

test('a fault whose bounds no event has changes nothing', async () => {
  await recordAt('2024-01-05');
  const data = { from: '77', to: '78', notedAt: at('2024-01-01') };
  await node.record(clockStream(), [{ type: 'ClockFaultRecorded', data }], at('2024-01-01'));
  expect(clockAt(2)).toBe(ms('2024-01-05'));
  expect(node.runner.state().phase).toBe('live');
});

test('a copied log keeps the instants at which it was first recorded, and its faults their places', async () => {
  const original = (position: string, day: string) => ({ originalPosition: position, originalRecordedAt: at(day) });
  await recordAt('2026-01-01', original('a', '2020-01-01'));
  await recordAt('2026-01-01', original('b', '2099-01-01'));
  const data = { from: 'b', to: 'b', notedAt: at('2020-01-03') };
  const fault: SampleFact = { type: 'ClockFaultRecorded', data };
  await reach(node, await appendFacts(node.store, clockStream(), [fault], original('c', '2020-01-03')));
  expect([clockAt(1), clockAt(2), clockAt(3)]).toEqual([ms('2020-01-01'), ms('2099-01-01'), ms('2020-01-03')]);
});

test('the latest live fact is the greatest instant that a fact says it occurred', async () => {
  const { stream, fact } = anything();
  await node.record(stream, [fact], at('2024-01-01'));
  expect(node.readModels.latestLiveValidFromMs(1)).toBe(ms('2020-01-01'));
  const named = { organisationId: sampleId(organisations), name: 'Nytt', namedAt: at('2024-05-05') };
  await node.record(stream, [{ type: 'OrganisationNamed', data: named }]);
  expect([node.readModels.latestLiveValidFromMs(2), node.readModels.latestLiveValidFromMs(1)]).toEqual([
    ms('2024-05-05'),
    ms('2020-01-01'),
  ]);
  expect(node.readModels.latestLiveValidFromMs(0)).toBe(0);
});

test('positions are told apart: found, not of this form, none there, not reached', async () => {
  await recordAt('2024-01-01');
  await node.store.append(`other-${sampleId(5)}`, [{ id: sampleId(6), type: 'Other', data: {}, metadata: {} }], 0);
  await recordAt('2024-01-02');
  const head = node.readModels.applied().position;
  const kinds = ['start', head, 'x', '', '-1', '2', '999'].map((text) => node.readModels.findPosition(text).kind);
  expect(kinds).toEqual(['found', 'found', 'malformed', 'malformed', 'malformed', 'unknown', 'not-reached']);
  expect(node.readModels.findPosition('start')).toEqual({
    kind: 'found',
    prefix: { n: 0, position: 'start', clockMs: 0 },
  });
  expect(node.readModels.prefixAtPosition(head)).toEqual(node.readModels.applied());
});
