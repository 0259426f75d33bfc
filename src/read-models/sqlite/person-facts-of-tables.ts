import type Database from 'better-sqlite3';
import { consentDecisions, DECISION, LAYER } from '../../../projections/consent-decisions';
import { ACCEPTANCE, notices, STEP } from '../../../projections/notices';
import type {
  AcceptanceFact,
  ConsentDecision,
  NoticeFact,
  OnText,
  PersonFacts,
  Placed,
} from '../../domain/subject/person-facts';
import type { Profile } from '../../domain/subject/subject.events';
import { epochMsOf, type Instant, instantAt } from '../../domain/time';
import type { Known } from '../read-models';
import { type FactWalk, factWalk, type StoredFact } from './fact-walk';
import { noticeWalk, type StoredNotice } from './notice-walk';
import { numberedNames } from './numbered-names';
import { remembering, type TablesState } from './remembered-answers';
import type { SubjectQueries } from './subject-queries';
import { touchedThings } from './touched-things';

interface StoredDecision extends StoredFact {
  readonly kind: number;
  readonly text: number | null;
  readonly expires_at: number | null;
}

/** What rules ask about people, read from the tables as they ask. */
export function personFactsOfTables(
  database: Database.Database,
  state: TablesState,
  people: Pick<SubjectQueries, 'subjectById' | 'profileOf' | 'linkedTo'>,
): (subjectId: string, prefix: Known) => PersonFacts | undefined {
  const decided = decisionsOf(database, state);
  const told = noticesOf(database, state);
  const touched = touchedThings(database);

  function factsAt(n: number, subjectId: string): PersonFacts | undefined {
    const row = people.subjectById(subjectId, { n });
    if (!row) return undefined;
    const { organisation: organisationId, anonymous, registeredAt, linkedTo, erasedAt } = row;
    const decider = once(() => decided.person(subjectId));
    const reader = once(() => told.person(subjectId));
    const linked = once(() => people.linkedTo(subjectId, { n }).flatMap((id) => remembered(n, id) ?? []));
    return {
      subjectId,
      organisationId,
      anonymous,
      registeredAt,
      linkedTo,
      erasedAt,
      profileAt: lastAsked((at) => profileAt(subjectId, at, n)),
      decisions: (...asked) => decided.decisions(decider(), n, ...asked),
      deferrals: (...asked) => decided.deferrals(decider(), n, ...asked),
      layers: (...asked) => decided.layers(decider(), n, ...asked),
      notices: (...asked) => told.notices(reader(), n, ...asked),
      noticeEnds: lastAskedOf((...asked) => told.noticeEnds(reader(), n, ...asked)),
      acceptances: (...asked) => told.acceptances(reader(), n, ...asked),
      purposesTouched: (policy, at) => touched.purposes(decider(), policy, epochMsOf(at), n),
      policiesTouched: (at) => touched.policies(decider(), reader(), epochMsOf(at), n),
      get linked() {
        return linked();
      },
    };
  }

  function profileAt(subjectId: string, effectiveAt: Instant, n: number): Profile {
    const profile = people.profileOf(subjectId, { effectiveAt, n });
    if (!profile) throw new Error('A person lost their registration.');
    return profile;
  }

  const remembered = remembering(state, factsAt);
  return (subjectId, { n }) => remembered(n, subjectId);
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
  const text = names.named<OnText>('texts', 'version AS versionId', 'locale', 'sha256 AS contentSha256');
  const walk = <Row extends StoredFact>(table: string, ...columns: readonly string[]): FactWalk<Row> =>
    factWalk(database, { projection: consentDecisions, table, thing: 'purpose', columns });
  const decisions = walk<StoredDecision>('decisions', 'kind', 'text', 'expires_at');
  const deferrals = walk<StoredFact & { readonly text: number }>('deferrals', 'text');
  const layers = walk<StoredFact & { readonly kind: number }>('layers', 'kind');

  function decision(row: StoredDecision): ConsentDecision {
    const { kind, text: number, expires_at } = row;
    if (kind === DECISION.WITHDRAWN || number === null) return { ...placed(row), kind: 'WITHDRAWN' };
    if (kind === DECISION.REFUSED) return { ...placed(row), ...text(number), kind: 'REFUSED' };
    const expiresAt = expires_at === null ? undefined : instantAt(expires_at);
    return { ...placed(row), ...text(number), kind: 'GIVEN', expiresAt };
  }

  return {
    person: names.number('people', 'subject'),
    decisions: (person: Person, n: number, policyId: string, key: string, at: Instant) =>
      decisions({ person, about: purpose(policyId, key), at, n }, decision),
    deferrals: (person: Person, n: number, policyId: string, key: string, at: Instant) =>
      deferrals({ person, about: purpose(policyId, key), at, n }, (row) => ({ ...placed(row), ...text(row.text) })),
    layers: (person: Person, n: number, policyId: string, key: string, at: Instant) =>
      layers({ person, about: purpose(policyId, key), at, n }, (row) => ({
        ...placed(row),
        kind: wordAt(LAYERS, row.kind),
      })),
  };
}

/** What people were told, and which terms they accepted. */
function noticesOf(database: Database.Database, state: TablesState) {
  const names = numberedNames(database, state, notices);
  const policy = names.number('policies', 'policy');
  const version = names.named<{ readonly versionId: string }>('versions', 'version AS versionId');
  const text = names.named<OnText>('texts', 'version AS versionId', 'locale', 'sha256 AS contentSha256');
  const walk = <Row extends StoredFact>(table: string, ...columns: readonly string[]): FactWalk<Row> =>
    factWalk(database, { projection: notices, table, thing: 'policy', columns });
  const noticed = noticeWalk(database);
  const walkAcceptances = walk<StoredFact & { readonly kind: number; readonly text: number }>(
    'acceptances',
    'kind',
    'text',
  );

  function notice(row: StoredNotice): NoticeFact {
    const { channel, method } = row;
    const step = wordAt(STEPS, row.step);
    return { ...placed(row), step, ...version(row.version), channel, method: method ?? undefined };
  }

  return {
    person: names.number('people', 'subject'),
    notices: (person: Person, n: number, policyId: string, at: Instant) =>
      noticed.all({ person, about: policy(policyId), at, n }).map(notice),
    noticeEnds: (person: Person, n: number, policyId: string, at: Instant) =>
      noticed.ends({ person, about: policy(policyId), at, n }).map(notice),
    acceptances: (person: Person, n: number, policyId: string, at: Instant) =>
      walkAcceptances(
        { person, about: policy(policyId), at, n },
        (row): AcceptanceFact => ({ ...placed(row), ...text(row.text), kind: wordAt(ACCEPTANCES, row.kind) }),
      ),
  };
}

function placed({ place, valid_from, occurred_at }: StoredFact): Placed {
  const validFrom = instantAt(valid_from);
  return { order: place, validFrom, occurredAt: occurred_at === valid_from ? validFrom : instantAt(occurred_at) };
}

const LAYERS = wordsOf(LAYER);
const STEPS = wordsOf(STEP);
const ACCEPTANCES = wordsOf(ACCEPTANCE);

/** The words that stand in tables as numbers. */
function wordsOf<Word extends string>(numbers: { readonly [word in Word]: number }): readonly Word[] {
  const words = Object.keys(numbers) as Word[];
  return words.sort((a, b) => numbers[a] - numbers[b]);
}

function wordAt<Word extends string>(words: readonly Word[], number: number): Word {
  const word = words[number];
  if (word === undefined) throw new Error('A table holds a number that stands for no word.');
  return word;
}
