import { type StandingOf, standingIn } from '../../src/api/auth/subject-standing';
import { MAX_TOUCHING } from '../../src/read-models/people';
import { openNode, type ReadModelNode } from '../read-models/support/read-model-node';
import { at, organisationRegistered, type SampleFact, sampleId } from '../read-models/support/sample-facts';
import { live, noticed, ORGANISATION, registered, subjectStream } from '../read-models/support/sample-people';

const kari = sampleId(10);
const ola = sampleId(11);
const account = sampleId(12);
const NOW = at('2024-02-03');

let node: ReadModelNode;
let standingOf: StandingOf;
/** Whose rows were read, in order. */
let read: string[];

beforeEach(async () => {
  node = await openNode();
  await node.record(`organisation-${ORGANISATION}`, [organisationRegistered(ORGANISATION)]);
  for (const id of [kari, ola, account]) await tell(id, registered(id));
  read = [];
  standingOf = standingIn({
    ...node.readModels,
    subjectById: (id, prefix) => {
      read.push(id);
      return node.readModels.subjectById(id, prefix);
    },
  });
  for (const id of [kari, ola]) expect(standingOf(id)).toEqual({ status: 'active' });
  read = [];
});
afterEach(() => node.close());

async function tell(id: string, ...facts: readonly SampleFact[]): Promise<void> {
  await node.record(subjectStream(id), facts);
}

describe('the standing of a person', () => {
  test('is looked up once, until something is told of them', async () => {
    await tell(ola, noticed(ola, live(NOW)));
    for (let time = 0; time < 3; time += 1) expect(standingOf(kari)).toEqual({ status: 'active' });
    expect(read).toEqual([]);
    expect(standingOf(ola)).toEqual({ status: 'active' });
    expect(read).toEqual([ola]);
  });

  test.each<[string, SampleFact, ReturnType<StandingOf>]>([
    [
      'their tokens were revoked',
      { type: 'SubjectTokensRevoked', data: { subjectId: kari, revokedAt: NOW } },
      { status: 'active', tokensRevokedAt: NOW },
    ],
    [
      'their erasure has started',
      { type: 'SubjectErasureStarted', data: { subjectId: kari, keyId: sampleId(20), startedAt: NOW } },
      { status: 'erased' },
    ],
    [
      'they became an account',
      { type: 'SubjectLinked', data: { subjectId: kari, accountId: account, linkedAt: NOW } },
      { status: 'linked' },
    ],
  ])('is another as soon as it is applied that %s', async (_, fact, after) => {
    await tell(kari, fact);
    expect(standingOf(kari)).toEqual(after);
    expect(standingOf(ola)).toEqual({ status: 'active' });
    expect(read).toEqual([kari]);
  });

  test('is another also behind more events than are looked through', async () => {
    await tell(kari, { type: 'SubjectTokensRevoked', data: { subjectId: kari, revokedAt: NOW } });
    const many = Array.from({ length: 500 }, () => noticed(ola, live(NOW)));
    for (let told = 0; told <= MAX_TOUCHING; told += many.length) await tell(ola, ...many);
    expect(standingOf(kari)).toEqual({ status: 'active', tokensRevokedAt: NOW });
  });

  test('of whom this node does not know yet is looked up again each time', async () => {
    const late = sampleId(13);
    expect(standingOf(late)).toBeUndefined();
    await tell(late, registered(late));
    expect(standingOf(late)).toEqual({ status: 'active' });
  });
});
