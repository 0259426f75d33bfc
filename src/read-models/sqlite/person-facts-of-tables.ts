import type Database from 'better-sqlite3';
import { consentDecisions, DECISION, LAYER } from '../../../projections/consent-decisions';
import { ACCEPTANCE, notices, STEP } from '../../../projections/notices';
import type {
  AcceptanceFact,
  ConsentDecision,
  ConsentDeferral,
  NoticeFact,
  PersonFacts,
  Placed,
  ProcessingLayer,
} from '../../domain/subject/person-facts';
import type { Channel, Method, Profile } from '../../domain/subject/subject.events';
import { epochMsOf, type Instant, instantAt } from '../../domain/time';
import type { Known } from '../read-models';
import { type FactWalk, factWalk, type StoredFact } from './fact-walk';
import type { SubjectQueries } from './subject-queries';
import { tableName } from './table-names';
import { touchedThings } from './touched-things';

interface StoredText {
  readonly version: string;
  readonly locale: string;
  readonly sha256: string;
}

interface StoredDecision extends StoredFact {
  readonly kind: number;
  readonly expires_at: number | null;
  readonly version: string | null;
  readonly locale: string | null;
  readonly sha256: string | null;
}

interface StoredNotice extends StoredFact {
  readonly step: number;
  readonly version: string;
  readonly channel: Channel;
  readonly method: Method | null;
}

/** The last facts of people about one thing after the other, and which things they are about. */
interface Walks {
  readonly decisions: FactWalk<StoredDecision>;
  readonly deferrals: FactWalk<StoredFact & StoredText>;
  readonly layers: FactWalk<StoredFact & { readonly kind: number }>;
  readonly notices: FactWalk<StoredNotice>;
  readonly acceptances: FactWalk<StoredFact & StoredText & { readonly kind: number }>;
}

/** What rules ask about people, read from the tables as they ask. */
export function personFactsOfTables(
  database: Database.Database,
  people: Pick<SubjectQueries, 'subjectById' | 'profileOf' | 'linkedTo'>,
): (subjectId: string, prefix: Known) => PersonFacts | undefined {
  const walks = walksOver(database);
  const touched = touchedThings(database);
  const numberIn = (projection: typeof notices) =>
    database
      .prepare<[string], number>(`SELECT number FROM ${tableName(projection, 'people')} WHERE subject = ?`)
      .pluck();
  const numberOfDecider = numberIn(consentDecisions);
  const numberOfReader = numberIn(notices);

  function personFacts(subjectId: string, prefix: Known): PersonFacts | undefined {
    const row = people.subjectById(subjectId, prefix);
    if (!row) return undefined;
    const { n } = prefix;
    const { organisation: organisationId, anonymous, registeredAt, linkedTo, erasedAt } = row;
    // Nobody has the number 0: who has done nothing has no facts.
    const decider = numberOfDecider.get(subjectId) ?? 0;
    const reader = numberOfReader.get(subjectId) ?? 0;
    let linked: readonly PersonFacts[] | undefined;
    return {
      subjectId,
      organisationId,
      anonymous,
      registeredAt,
      linkedTo,
      erasedAt,
      profileAt: lastAsked((at) => profileAt(subjectId, at, n)),
      decisions: (policy, purpose, at) => walks.decisions.of({ person: decider, policy, purpose, at, n }, decision),
      deferrals: (policy, purpose, at) => walks.deferrals.of({ person: decider, policy, purpose, at, n }, deferral),
      layers: (policy, purpose, at) => walks.layers.of({ person: decider, policy, purpose, at, n }, layer),
      notices: (policy, at) => walks.notices.of({ person: reader, policy, at, n }, notice),
      acceptances: (policy, at) => walks.acceptances.of({ person: reader, policy, at, n }, acceptance),
      purposesTouched: (policy, at) => touched.purposes(decider, policy, epochMsOf(at), n),
      policiesTouched: (at) => touched.policies(decider, reader, epochMsOf(at), n),
      get linked() {
        linked ??= people.linkedTo(subjectId, prefix).flatMap((id) => personFacts(id, prefix) ?? []);
        return linked;
      },
    };
  }

  function profileAt(subjectId: string, effectiveAt: Instant, n: number): Profile {
    const profile = people.profileOf(subjectId, { effectiveAt, n });
    if (!profile) throw new Error('A person lost their registration.');
    return profile;
  }

  return personFacts;
}

/** A question that is asked again and again for the same instant. */
function lastAsked<Answer>(ask: (at: Instant) => Answer): (at: Instant) => Answer {
  let last: { readonly at: Instant; readonly answer: Answer } | undefined;
  return (at) => {
    if (last?.at !== at) last = { at, answer: ask(at) };
    return last.answer;
  };
}

function walksOver(database: Database.Database): Walks {
  const ofPurpose = (table: string, columns: string) =>
    ({ database, projection: consentDecisions, table, columns, thing: 'purpose' }) as const;
  const ofPolicy = (table: string, columns: string) =>
    ({ database, projection: notices, table, columns, thing: 'policy' }) as const;
  const text = 'text.version, text.locale, text.sha256';
  return {
    decisions: factWalk(ofPurpose('decisions', `fact.kind, fact.expires_at, ${text}`), 'text'),
    deferrals: factWalk(ofPurpose('deferrals', text), 'text'),
    layers: factWalk(ofPurpose('layers', 'fact.kind'), undefined),
    notices: factWalk(ofPolicy('notices', 'fact.step, fact.channel, fact.method, version.version'), 'version'),
    acceptances: factWalk(ofPolicy('acceptances', `fact.kind, ${text}`), 'text'),
  };
}

function placed({ place, valid_from, occurred_at }: StoredFact): Placed {
  const validFrom = instantAt(valid_from);
  return { order: place, validFrom, occurredAt: occurred_at === valid_from ? validFrom : instantAt(occurred_at) };
}

function onText({ version: versionId, locale, sha256: contentSha256 }: StoredText) {
  return { versionId, locale, contentSha256 };
}

function decision(row: StoredDecision): ConsentDecision {
  const { kind, version, locale, sha256, expires_at } = row;
  if (kind === DECISION.WITHDRAWN || version === null || locale === null || sha256 === null) {
    return { ...placed(row), kind: 'WITHDRAWN' };
  }
  const text = onText({ version, locale, sha256 });
  if (kind === DECISION.REFUSED) return { ...placed(row), ...text, kind: 'REFUSED' };
  return { ...placed(row), ...text, kind: 'GIVEN', expiresAt: expires_at === null ? undefined : instantAt(expires_at) };
}

function deferral(row: StoredFact & StoredText): ConsentDeferral {
  return { ...placed(row), ...onText(row) };
}

const LAYERS = wordsOf(LAYER);
const STEPS = wordsOf(STEP);
const ACCEPTANCES = wordsOf(ACCEPTANCE);

function layer(row: StoredFact & { readonly kind: number }): ProcessingLayer {
  return { ...placed(row), kind: wordAt(LAYERS, row.kind) };
}

function notice(row: StoredNotice): NoticeFact {
  const { version: versionId, channel, method } = row;
  return { ...placed(row), step: wordAt(STEPS, row.step), versionId, channel, method: method ?? undefined };
}

function acceptance(row: StoredFact & StoredText & { readonly kind: number }): AcceptanceFact {
  return { ...placed(row), ...onText(row), kind: wordAt(ACCEPTANCES, row.kind) };
}

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
