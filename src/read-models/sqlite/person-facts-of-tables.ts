import type Database from 'better-sqlite3';
import { consentDecisions } from '../../../projections/consent-decisions';
import { notices } from '../../../projections/notices';
import type { FactsByPolicy } from '../../domain/subject/facts-by-policy';
import type { PersonFacts } from '../../domain/subject/person-facts';
import { epochMsOf, type Instant } from '../../domain/time';
import type { Known } from '../read-models';
import { type FactWalk, factWalk } from './fact-walk';
import { noticeWalk } from './notice-walk';
import { numberedNames } from './numbered-names';
import { remembering, type TablesState } from './remembered-answers';
import {
  decisionFacts,
  noticeFacts,
  type StoredAcceptance,
  type StoredDecision,
  type StoredDeferral,
  type StoredFact,
  type StoredLayer,
} from './stored-facts';
import type { Registered, RegisteredQueries } from './subject-queries';
import { touchedThings } from './touched-things';

/** What rules ask about people, read from the tables as they ask. */
export function personFactsOfTables(
  database: Database.Database,
  state: TablesState,
  { registered }: Pick<RegisteredQueries, 'registered'>,
): (subjectId: string, prefix: Known) => PersonFacts | undefined {
  const decided = decisionsOf(database, state);
  const told = noticesOf(database, state);
  const touched = touchedThings(database);

  function factsAt(n: number, subjectId: string): PersonFacts | undefined {
    const person = registered(subjectId, n);
    if (!person) return undefined;
    const decider = once(() => decided.person(subjectId));
    const reader = once(() => told.person(subjectId));
    return personOf(person, (id) => remembered(n, id), {
      decisions: (...asked) => decided.decisions(decider(), n, ...asked),
      deferrals: (...asked) => decided.deferrals(decider(), n, ...asked),
      layers: (...asked) => decided.layers(decider(), n, ...asked),
      notices: (...asked) => told.notices(reader(), n, ...asked),
      noticeEnds: (...asked) => told.noticeEnds(reader(), n, ...asked),
      acceptances: (...asked) => told.acceptances(reader(), n, ...asked),
      purposesTouched: (policy, at) => touched.purposes(decider(), policy, epochMsOf(at), n),
      policiesTouched: (at) => touched.policies(decider(), reader(), epochMsOf(at), n),
    });
  }

  const remembered = remembering(state, factsAt);
  return (subjectId, { n }) => remembered(n, subjectId);
}

/** @param find a person by their id, for those who are this one */
export function personOf(
  { row, profileAt, linked }: Registered,
  find: (subjectId: string) => PersonFacts | undefined,
  facts: FactsByPolicy,
): PersonFacts {
  const others = once(() => linked().flatMap((id) => find(id) ?? []));
  return {
    subjectId: row.id,
    organisationId: row.organisation,
    anonymous: row.anonymous,
    registeredAt: row.registeredAt,
    linkedTo: row.linkedTo,
    erasedAt: row.erasedAt,
    ...facts,
    profileAt: lastAsked(profileAt),
    noticeEnds: lastAskedOf(facts.noticeEnds),
    get linked() {
      return others();
    },
  };
}

/** A question that is asked again and again for the same instant. */
function lastAsked<Answer>(ask: (at: Instant) => Answer): (at: Instant) => Answer {
  let last: { readonly at: Instant; readonly answer: Answer } | undefined;
  return (at) => {
    if (last?.at !== at) last = { at, answer: ask(at) };
    return last.answer;
  };
}

/** The same of one policy: it is asked for each of its versions. */
function lastAskedOf<Answer>(
  ask: (policyId: string, at: Instant) => Answer,
): (policyId: string, at: Instant) => Answer {
  let last: { readonly policyId: string; readonly at: Instant; readonly answer: Answer } | undefined;
  return (policyId, at) => {
    if (last?.policyId !== policyId || last.at !== at) last = { policyId, at, answer: ask(policyId, at) };
    return last.answer;
  };
}

function once<Answer>(ask: () => Answer): () => Answer {
  let known: { readonly answer: Answer } | undefined;
  return () => {
    known ??= { answer: ask() };
    return known.answer;
  };
}

type Person = number | undefined;

/** What people decided about purposes. */
function decisionsOf(database: Database.Database, state: TablesState) {
  const names = numberedNames(database, state, consentDecisions);
  const purpose = names.number('purposes', 'policy', 'purpose');
  const { decision, deferral, layer } = decisionFacts(names);
  const walk = <Row extends StoredFact>(table: string, ...columns: readonly string[]): FactWalk<Row> =>
    factWalk(database, { projection: consentDecisions, table, thing: 'purpose', columns });
  const decisions = walk<StoredDecision>('decisions', 'kind', 'text', 'expires_at');
  const deferrals = walk<StoredDeferral>('deferrals', 'text');
  const layers = walk<StoredLayer>('layers', 'kind');
  return {
    person: names.number('people', 'subject'),
    decisions: (person: Person, n: number, policyId: string, key: string, at: Instant) =>
      decisions({ person, about: purpose(policyId, key), at, n }, decision),
    deferrals: (person: Person, n: number, policyId: string, key: string, at: Instant) =>
      deferrals({ person, about: purpose(policyId, key), at, n }, deferral),
    layers: (person: Person, n: number, policyId: string, key: string, at: Instant) =>
      layers({ person, about: purpose(policyId, key), at, n }, layer),
  };
}

/** What people were told, and which terms they accepted. */
function noticesOf(database: Database.Database, state: TablesState) {
  const names = numberedNames(database, state, notices);
  const policy = names.number('policies', 'policy');
  const { notice, acceptance } = noticeFacts(names);
  const noticed = noticeWalk(database);
  const acceptances = factWalk<StoredAcceptance>(database, {
    projection: notices,
    table: 'acceptances',
    thing: 'policy',
    columns: ['kind', 'text'],
  });
  return {
    person: names.number('people', 'subject'),
    notices: (person: Person, n: number, policyId: string, at: Instant) =>
      noticed.all({ person, about: policy(policyId), at, n }).map(notice),
    noticeEnds: (person: Person, n: number, policyId: string, at: Instant) =>
      noticed.ends({ person, about: policy(policyId), at, n }).map(notice),
    acceptances: (person: Person, n: number, policyId: string, at: Instant) =>
      acceptances({ person, about: policy(policyId), at, n }, acceptance),
  };
}
