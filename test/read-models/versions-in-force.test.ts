import type { Instant } from '../../src/domain/time';
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
  sampleId,
  withdrawn,
} from './support/sample-facts';

const organisation = sampleId(1);
const policy = sampleId(2);
const [v1, v2, v3] = [sampleId(11), sampleId(12), sampleId(13)];
const stream = `policy-${policy}`;

let node: ReadModelNode;

beforeEach(async () => {
  node = await openNode();
  await node.record(`organisation-${organisation}`, [organisationRegistered(organisation)], '2020-01-01T00:00:00Z');
  await node.record(stream, [policyCreated(policy, organisation)], '2020-01-02T00:00:00Z');
});

afterEach(() => node.close());

function inForce(effectiveAt: Instant, n = node.readModels.applied().n, registeredAt?: Instant) {
  const answer = node.readModels.versionInForce(policy, { effectiveAt, n }, registeredAt);
  return answer.code === 'VERSION_IN_FORCE' ? answer.versionId : answer.code;
}

function status(versionId: string, effectiveAt: Instant, n = node.readModels.applied().n) {
  return node.readModels.versionStatus(versionId, { effectiveAt, n });
}

test('a policy without versions answers that none is published yet', () => {
  expect(inForce(at('2024-01-01'))).toBe('NOT_YET_PUBLISHED');
});

test('an instant equal to a boundary belongs to the new version', async () => {
  await node.record(stream, [published({ policyId: policy, versionId: v1, effectiveFrom: at('2021-01-01') })]);
  const second = { versionId: v2, sequence: 2, effectiveFrom: at('2022-01-01'), publishedAt: at('2021-12-01') };
  const { n } = await node.record(stream, [published({ policyId: policy, ...second })]);
  expect(inForce('2021-12-31T23:59:59.999Z' as Instant)).toBe(v1);
  expect(inForce(at('2022-01-01'))).toBe(v2);
  expect([status(v2, at('2021-11-30')), status(v2, at('2021-12-15'))]).toEqual([undefined, 'SCHEDULED']);
  expect([status(v1, at('2022-01-01')), status(v2, at('2022-01-01'))]).toEqual(['SUPERSEDED', 'IN_FORCE']);
  expect(status(v2, at('2022-01-01'), n - 1)).toBeUndefined();
  expect(inForce(at('2022-01-01'), n - 1)).toBe(v1);
});

test('a person registered before publication keeps the old version until the cohort date, and no longer', async () => {
  await node.record(stream, [published({ policyId: policy, versionId: v1, effectiveFrom: at('2021-01-01') })]);
  const cohort = { effectiveFrom: at('2022-01-01'), effectiveFromForExisting: at('2022-06-01') };
  await node.record(stream, [published({ policyId: policy, versionId: v2, sequence: 2, ...cohort })]);
  const old = at('2021-05-01');
  expect(inForce(at('2022-03-01'), undefined, old)).toBe(v1);
  expect(inForce(at('2022-06-01'), undefined, old)).toBe(v2);
  expect(inForce(at('2022-03-01'), undefined, at('2022-02-01'))).toBe(v2);
  expect(inForce(at('2022-03-01'), undefined, at('2022-01-01'))).toBe(v2);
  await node.record(stream, [
    published({ policyId: policy, versionId: v3, sequence: 3, effectiveFrom: at('2022-02-01') }),
  ]);
  expect(inForce(at('2022-06-01'), undefined, old)).toBe(v3);
});

test('a withdrawal brings the one before back, from its instant and for knowledge from its recording', async () => {
  await node.record(stream, [published({ policyId: policy, versionId: v1, effectiveFrom: at('2021-01-01') })]);
  await node.record(stream, [
    published({ policyId: policy, versionId: v2, sequence: 2, effectiveFrom: at('2022-01-01') }),
  ]);
  const { n } = await node.record(stream, [withdrawn(policy, v2, at('2022-03-01'), { withdrawnAt: at('2022-02-01') })]);
  expect([inForce(at('2022-02-15')), inForce(at('2022-03-01')), inForce(at('2022-03-01'), n - 1)]).toEqual([
    v2,
    v1,
    v2,
  ]);
  expect([status(v2, at('2022-02-15')), status(v2, at('2022-03-01'))]).toEqual(['IN_FORCE', 'WITHDRAWN']);
  const from = (effectiveAt: Instant) => node.readModels.versionWithdrawnFrom(v2, { effectiveAt, n });
  expect([from(at('2022-01-15')), from(at('2022-02-01'))]).toEqual([undefined, at('2022-03-01')]);
});

test('when every version is withdrawn the last withdrawal is the reason', async () => {
  await node.record(stream, [published({ policyId: policy, versionId: v1, effectiveFrom: at('2021-01-01') })]);
  const { n } = await node.record(stream, [withdrawn(policy, v1, at('2021-02-01'))]);
  const moment = { effectiveAt: at('2021-03-01'), n };
  expect(node.readModels.versionInForce(policy, moment)).toEqual({ code: 'ALL_WITHDRAWN', decidedBy: n });
});

test('a retirement leaves nothing in force until a later publication ends it', async () => {
  await node.record(stream, [published({ policyId: policy, versionId: v1, effectiveFrom: at('2021-01-01') })]);
  const { n } = await node.record(stream, [retired(policy, sampleId(50), at('2022-01-01'))]);
  const moment = { effectiveAt: at('2022-02-01'), n };
  const answer = { code: 'RETIRED', retirementId: sampleId(50), decidedBy: n };
  expect(node.readModels.versionInForce(policy, moment)).toEqual(answer);
  expect(status(v1, at('2022-02-01'))).toBe('RETIRED');
  await node.record(stream, [
    published({ policyId: policy, versionId: v2, sequence: 2, effectiveFrom: at('2022-06-01') }),
  ]);
  expect([inForce(at('2022-02-01')), inForce(at('2022-06-01'))]).toEqual(['RETIRED', v2]);
  expect(status(v1, at('2022-07-01'))).toBe('SUPERSEDED');
});

test('a revoked import is gone at every instant for later knowledge and stands for earlier', async () => {
  const { n } = await node.record(stream, [
    imported({ policyId: policy, versionId: v1, effectiveFrom: at('2019-01-01'), importedAt: at('2020-02-01') }),
  ]);
  await node.record(stream, [importRevoked(policy, v1, at('2020-03-01'))]);
  expect([inForce(at('2019-06-01'), n), inForce(at('2019-06-01'))]).toEqual([v1, 'NOT_YET_PUBLISHED']);
  expect([status(v1, at('2019-06-01'), n), status(v1, at('2019-06-01'))]).toEqual(['IN_FORCE', undefined]);
  expect(node.readModels.versionById(v1, node.readModels.applied())?.revoked).toBe(true);
  expect(node.readModels.versionBySequence(policy, 1, node.readModels.applied())).toBeUndefined();
  expect(status(v1, at('2018-12-31'), n)).toBeUndefined();
});

test('of two versions with the same instant the one recorded later is in force', async () => {
  const effectiveFrom = at('2021-01-01');
  await node.record(stream, [published({ policyId: policy, versionId: v1, effectiveFrom })]);
  await node.record(stream, [published({ policyId: policy, versionId: v2, sequence: 2, effectiveFrom })]);
  expect(inForce(effectiveFrom)).toBe(v2);
});

test('a text in another locale is there from its day on and changes no status', async () => {
  await node.record(stream, [published({ policyId: policy, versionId: v1, effectiveFrom: at('2021-01-01') })]);
  const addedAt = at('2021-05-01');
  const { n } = await node.record(stream, [
    {
      type: 'PolicyVersionLocaleAdded',
      data: {
        policyId: policy,
        versionId: v1,
        author: sampleId(7),
        content: { locale: 'en', format: 'PLAIN_TEXT', sha256: 'e'.repeat(64), bytes: 3 },
        flags: [{ code: 'IMPLIED_CONSENT_CLAUSE', locale: 'en', passage: 'By using' }],
        addedAt,
      },
    },
  ]);
  const locales = (effectiveAt: Instant, known = n) =>
    node.readModels.versionContents(v1, { effectiveAt, n: known }).map(({ locale }) => locale);
  expect([locales(minutesAfter(addedAt, -1)), locales(addedAt), locales(addedAt, n - 1)]).toEqual([
    ['nb'],
    ['nb', 'en'],
    ['nb'],
  ]);
  expect(node.readModels.versionFlags(v1, { effectiveAt: addedAt, n })).toHaveLength(1);
});

test('the titles are those that stood at the instant', async () => {
  const set = (text: string, setAt: Instant) =>
    ({ type: 'PolicyTitleSet', data: { policyId: policy, title: { locale: 'nb', text }, setAt } }) as const;
  const { n } = await node.record(stream, [set('Ny tittel', at('2021-01-01'))]);
  const titles = (effectiveAt: Instant, known = n) =>
    node.readModels.policyTitles(policy, { effectiveAt, n: known }).map(({ text }) => text);
  expect([titles(at('2019-01-01')), titles(at('2020-06-01')), titles(at('2021-01-01'))]).toEqual([
    ['Personvern'],
    ['Personvern'],
    ['Ny tittel'],
  ]);
  expect(titles(at('2021-01-01'), n - 1)).toEqual(['Personvern']);
});
