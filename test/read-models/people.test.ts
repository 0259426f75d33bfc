import { endsOf } from '../../src/domain/subject/facts-by-policy';
import { MAX_LOOKED_AT } from '../../src/read-models/people';
import { seededRandom } from './support/random-history';
import { openNode, type ReadModelNode } from './support/read-model-node';
import {
  at,
  organisationRegistered,
  policyCreated,
  published,
  type SampleFact,
  sampleId,
} from './support/sample-facts';
import {
  CUSTOMER,
  classified,
  corrected,
  given,
  late,
  live,
  noticed,
  ORGANISATION,
  POLICY,
  registered,
  subjectStream,
  VERSION,
  withdrawn,
} from './support/sample-people';

let node: ReadModelNode;
const person = sampleId(10);
const other = sampleId(11);
const anonymous = sampleId(12);

beforeEach(async () => {
  node = await openNode();
  await node.record(`organisation-${ORGANISATION}`, [organisationRegistered(ORGANISATION)]);
  const customer = organisationRegistered(CUSTOMER, { slug: 'kunde', customerOf: ORGANISATION });
  await node.record(`organisation-${CUSTOMER}`, [customer]);
  await node.record(`policy-${POLICY}`, [policyCreated(POLICY, ORGANISATION)]);
});

afterEach(() => node.close());

async function tell(id: string, ...facts: readonly SampleFact[]): Promise<number> {
  return (await node.record(subjectStream(id), facts)).n;
}

/** How many events are applied: the ordinal of the last. */
function now(): number {
  return node.readModels.applied().n;
}

function subject(id: string, n = now()) {
  return node.readModels.subjectById(id, { n });
}

describe('a person', () => {
  test('is known from their registration on, with what was said then', async () => {
    const n = await tell(person, registered(person));
    expect(subject(person)).toEqual({
      n,
      id: person,
      organisation: ORGANISATION,
      anonymous: false,
      registeredAt: at('2024-01-01'),
      linkedTo: undefined,
      erasureRequestedAt: undefined,
      erasureDecidedAt: undefined,
      erasureStartedAt: undefined,
      erasedAt: undefined,
      hold: undefined,
      restrictedUntil: undefined,
    });
    expect(subject(person, n - 1)).toBeUndefined();
    expect(subject(other)).toBeUndefined();
    expect(node.readModels.personFacts(person, { n: n - 1 })).toBeUndefined();
    expect(node.readModels.profileOf(other, { n, effectiveAt: at('2024-01-01') })).toBeUndefined();
  });

  test('is what was said last of each part by then, as known then', async () => {
    await tell(person, registered(person));
    const first = await tell(person, classified(person, live(at('2024-03-01')), { customerId: CUSTOMER }));
    await tell(person, classified(person, live(at('2024-04-01')), { customerEnded: true, exempt: true }));
    const last = await tell(person, classified(person, late(at('2024-02-01'), at('2024-05-01')), { categories: [] }));
    const profile = (day: string, n: number) => node.readModels.profileOf(person, { n, effectiveAt: at(day) });
    expect(profile('2023-01-01', last)).toEqual({ categories: ['customer'], exempt: false });
    expect(profile('2024-03-01', last)).toEqual({ categories: [], customerId: CUSTOMER, exempt: false });
    expect(profile('2024-03-01', first)).toEqual({ categories: ['customer'], customerId: CUSTOMER, exempt: false });
    expect(profile('2024-04-01', last)).toEqual({ categories: [], exempt: true });
  });

  test('who is linked is known as such on both sides from the link on, whatever instant is asked about', async () => {
    await tell(person, registered(person));
    await tell(anonymous, registered(anonymous, { anonymous: true }));
    await tell(anonymous, given(anonymous, live(at('2024-02-01'))));
    const before = now();
    const linkedAt = at('2024-03-01');
    const n = await tell(anonymous, {
      type: 'SubjectLinked',
      data: { subjectId: anonymous, accountId: person, linkedAt },
    });
    await tell(person, { type: 'SubjectLinkReceived', data: { subjectId: person, anonymousId: anonymous, linkedAt } });
    expect([subject(anonymous)?.linkedTo, subject(anonymous, before)?.linkedTo]).toEqual([person, undefined]);
    expect(node.readModels.linkedTo(person, { n })).toEqual([anonymous]);
    expect(node.readModels.linkedTo(person, { n: before })).toEqual([]);
    const linked = node.readModels.personFacts(person, { n })?.linked.map(({ subjectId }) => subjectId);
    expect(linked).toEqual([anonymous]);
    const range = { organisation: ORGANISATION, subject: person, limit: 10 };
    const types = node.readModels.factsPage(range, node.readModels.applied()).rows.map(({ type }) => type);
    expect(types).toEqual([
      'SubjectRegistered',
      'SubjectRegistered',
      'ConsentGiven',
      'SubjectLinked',
      'SubjectLinkReceived',
    ]);
    const earlier = node.readModels.prefixAtOrdinal(before);
    expect(earlier && node.readModels.factsPage(range, earlier).rows).toHaveLength(1);
  });

  test('whose tokens were revoked is asked with the last instant known', async () => {
    await tell(person, registered(person));
    const revoked = (day: string): SampleFact => ({
      type: 'SubjectTokensRevoked',
      data: { subjectId: person, revokedAt: at(day) },
    });
    const first = await tell(person, revoked('2024-02-01'));
    const second = await tell(person, revoked('2024-03-01'));
    const revokedAt = (n: number) => node.readModels.tokensRevokedAt(person, { n });
    expect([revokedAt(first - 1), revokedAt(first), revokedAt(second)]).toEqual([
      undefined,
      at('2024-02-01'),
      at('2024-03-01'),
    ]);
  });
});

describe('erasure and holds', () => {
  const step = {
    requested: (day: string): SampleFact => ({
      type: 'SubjectErasureRequested',
      data: { subjectId: person, requestedAt: at(day) },
    }),
    declined: (day: string): SampleFact => ({
      type: 'SubjectErasureDeclined',
      data: { subjectId: person, reason: 'sealed', declinedAt: at(day) },
    }),
    decided: (day: string, id = person): SampleFact => ({
      type: 'SubjectErasureDecided',
      data: { subjectId: id, reason: 'sealed', decidedAt: at(day) },
    }),
    started: (day: string, id = person): SampleFact => ({
      type: 'SubjectErasureStarted',
      data: { subjectId: id, keyId: sampleId(900), startedAt: at(day) },
    }),
    erased: (day: string): SampleFact => ({
      type: 'SubjectErased',
      data: { subjectId: person, keyId: sampleId(900), epoch: 1, finalOn: '2024-12-01' as never, erasedAt: at(day) },
    }),
  };

  test('a request stands until it is declined; one made anew stands again', async () => {
    await tell(person, registered(person));
    const asked = await tell(person, step.requested('2024-02-01'));
    const declined = await tell(person, step.declined('2024-02-02'));
    const again = await tell(person, step.requested('2024-02-03'));
    const requested = (n: number) => subject(person, n)?.erasureRequestedAt;
    expect([asked - 1, asked, declined, again].map(requested)).toEqual([
      undefined,
      at('2024-02-01'),
      undefined,
      at('2024-02-03'),
    ]);
  });

  test('what was decided or started and is not done is found, oldest first, in pages', async () => {
    await tell(person, registered(person));
    await tell(other, registered(other));
    await tell(anonymous, registered(anonymous));
    const decided = await tell(person, step.decided('2024-02-01'));
    await tell(other, step.decided('2024-02-01', other));
    const until = at('2024-09-01');
    await tell(other, {
      type: 'LegalHoldPlaced',
      data: { subjectId: other, until, reason: 'sealed', placedAt: at('2024-02-02') },
    });
    await tell(anonymous, step.started('2024-02-01', anonymous));
    await tell(person, step.started('2024-02-02'));
    const started = now();
    const done = await tell(person, step.erased('2024-02-03'));
    const due = (n: number, after = 0, limit = 10) => node.readModels.erasuresDue({ after, limit }, { n });
    const row = { n: decided, subject: person, organisation: ORGANISATION, started: false, hold: undefined };
    expect(due(decided).rows).toEqual([row]);
    expect(due(started).rows.map(({ subject: id, started: begun }) => [id, begun])).toEqual([
      [person, true],
      [other, false],
      [anonymous, true],
    ]);
    expect(due(done).rows.map(({ subject: id, hold }) => [id, hold])).toEqual([
      [other, { placedAt: at('2024-02-02'), until }],
      [anonymous, undefined],
    ]);
    const [first] = due(done, 0, 1).rows;
    expect(due(done, 0, 1).hasMore).toBe(true);
    expect(due(done, first?.n, 1)).toMatchObject({ rows: [{ subject: anonymous }], hasMore: false });
    expect(subject(person, done)).toMatchObject({ erasedAt: at('2024-02-03'), erasureRequestedAt: undefined });
    expect(node.readModels.personFacts(person, { n: done })?.erasedAt).toBe(at('2024-02-03'));
  });

  test('the hold that was placed last stands until it is lifted', async () => {
    await tell(person, registered(person));
    const placed = (day: string, until?: string): SampleFact => ({
      type: 'LegalHoldPlaced',
      data: { subjectId: person, ...(until && { until: at(until) }), reason: 'sealed', placedAt: at(day) },
    });
    await tell(person, placed('2024-02-01', '2024-12-01'));
    expect(subject(person)).toMatchObject({ restrictedUntil: at('2024-12-01') });
    await tell(person, placed('2024-03-01'));
    expect(subject(person)?.hold).toEqual({ placedAt: at('2024-03-01'), until: undefined });
    const lifted = { subjectId: person, reason: 'sealed', liftedAt: at('2024-04-01') };
    const n = await tell(person, { type: 'LegalHoldLifted', data: lifted });
    expect([subject(person)?.hold, subject(person, n - 1)?.hold?.placedAt]).toEqual([undefined, at('2024-03-01')]);
  });
});

describe('lists of people', () => {
  const ids = Array.from({ length: 25 }, (_, index) => sampleId(100 + index));

  async function tellAll(): Promise<void> {
    for (const [index, id] of ids.entries()) {
      const parts = index % 5 === 0 ? { categories: ['patient'], customerId: CUSTOMER } : {};
      await tell(id, registered(id, parts));
    }
  }

  function all(range: Parameters<ReadModelNode['readModels']['subjectsPage']>[0], n = now(), day = '2024-06-01') {
    const found: string[] = [];
    let after: number | undefined = 0;
    while (after !== undefined) {
      const page = node.readModels.subjectsPage({ ...range, after }, { n, effectiveAt: at(day) });
      found.push(...page.rows.map(({ id }) => id));
      after = page.next;
    }
    return found;
  }

  test('pages join to all of an organisation in order of registration, as known, and are counted', async () => {
    await tellAll();
    expect(all({ of: { organisation: ORGANISATION }, limit: 7 })).toEqual(ids);
    expect(all({ of: { organisation: ORGANISATION }, limit: 7 }, now() - 3)).toEqual(ids.slice(0, -3));
    const count = (n: number) => node.readModels.subjectsCount(ORGANISATION, { n });
    expect([count(now()), count(now() - 3), count(1)]).toEqual([25, 22, 0]);
    expect(all({ of: { organisation: CUSTOMER }, limit: 7 })).toEqual([]);
  });

  test('a category or a customer is asked about with the people of that date alone', async () => {
    await tellAll();
    const [first = '', second = ''] = ids;
    await tell(first, classified(first, live(at('2024-03-01')), { customerEnded: true, categories: ['employee'] }));
    await tell(second, classified(second, live(at('2024-03-01')), { customerId: CUSTOMER }));
    const patients = ids.filter((_, index) => index % 5 === 0);
    const ofCustomer = { of: { customer: CUSTOMER }, limit: 2 };
    expect(all(ofCustomer)).toEqual([second, ...patients.slice(1)]);
    expect(all(ofCustomer, now(), '2024-02-01')).toEqual(patients);
    expect(all({ of: { organisation: ORGANISATION }, category: 'patient', limit: 2 })).toEqual(patients.slice(1));
    expect(all({ of: { customer: CUSTOMER }, category: 'patient', limit: 2 }, now(), '2024-02-01')).toEqual(patients);
    expect(all({ of: { customer: sampleId(999) }, limit: 2 })).toEqual([]);
  });

  test('a page looks at no more people than its limit allows, and says where to go on', async () => {
    const count = MAX_LOOKED_AT + 10;
    const many = Array.from({ length: count }, (_, index) => sampleId(10_000 + index));
    await Promise.all(many.map((id) => node.store.append(subjectStream(id), [registeredEvent(id)], 0)));
    await tell(other, registered(other, { categories: ['rare'] }));
    const range = { of: { organisation: ORGANISATION }, category: 'rare', limit: 5 };
    const moment = { n: now(), effectiveAt: at('2024-06-01') };
    const page = node.readModels.subjectsPage(range, moment);
    expect(page.rows).toEqual([]);
    expect(page.next).toBeGreaterThan(MAX_LOOKED_AT);
    const next = node.readModels.subjectsPage({ ...range, after: page.next ?? 0 }, moment);
    expect([next.rows.map(({ id }) => id), next.next]).toEqual([[other], undefined]);
  });
});

function registeredEvent(id: string) {
  const data = JSON.parse(JSON.stringify(registered(id).data));
  return { id, type: 'SubjectRegistered', data, metadata: { schemaVersion: 1 } };
}

describe('policies that may concern a person', () => {
  test('are the published ones of their organisation and of their customer of that date', async () => {
    const [theirs, draft] = [sampleId(20), sampleId(21)];
    await node.record(`policy-${theirs}`, [policyCreated(theirs, CUSTOMER)]);
    await node.record(`policy-${draft}`, [policyCreated(draft, ORGANISATION, { slug: 'draft' })]);
    for (const [policyId, versionId] of [
      [POLICY, VERSION],
      [theirs, sampleId(22)],
    ] as const) {
      await node.record(`policy-${policyId}`, [published({ policyId, versionId, effectiveFrom: at('2024-01-01') })]);
    }
    await tell(person, registered(person));
    await tell(person, classified(person, live(at('2024-03-01')), { customerId: CUSTOMER }));
    const concerning = (day: string, n = now()) =>
      node.readModels.policiesThatMayConcern(person, { n, effectiveAt: at(day) });
    expect(concerning('2024-02-01')).toEqual([POLICY]);
    expect(concerning('2024-03-01')).toEqual([POLICY, theirs]);
    expect(concerning('2024-03-01', now() - 1)).toEqual([POLICY]);
    expect(node.readModels.policiesThatMayConcern(other, { n: now(), effectiveAt: at('2024-03-01') })).toEqual([]);
  });
});

describe('corrections', () => {
  function decisions(n = now(), day = '2024-12-01') {
    const facts = node.readModels.personFacts(person, { n });
    return [...(facts?.decisions(POLICY, 'newsletter', at(day)) ?? [])];
  }

  test('each starts from the original; a voided fact comes back by one that says nothing', async () => {
    await tell(person, registered(person), given(person, live(at('2024-02-01'))));
    const original = now();
    const moved = await tell(person, corrected(person, 2, { occurredAt: at('2024-03-01'), locale: 'en' }));
    const voided = await tell(person, corrected(person, 2, { void: true }));
    const back = await tell(person, corrected(person, 2));
    const again = await tell(person, corrected(person, 2, { locale: 'nn' }));
    const told = [original, moved, voided, back, again].map((n) =>
      decisions(n).map((each) => [each.order, each.validFrom, each.kind === 'GIVEN' && each.locale]),
    );
    expect(told).toEqual([
      [[2, at('2024-02-01'), 'nb']],
      [[2, at('2024-03-01'), 'en']],
      [],
      [[2, at('2024-02-01'), 'nb']],
      [[2, at('2024-02-01'), 'nn']],
    ]);
  });

  test('one of another fact of the same instant leaves this one where it was', async () => {
    const same = live(at('2024-02-01'));
    await tell(person, registered(person), given(person, same), withdrawn(person, same), noticed(person, same));
    await tell(person, corrected(person, 3, { void: true }));
    await tell(person, corrected(person, 4, { channel: 'LETTER' }));
    expect(decisions().map(({ kind }) => kind)).toEqual(['GIVEN']);
    const facts = node.readModels.personFacts(person, { n: now() });
    expect([...(facts?.notices(POLICY, at('2024-12-01')) ?? [])].map(({ channel }) => channel)).toEqual(['LETTER']);
  });

  test('a long list is told to its end, latest first', async () => {
    const days = Array.from({ length: 200 }, (_, index) => live(at(`2024-02-01T${minuteOf(index)}`)));
    await tell(person, registered(person), ...days.map((each) => given(person, each)));
    const orders = decisions().map(({ order }) => order);
    expect(orders).toEqual(Array.from({ length: 200 }, (_, index) => 201 - index));
  });
});

describe('people who are read together', () => {
  test('are those registered by then, each once, whoever is asked for', async () => {
    const first = await tell(person, registered(person));
    await tell(person, given(person, live(at('2024-02-01'))));
    const second = await tell(other, registered(other));
    const idsOf = (registrations: readonly number[], n: number) =>
      [...node.readModels.peopleFacts(registrations, { n })].map(([place, { subjectId }]) => [place, subjectId]);
    expect(idsOf([second, first, 1, 10_000, -1, second], now()).sort()).toEqual([
      [first, person],
      [second, other],
    ]);
    expect(idsOf([first, second], second - 1)).toEqual([[first, person]]);
    expect(idsOf([], now())).toEqual([]);
  });

  test('have all their facts where one of them has more than are read at once', async () => {
    const registrations = [await tell(person, registered(person)), await tell(other, registered(other))];
    await tell(other, given(other, live(at('2024-02-01'))), noticed(other, live(at('2024-02-01'))));
    const FACTS = 5_500;
    const every = Array.from({ length: FACTS }, () => given(person, live(at('2024-02-02'))));
    for (let from = 0; from < FACTS; from += 500) await tell(person, ...every.slice(from, from + 500));
    const people = [...node.readModels.peopleFacts(registrations, { n: now() }).values()];
    const counts = people.map((of) => [...of.decisions(POLICY, 'newsletter', at('2024-12-01'))].length);
    expect(counts).toEqual([FACTS, 1]);
    expect(people.map((of) => [...of.notices(POLICY, at('2024-12-01'))].length)).toEqual([0, 1]);
  });
});

describe('notices shown again and again', () => {
  test('the first and the last of each version and step are those of the whole list, on both axes', async () => {
    await tell(person, registered(person));
    const random = seededRandom(7);
    const below = (limit: number) => Math.floor(random() * limit);
    for (let place = 2; place <= 300; place += 1) {
      const day = at(`2024-0${1 + below(9)}-1${below(9)}`);
      const fact = noticed(person, below(2) === 0 ? live(day) : late(day, at('2024-12-01')));
      const shown = { ...fact, data: { ...fact.data, versionId: sampleId(40 + below(3)) } };
      const acknowledged = { ...shown, type: 'NoticeAcknowledged' as const };
      await tell(
        person,
        below(10) === 0
          ? corrected(person, 2 + below(place), { void: true })
          : ([shown, acknowledged][below(2)] ?? shown),
      );
    }
    const [first = 1, last] = [subject(person)?.n, now()];
    let met = 0;
    for (let turn = 0; turn < 300; turn += 1) {
      const n = turn % 2 === 0 ? last : first + below(last - first);
      const facts = node.readModels.personFacts(person, { n });
      const day = at(`2024-0${1 + below(9)}-1${below(9)}`);
      const ends = [...(facts?.noticeEnds(POLICY, day) ?? [])];
      expect({ n, day, ends }).toEqual({ n, day, ends: endsOf([...(facts?.notices(POLICY, day) ?? [])]) });
      met += ends.length;
    }
    expect(met).toBeGreaterThan(1_000);
  });
});

function minuteOf(count: number): string {
  return `${String(Math.floor(count / 60)).padStart(2, '0')}:${String(count % 60).padStart(2, '0')}`;
}
