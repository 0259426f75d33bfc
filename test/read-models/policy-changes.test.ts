import type { Instant } from '../../src/domain/time';
import type { PolicyChange, PolicyChangeCursor } from '../../src/read-models/policy-changes';
import { openNode, type ReadModelNode } from './support/read-model-node';
import {
  at,
  imported,
  importRevoked,
  minutesAfter,
  organisationRegistered,
  policyCreated,
  published,
  retired,
  type SampleFact,
  sampleId,
  withdrawn,
} from './support/sample-facts';

const organisation = sampleId(1);
const policy = sampleId(2);
const other = sampleId(3);
const [v1, v2, v3] = [sampleId(11), sampleId(12), sampleId(13)];
const names = new Map([
  [v1, 'v1'],
  [v2, 'v2'],
  [v3, 'v3'],
]);

let node: ReadModelNode;
let cursor: PolicyChangeCursor;

beforeEach(async () => {
  node = await openNode();
  await node.record(`organisation-${organisation}`, [organisationRegistered(organisation)], at('2020-01-01'));
  await node.record(`policy-${policy}`, [policyCreated(policy, organisation)], at('2020-01-02'));
  const { n } = await node.record(`policy-${other}`, [policyCreated(other, organisation, { slug: 'terms' })]);
  cursor = { n, t: at('2020-01-02') };
});

afterEach(() => node.close());

const say = (facts: readonly SampleFact[], recordedAt: Instant) => node.record(`policy-${policy}`, facts, recordedAt);
const publish = (versionId: string, sequence: number, effectiveFrom: Instant, publishedAt = effectiveFrom) =>
  say([published({ policyId: policy, versionId, sequence, effectiveFrom, publishedAt })], publishedAt);

/** Reads on from the test's cursor until an instant, as a subscription does, and answers what was pushed. */
function pushedUntil(untilT: Instant, range: { policy?: string; organisations?: readonly string[] } = {}): string[] {
  const page = node.readModels.policyChangesAfter({
    after: cursor,
    untilN: node.readModels.applied().n,
    untilT,
    limit: 100,
    ...range,
  });
  expect(page.hasMore).toBe(false);
  cursor = page.next;
  return page.items.map(inWords);
}

function inWords({ kind, versionId, at: when }: PolicyChange): string {
  return [kind, names.get(versionId ?? ''), when.slice(0, 10)].filter(Boolean).join(' ');
}

test('a version published for now is announced and at once in force', async () => {
  await publish(v1, 1, at('2021-01-01'));
  expect(pushedUntil(at('2021-01-01'))).toEqual(['ANNOUNCED v1 2021-01-01', 'IN_FORCE v1 2021-01-01']);
  expect(pushedUntil(at('2022-01-01'))).toEqual([]);
});

test('a scheduled version comes into force by the clock while nobody writes', async () => {
  await publish(v1, 1, at('2021-02-01'), at('2021-01-01'));
  expect(pushedUntil(at('2021-01-15'))).toEqual(['ANNOUNCED v1 2021-01-01']);
  const next = node.readModels.nextPolicyChangeAt({ afterT: cursor.t, policy }, node.readModels.applied());
  expect(next).toBe(at('2021-02-01'));
  expect(pushedUntil('2021-01-31T23:59:59.999Z' as Instant)).toEqual([]);
  expect(pushedUntil(at('2021-02-01'))).toEqual(['IN_FORCE v1 2021-02-01']);
  expect(node.readModels.nextPolicyChangeAt({ afterT: cursor.t }, node.readModels.applied())).toBeUndefined();
});

test('a publication read after its instant has passed is followed at once by IN_FORCE', async () => {
  pushedUntil(at('2021-03-01'));
  await publish(v1, 1, at('2021-02-01'), at('2021-01-01'));
  expect(pushedUntil(at('2021-03-01'))).toEqual(['ANNOUNCED v1 2021-01-01', 'IN_FORCE v1 2021-02-01']);
});

test('a scheduled version withdrawn before its day never comes into force', async () => {
  await publish(v1, 1, at('2021-01-01'));
  await publish(v2, 2, at('2021-06-01'), at('2021-02-01'));
  await say([withdrawn(policy, v2, at('2021-03-01'))], at('2021-03-01'));
  expect(pushedUntil(at('2022-01-01'))).toEqual([
    'ANNOUNCED v1 2021-01-01',
    'IN_FORCE v1 2021-01-01',
    'ANNOUNCED v2 2021-02-01',
    'WITHDRAWN v2 2021-03-01',
  ]);
});

test('withdrawing the one in force pushes the withdrawal, then the one that returns', async () => {
  await publish(v1, 1, at('2021-01-01'));
  await publish(v2, 2, at('2021-02-01'));
  pushedUntil(at('2021-02-15'));
  await say([withdrawn(policy, v2, at('2021-03-01'))], at('2021-03-01'));
  expect(pushedUntil(at('2021-03-01'))).toEqual(['WITHDRAWN v2 2021-03-01', 'IN_FORCE v1 2021-03-01']);
});

test('what returns from the very instant it came into force at is pushed under an id of its own', async () => {
  await publish(v1, 1, at('2021-01-01'));
  await publish(v2, 2, at('2021-01-01'));
  await say([withdrawn(policy, v2, at('2021-01-01'))], at('2021-01-01'));
  const range = { after: cursor, untilN: node.readModels.applied().n, untilT: at('2021-01-01'), limit: 100 };
  const { items } = node.readModels.policyChangesAfter(range);
  expect(items.map(inWords)).toEqual([
    'ANNOUNCED v1 2021-01-01',
    'IN_FORCE v1 2021-01-01',
    'ANNOUNCED v2 2021-01-01',
    'IN_FORCE v2 2021-01-01',
    'WITHDRAWN v2 2021-01-01',
    'IN_FORCE v1 2021-01-01',
  ]);
  expect(new Set(items.map(({ id }) => id)).size).toBe(items.length);
});

test('a withdrawal for later is pushed when read, the one that returns at its instant', async () => {
  await publish(v1, 1, at('2021-01-01'));
  await publish(v2, 2, at('2021-02-01'));
  pushedUntil(at('2021-02-15'));
  await say([withdrawn(policy, v2, at('2021-04-01'), { withdrawnAt: at('2021-03-01') })], at('2021-03-01'));
  expect(pushedUntil(at('2021-03-15'))).toEqual(['WITHDRAWN v2 2021-04-01']);
  expect(pushedUntil(at('2021-05-01'))).toEqual(['IN_FORCE v1 2021-04-01']);
});

test('a retirement is pushed when read and brings nothing into force on its day', async () => {
  await publish(v1, 1, at('2021-01-01'));
  pushedUntil(at('2021-01-15'));
  await say([retired(policy, sampleId(40), at('2021-03-01'), at('2021-02-01'))], at('2021-02-01'));
  expect(pushedUntil(at('2021-04-01'))).toEqual(['RETIRED 2021-03-01']);
  await publish(v2, 2, at('2021-05-01'));
  expect(pushedUntil(at('2021-05-01'))).toEqual(['ANNOUNCED v2 2021-05-01', 'IN_FORCE v2 2021-05-01']);
});

test('an import is pushed only if it is in force when recorded', async () => {
  await publish(v1, 1, at('2021-01-01'));
  pushedUntil(at('2021-01-15'));
  const facts = { policyId: policy, sequence: 2, importedAt: at('2021-02-01') };
  await say([imported({ ...facts, versionId: v2, effectiveFrom: at('2019-01-01') })], at('2021-02-01'));
  expect(pushedUntil(at('2021-03-01'))).toEqual([]);
});

test('an import into an empty policy is in force at once, and its revocation brings the one before back', async () => {
  const facts = { policyId: policy, importedAt: at('2021-02-01') };
  await say([imported({ ...facts, versionId: v1, effectiveFrom: at('2018-01-01') })], at('2021-02-01'));
  await say([imported({ ...facts, versionId: v2, sequence: 2, effectiveFrom: at('2019-01-01') })], at('2021-02-01'));
  expect(pushedUntil(at('2021-03-01'))).toEqual(['IN_FORCE v1 2018-01-01', 'IN_FORCE v2 2019-01-01']);
  await say([importRevoked(policy, v2, at('2021-04-01'))], at('2021-04-01'));
  expect(pushedUntil(at('2021-05-01'))).toEqual(['IN_FORCE v1 2021-04-01']);
});

test('a clock behind the cursor waits', async () => {
  pushedUntil(at('2021-06-01'));
  await publish(v1, 1, at('2021-01-01'));
  const before = cursor;
  expect(pushedUntil(at('2021-05-01'))).toEqual([]);
  expect(cursor).toEqual(before);
  expect(pushedUntil(at('2021-06-01'))).toEqual(['ANNOUNCED v1 2021-01-01', 'IN_FORCE v1 2021-01-01']);
});

test('an event from a node whose clock is ahead comes into force when the clock here gets there', async () => {
  const ahead = minutesAfter(at('2021-01-01'), 2);
  await publish(v1, 1, ahead);
  expect(pushedUntil(at('2021-01-01'))).toEqual(['ANNOUNCED v1 2021-01-01']);
  expect(pushedUntil(ahead)).toEqual(['IN_FORCE v1 2021-01-01']);
});

test('a policy and an organisation are asked for without those of others', async () => {
  await publish(v1, 1, at('2021-01-01'));
  await node.record(`policy-${other}`, [
    published({ policyId: other, versionId: v2, effectiveFrom: at('2021-01-02') }),
  ]);
  const start = cursor;
  expect(pushedUntil(at('2021-02-01'), { policy: other })).toEqual([
    'ANNOUNCED v2 2021-01-02',
    'IN_FORCE v2 2021-01-02',
  ]);
  cursor = start;
  expect(pushedUntil(at('2021-02-01'), { organisations: [organisation] })).toHaveLength(4);
  cursor = start;
  expect(pushedUntil(at('2021-02-01'), { organisations: [sampleId(99)] })).toEqual([]);
  cursor = start;
  expect(pushedUntil(at('2021-02-01'), { organisations: [sampleId(99)], policy })).toEqual([]);
});

test('two versions that come into force at one instant are both pushed, also when read one by one', async () => {
  const day = at('2021-06-01');
  await publish(v1, 1, day, at('2021-01-01'));
  const second = { policyId: other, versionId: v2, effectiveFrom: day, publishedAt: at('2021-01-01') };
  await node.record(`policy-${other}`, [published(second)]);
  pushedUntil(at('2021-02-01'));
  const seen: string[] = [];
  for (let more = true; more; ) {
    const untilN = node.readModels.applied().n;
    const page = node.readModels.policyChangesAfter({ after: cursor, untilN, untilT: day, limit: 1 });
    seen.push(...page.items.map(inWords));
    cursor = page.items.at(-1)?.cursor ?? page.next;
    more = page.items.length > 0;
  }
  expect(seen).toEqual(['IN_FORCE v1 2021-06-01', 'IN_FORCE v2 2021-06-01']);
});
