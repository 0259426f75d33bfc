import { consentDecisions } from '../../projections/consent-decisions';
import type { PolicyFacts, VersionTerms } from '../../src/domain/policy/policy-facts';
import { acceptanceState } from '../../src/domain/subject/acceptance-state';
import { consentStates } from '../../src/domain/subject/consent-state';
import { noticeStates } from '../../src/domain/subject/notice-state';
import { obligations } from '../../src/domain/subject/obligations';
import type { PersonFacts } from '../../src/domain/subject/person-facts';
import type { Instant } from '../../src/domain/time';
import { tableName } from '../../src/read-models/sqlite/table-names';
import { seededRandom } from '../read-models/support/random-history';
import { appendFacts, openNode, reach } from '../read-models/support/read-model-node';
import { expectSame } from '../support/expect-same';
import { type Knowledge, knownAt, type PeopleHistory, peopleHistory } from '../support/person-stories';
import { randomInstant, ToldLog } from '../support/told-log';
import { type TablesOfHistory, tablesOfHistory } from './support/tables-of-history';

/** The tables answer what the fold does, at any instant on both axes. Set TEST_SEED to replay a history that failed. */
const seed = Number(process.env.TEST_SEED ?? Math.floor(Math.random() * 2 ** 31));
const HISTORIES = process.env.SOAK ? 10_000 : 60;
const STEPS = 80;
const PREFIXES = 4;
const INSTANTS = 3;

jest.setTimeout(process.env.SOAK ? 7_200_000 : 120_000);

beforeAll(() => {
  console.info(`Random histories of people in tables: TEST_SEED=${seed}, ${HISTORIES} of them`);
});

interface Told {
  readonly history: PeopleHistory;
  readonly tables: TablesOfHistory;
  readonly dice: ToldLog;
  readonly about: { readonly seed: number };
}

/** Histories that several tests ask, by their number; a soak has too many to keep them. */
const kept = new Map<number, Pick<Told, 'history' | 'tables'>>();
const MAX_KEPT = 60;

afterAll(() => {
  for (const { tables } of kept.values()) tables.database.close();
});

function inEveryHistory(check: (told: Told) => void, histories = HISTORIES): void {
  for (let index = 0; index < histories; index += 1) {
    const told = kept.get(index) ?? tell(index);
    check({ ...told, dice: new ToldLog(seededRandom(-1 - index - seed)), about: { seed: seed + index } });
    if (index < MAX_KEPT) kept.set(index, told);
    else told.tables.database.close();
  }
}

function tell(index: number): Pick<Told, 'history' | 'tables'> {
  const history = peopleHistory(seededRandom(seed + index), STEPS);
  return { history, tables: tablesOfHistory(history.events) };
}

/** Random places on both axes, half of them with all that is known. */
function* moments({ history, dice }: Told): Generator<{ readonly n: number; readonly at: Instant }> {
  for (let turn = 0; turn < PREFIXES; turn += 1) {
    const n = turn % 2 === 0 ? history.events.length : dice.below(history.events.length + 1);
    for (let place = 0; place < INSTANTS; place += 1) yield { n, at: randomInstant(dice, history.events) };
  }
}

function tablesKnownAt({ tables: { readModels, prefix } }: Told, n: number): Knowledge {
  return {
    person: (id) => readModels.personFacts(id, prefix(n)),
    policy: (id) => readModels.policyFacts(id, prefix(n)),
  };
}

function statesOf(person: PersonFacts, policies: readonly PolicyFacts[], at: Instant) {
  return {
    obligations: obligations(person, policies, at),
    policies: policies.map((policy) => ({
      consents: consentStates(person, policy, at),
      notices: noticeStates(person, policy, at),
      acceptance: acceptanceState(person, policy, at),
    })),
  };
}

test('consents, notices, acceptances and obligations equal the fold at random instants on both axes', () => {
  const met = new Set<string>();
  inEveryHistory((told) => {
    const { history, about } = told;
    const folds = new Map<number, Knowledge>();
    for (const { n, at } of moments(told)) {
      const fold = folds.get(n) ?? knownAt(history, n);
      folds.set(n, fold);
      const tables = tablesKnownAt(told, n);
      for (const subject of history.subjects) {
        const answers = [fold, tables].map((known) => {
          const person = known.person(subject);
          const policies = history.policies.flatMap((id) => known.policy(id) ?? []);
          return person && statesOf(person, policies, at);
        });
        expectSame({ ...about, n, at, subject }, answers[1], answers[0]);
        for (const { consents } of answers[0]?.policies ?? []) for (const { status } of consents) met.add(status);
        for (const { kind } of answers[0]?.obligations.items ?? []) met.add(kind);
      }
    }
  });
  // The histories must meet every status and every kind of obligation, else the comparison proves little.
  expect(met.size).toBe(13 + 4);
});

/** Everything that is asked about a person, all lists to their end. */
function factsOf(person: PersonFacts | undefined, policies: readonly string[], at: Instant): unknown {
  if (!person) return undefined;
  const { subjectId, organisationId, anonymous, registeredAt, linkedTo, erasedAt } = person;
  return {
    ...{ subjectId, organisationId, anonymous, registeredAt, linkedTo, erasedAt },
    profile: person.profileAt(at),
    touched: person.policiesTouched(at),
    policies: policies.map((policy) => ({
      notices: [...person.notices(policy, at)],
      noticeEnds: [...person.noticeEnds(policy, at)],
      acceptances: [...person.acceptances(policy, at)],
      purposes: person.purposesTouched(policy, at).map((purpose) => ({
        purpose,
        decisions: [...person.decisions(policy, purpose, at)],
        deferrals: [...person.deferrals(policy, purpose, at)],
        layers: [...person.layers(policy, purpose, at)],
      })),
    })),
    linked: person.linked.map((each) => factsOf(each, policies, at)),
  };
}

/** Orders are compared as places among the versions: only what comes before what is asked of them. */
function termsOf(version: VersionTerms | undefined) {
  if (!version) return undefined;
  const { order: _, ...terms } = version;
  return { ...terms, contents: [...version.contents] };
}

function policyFactsOf(
  policy: PolicyFacts | undefined,
  versions: readonly string[],
  at: Instant,
  registeredAt: Instant,
) {
  if (!policy) return undefined;
  const { policyId, organisationId, kind } = policy;
  const inForce = policy.inForce(at, registeredAt);
  const found = versions.flatMap((id) => policy.version(id) ?? []);
  return {
    ...{ policyId, organisationId, kind },
    inForce: inForce.code === 'VERSION_IN_FORCE' ? termsOf(inForce.version) : inForce.code,
    scheduled: policy.scheduled(at, registeredAt).map(termsOf),
    versions: versions.map((id) => ({ terms: termsOf(policy.version(id)), roots: policy.rootsAt(id, at) })),
    order: found.toSorted((a, b) => a.order - b.order).map(({ id }) => id),
    purposes: ['newsletter', 'profiling', 'security', 'orders', 'x'].map((purpose) => policy.knowsPurpose(purpose)),
    next: policy.nextChangeAfter(at, registeredAt),
  };
}

/** Everybody, read at once. */
function peopleTogether({ history, tables }: Told, n: number): ReadonlyMap<string, PersonFacts> {
  const prefix = tables.prefix(n);
  const registrations = history.subjects.flatMap((id) => tables.readModels.subjectById(id, prefix)?.n ?? []);
  const people = tables.readModels.peopleFacts(registrations, prefix);
  return new Map([...people.values()].map((person) => [person.subjectId, person]));
}

test('every fact of a person and of a policy is the same from the tables as from the fold', () => {
  inEveryHistory((told) => {
    const { history, about, dice } = told;
    const versions = history.events.flatMap(({ event }) => ('versionId' in event.data ? [event.data.versionId] : []));
    const ids = [...new Set(versions), 'none'];
    for (const { n, at } of moments(told)) {
      const [fold, tables] = [knownAt(history, n), tablesKnownAt(told, n)];
      const together = peopleTogether(told, n);
      for (const subject of history.subjects) {
        const answer = factsOf(tables.person(subject), history.policies, at);
        const expected = factsOf(fold.person(subject), history.policies, at);
        expectSame({ ...about, n, at, subject }, answer, expected);
        const withOthers = factsOf(together.get(subject), history.policies, at);
        expectSame({ ...about, n, at, subject, read: 'with others' }, withOthers, expected);
      }
      const registeredAt = randomInstant(dice, history.events);
      for (const policy of history.policies) {
        const answer = policyFactsOf(tables.policy(policy), ids, at, registeredAt);
        const expected = policyFactsOf(fold.policy(policy), ids, at, registeredAt);
        expectSame({ ...about, n, at, policy }, answer, expected);
      }
    }
  }, HISTORIES / 2);
});

/** What was told of a person's erasure, in order, as known after so many events. */
function erasureSteps({ events }: PeopleHistory, subject: string, n: number): readonly string[] {
  const steps = ['SubjectErasureDecided', 'SubjectErasureDeclined', 'SubjectErasureStarted', 'SubjectErased'];
  return events
    .slice(0, n)
    .flatMap(({ event, stream }) =>
      stream === `subject-${subject}` && steps.includes(event.type) ? [event.type] : [],
    );
}

function isDue(steps: readonly string[]): boolean {
  const last = steps.at(-1);
  return last === 'SubjectErasureDecided' || last === 'SubjectErasureStarted';
}

test('lists of people, of facts and of erasures that are due say what the log does', () => {
  inEveryHistory((told) => {
    const { history, about, tables, dice } = told;
    const { events, subjects, organisations, policies } = history;
    for (let turn = 0; turn < PREFIXES; turn += 1) {
      const n = turn === 0 ? events.length : 1 + dice.below(events.length);
      const prefix = tables.prefix(n);
      const known = events.slice(0, n);
      const registered = subjects.filter((id) => known.some(({ stream }) => stream === `subject-${id}`));
      const [organisation = ''] = organisations;
      const page = tables.readModels.subjectsPage(
        { of: { organisation }, limit: 50 },
        { n, effectiveAt: randomInstant(dice, events) },
      );
      const due = tables.readModels.erasuresDue({ limit: 50 }, prefix);
      const subject = dice.pick(subjects);
      const policy = dice.pick(policies);
      const range = { organisation, limit: 500 };
      const answer = {
        people: page.rows.map(({ id }) => id),
        count: tables.readModels.subjectsCount(organisation, prefix),
        due: due.rows.map((row) => row.subject).sort(),
        bySubject: tables.readModels.factsPage({ ...range, subject }, prefix).rows.map((row) => row.n),
        byPolicy: tables.readModels.factsPage({ ...range, policy }, prefix).rows.map((row) => row.n),
      };
      const linked = tables.readModels.linkedTo(subject, prefix);
      const streams = [subject, ...linked].map((id) => `subject-${id}`);
      const isAbout = (event: (typeof known)[number]) =>
        'policyId' in event.event.data &&
        event.event.data.policyId === policy &&
        ownerOf(history, event) === organisation;
      const expected = {
        people: registered,
        count: registered.length,
        due: registered.filter((id) => isDue(erasureSteps(history, id, n))).sort(),
        bySubject: known.filter(({ stream }) => streams.includes(stream)).map((event) => event.n),
        byPolicy: known.filter(isAbout).map((event) => event.n),
      };
      expectSame({ ...about, n, subject, policy }, answer, expected);
    }
  }, HISTORIES / 2);
});

/** Whose an event is: that of the first of its stream. */
function ownerOf({ events }: PeopleHistory, { stream }: { readonly stream: string }): string | undefined {
  const data = events.find((event) => event.stream === stream)?.event.data;
  return data && 'organisationId' in data ? data.organisationId : undefined;
}

test('a rebuild from zero, one batch at a time, gives the same rows with people in it', async () => {
  const node = await openNode();
  const history = peopleHistory(seededRandom(seed), 200);
  for (const { stream, event, recordedAtMs } of history.events) {
    node.clock.nowMs = recordedAtMs;
    await appendFacts(node.store, stream, [event]);
  }
  const head = await node.store.head();
  if (head !== undefined) await reach(node, head);
  const before = [...node.dump()];
  await node.runner.rebuild();
  expect([...node.dump()]).toEqual(before);
  expect(before.some((line) => line.startsWith(tableName(consentDecisions, 'decisions')))).toBe(true);
  const late = await openNode(':memory:', node.store);
  if (head !== undefined) await reach(late, head);
  expect([...late.dump()]).toEqual(before);
  await late.runner.close();
  await node.close();
});
