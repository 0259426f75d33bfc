import { LIVE_WINDOW_MS } from '../domain/limits';
import { type StoryFact, type StoryStep, storyOf } from '../domain/subject/explanation';
import { type Standing, standingOf } from '../domain/subject/standing';
import { DECIDING_POLICY_TYPES, type RuleName, rulesOfStep } from '../domain/subject/step-rules';
import { epochMsOf, instantAt } from '../domain/time';
import type { FactRow, Moment, ReadModels } from './read-models';

export interface StoryAsked {
  readonly subjectId: string;
  readonly policyId: string;
  /** Ordinal of the last fact of the stretch before; absent: from the beginning. */
  readonly after?: number;
  /** Most facts of the stretch. */
  readonly limit: number;
}

export interface FactOfStory extends StoryFact {
  readonly row: FactRow;
}

export interface ToldStep extends StoryStep<FactOfStory> {
  readonly rules: readonly RuleName[];
}

export interface PersonStory {
  readonly steps: readonly ToldStep[];
  /** Where to go on after; undefined: the story is over, and its last date is the one asked about. */
  readonly next: number | undefined;
  /** How the person stands in the end, whichever stretch this is. */
  readonly standing: Standing;
}

type StoryQueries = Pick<
  ReadModels,
  | 'subjectById'
  | 'policyById'
  | 'linkedTo'
  | 'personFacts'
  | 'policyFacts'
  | 'factsPage'
  | 'prefixAtOrdinal'
  | 'latestLiveValidFromMs'
>;

/**
 * How a person came to stand with a policy as they do at a moment, fact by fact in the order of the log, with the rules
 * that each step applied. Facts of anonymous persons linked to the account are among them (rule D7), those about other
 * policies are not: they change nothing here. Undefined: the person or the policy was not known then.
 */
export function personStory(queries: StoryQueries, asked: StoryAsked, at: Moment): PersonStory | undefined {
  const { subjectId, policyId } = asked;
  const person = queries.personFacts(subjectId, at);
  const policy = queries.policyFacts(policyId, at);
  if (!person || !policy) return undefined;
  const { rows, hasMore } = factsOfStory(queries, asked, { person, policy }, at);
  const facts = rows.map((row) => ({ n: row.n, presentAt: presentAt(queries, row.n), row }));
  const steps = storyOf({
    facts,
    after: asked.after === undefined ? undefined : { n: asked.after, presentAt: presentAt(queries, asked.after) },
    effectiveAt: at.effectiveAt,
    isLast: !hasMore,
    knownAt: (n) => ({
      person: queries.personFacts(subjectId, { n }),
      policy: queries.policyFacts(policyId, { n }),
    }),
  });
  return {
    steps: [...steps].map((step) => ({
      ...step,
      rules: rulesOfStep(step.fact?.row.type, step.fact !== undefined && isLate(step.fact.row), step.changes),
    })),
    next: hasMore ? facts.at(-1)?.n : undefined,
    standing: standingOf(person, policy, at.effectiveAt),
  };
}

/** The effective present once so many events are known (rule S2). */
function presentAt(queries: StoryQueries, n: number) {
  return instantAt(Math.max(queries.prefixAtOrdinal(n)?.clockMs ?? 0, queries.latestLiveValidFromMs(n)));
}

function factsOfStory(
  queries: StoryQueries,
  { subjectId, policyId, after, limit }: StoryAsked,
  of: { readonly person: { readonly organisationId: string }; readonly policy: { readonly organisationId: string } },
  { n }: Moment,
) {
  const prefix = queries.prefixAtOrdinal(n);
  if (!prefix) return { rows: [], hasMore: false };
  const range = { limit, ...(after !== undefined && { after }) };
  const people = [subjectId, ...queries.linkedTo(subjectId, prefix)];
  const pages = [
    ...people.map((subject) =>
      queries.factsPage({ organisation: of.person.organisationId, subject, concerning: policyId, ...range }, prefix),
    ),
    queries.factsPage(
      { organisation: of.policy.organisationId, policy: policyId, types: DECIDING_POLICY_TYPES, ...range },
      prefix,
    ),
  ];
  const all = pages.flatMap(({ rows }) => rows).sort((a, b) => a.n - b.n);
  const rows = all.filter((row, index) => row.n !== all[index - 1]?.n);
  return { rows: rows.slice(0, limit), hasMore: rows.length > limit || pages.some(({ hasMore }) => hasMore) };
}

/** A person may have been registered long ago, and a text have been in force: neither is told late. */
function isLate({ type, subject, occurredAt, recordedAtMs }: FactRow): boolean {
  if (subject === undefined || type === 'SubjectRegistered') return false;
  return recordedAtMs - epochMsOf(occurredAt) > LIVE_WINDOW_MS;
}
