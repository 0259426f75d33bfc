import type Database from 'better-sqlite3';
import { policies } from '../../../projections/policies';
import { policyTimeline, VERSION } from '../../../projections/policy-timeline';
import { policyVersions } from '../../../projections/policy-versions';
import type { Change, ContentRef, Roots } from '../../domain/policy/policy.events';
import type { PolicyFacts, VersionDeciding, VersionTerms } from '../../domain/policy/policy-facts';
import type { ProcessingStatement } from '../../domain/policy/processing-statement';
import { type Instant, LAST_INSTANT, type TimeZone } from '../../domain/time';
import { MAX_COHORTS, type PeopleQueries } from '../people';
import type { Moment, ReadModels } from '../read-models';
import { comingEntries } from './coming-entries';
import { remembering, type TablesState } from './remembered-answers';
import type { SubjectQueries } from './subject-queries';
import { tableName } from './table-names';

export type PolicyFactQueries = Pick<PeopleQueries, 'policyFacts' | 'policiesThatMayConcern' | 'cohortBounds'>;

export type AskedOfPolicies = Pick<ReadModels, 'policyById' | 'versionInForce' | 'versionContents' | 'versionRoots'>;

interface StoredTerms {
  readonly id: string;
  readonly n: number;
  readonly effective_from: Instant;
  readonly existing_from: Instant | null;
  readonly published_at: Instant;
  readonly time_zone: TimeZone;
  readonly imported: number;
  readonly audience: string;
  readonly change: string;
  readonly statement: string | null;
  readonly withdrawn_from: Instant | null;
  readonly withdrawn_at: Instant | null;
  readonly voids: number | null;
}

/** Most answers that the facts of one policy keep in memory at a time. */
const MAX_KEPT = 256;

/** What rules ask about policies, read from the tables as they ask. */
export function policyFactsOfTables(
  database: Database.Database,
  state: TablesState,
  asked: AskedOfPolicies & Pick<SubjectQueries, 'subjectById' | 'profileOf'>,
): PolicyFactQueries {
  const termsOf = versionTerms(database, asked.versionContents);
  const comingAfter = comingEntries(database);
  const naming = database
    .prepare<[string, string, number, number], number>(
      `SELECT 1 FROM ${tableName(policyVersions, 'purposes')} AS named
       JOIN ${tableName(policyVersions, 'versions')} AS versions USING (n)
       WHERE named.policy = ? AND named.purpose = ? AND n <= ? AND (revoked_n IS NULL OR revoked_n > ?) LIMIT 1`,
    )
    .pluck();
  const published = database
    .prepare<[string, number], string>(
      `SELECT id FROM ${tableName(policies, 'policies')} WHERE organisation = ? AND first_published_n <= ? ORDER BY n`,
    )
    .pluck();
  const bounds = cohortBounds(database);
  const cohorts = remembering(state, (_, organisation) => bounds(organisation));
  const publishedAt = remembering(state, (n, organisation) => published.all(organisation, n));

  function factsAt(n: number, policyId: string): PolicyFacts | undefined {
    const policy = asked.policyById(policyId, { n });
    if (!policy) return undefined;
    const { organisation: organisationId, kind } = policy;
    const version = keeping((id) => termsOf(policyId, id, n));
    const roots = keeping((question) => {
      const [id = '', at = ''] = question.split(' ');
      return version(id) && asked.versionRoots(id, { effectiveAt: at as Instant, n });
    });
    const coming = keeping((at) => comingAfter({ policy: policyId, at: at as Instant, n }));
    return {
      policyId,
      organisationId,
      kind,
      version,
      inForce: (effectiveAt, registeredAt) => deciding(policyId, { effectiveAt, n }, registeredAt, version),
      scheduled: (at, registeredAt) =>
        coming(at)
          .scheduledFor(registeredAt)
          .flatMap((id) => decidedBy(at, version(id)) ?? []),
      rootsAt: (id, at): Roots | undefined => roots(`${id} ${at}`),
      knowsPurpose: (purpose) => naming.get(policyId, purpose, n, n) !== undefined,
      nextChangeAfter: (at, registeredAt) => coming(at).nextChangeFor(registeredAt),
    };
  }

  function deciding(
    policyId: string,
    at: Moment,
    registeredAt: Instant,
    version: (id: string) => VersionTerms | undefined,
  ): VersionDeciding {
    const found = asked.versionInForce(policyId, at, registeredAt);
    if (found.code !== 'VERSION_IN_FORCE') return { code: found.code };
    const terms = version(found.versionId);
    if (!terms) throw new Error('A version in force has no terms.');
    return { code: found.code, version: terms };
  }

  const remembered = remembering(state, factsAt);
  return {
    policyFacts: (policyId, { n }) => remembered(n, policyId),
    // Those of versions published later part nobody whose policies have none of them yet.
    cohortBounds: (organisations, { n }) => {
      const found = organisations.flatMap((id) => cohorts(n, id) ?? []);
      return found.length > MAX_COHORTS ? undefined : found.sort();
    },
    policiesThatMayConcern: (subjectId, at) => {
      const organisation = asked.subjectById(subjectId, at)?.organisation;
      const customer = asked.profileOf(subjectId, at)?.customerId;
      return [organisation, customer].flatMap((id) => (id === undefined ? [] : (publishedAt(at.n, id) ?? [])));
    },
  };
}

/** Instants of publications that had another date for those who had registered before, one more than are said. */
function cohortBounds(database: Database.Database): (organisation: string) => readonly Instant[] {
  const publications = database
    .prepare<[string], Instant>(
      `SELECT DISTINCT published_at FROM ${tableName(policyTimeline, 'entries')}
       WHERE policy IN (SELECT id FROM ${tableName(policies, 'policies')} WHERE organisation = ?)
         AND existing_from IS NOT NULL LIMIT ${MAX_COHORTS + 1}`,
    )
    .pluck();
  return (organisation) => publications.all(organisation);
}

/** The terms of a version of a policy as known after `n` events; undefined for a revoked import (rule V7). */
function versionTerms(
  database: Database.Database,
  contentsOf: ReadModels['versionContents'],
): (policyId: string, versionId: string, n: number) => VersionTerms | undefined {
  const find = database.prepare<[string, string, number, number], StoredTerms>(
    `SELECT version.id, version.n, version.effective_from, version.existing_from, version.published_at, time_zone, imported,
       audience, change, statement, withdrawn_from, withdrawn_at, voids
     FROM ${tableName(policyVersions, 'versions')} AS version
     JOIN ${tableName(policyTimeline, 'entries')} AS entry
       ON entry.policy = version.policy AND entry.effective_from = version.effective_from AND entry.n = version.n
     WHERE version.id = ? AND version.policy = ? AND entry.kind = ${VERSION}
       AND entry.k_from <= ? AND (entry.k_to IS NULL OR entry.k_to > ?)`,
  );
  // By their text: a statement is read far more often than one is written.
  const audience = keeping((text) => JSON.parse(text) as readonly string[]);
  const change = keeping((text) => JSON.parse(text) as Change);
  const statement = keeping((text) => JSON.parse(text) as ProcessingStatement);
  return (policyId, versionId, n) => {
    const row = find.get(versionId, policyId, n, n);
    if (!row) return undefined;
    let contents: readonly ContentRef[] | undefined;
    return {
      id: row.id,
      // Ordinals stand in the same order as the versions of a policy were recorded in.
      order: row.n,
      effectiveFrom: row.effective_from,
      effectiveFromForExisting: row.existing_from ?? undefined,
      publishedAt: row.published_at,
      timeZone: row.time_zone,
      imported: row.imported === 1,
      audience: audience(row.audience),
      change: change(row.change),
      statement: row.statement === null ? undefined : statement(row.statement),
      withdrawal: withdrawalOf(row),
      get contents() {
        contents ??= contentsOf(versionId, { effectiveAt: LAST_INSTANT, n }).toSorted((a, b) =>
          a.locale < b.locale ? -1 : 1,
        );
        return contents;
      },
    };
  };
}

/** A withdrawal decided later says nothing about the instant (rule T3). */
function decidedBy(at: Instant, terms: VersionTerms | undefined): VersionTerms | undefined {
  const later = terms?.withdrawal !== undefined && terms.withdrawal.withdrawnAt > at;
  return terms && later ? { ...terms, withdrawal: undefined } : terms;
}

function withdrawalOf({
  withdrawn_from: from,
  withdrawn_at: withdrawnAt,
  voids,
}: StoredTerms): VersionTerms['withdrawal'] {
  if (from === null || withdrawnAt === null) return undefined;
  return { from, withdrawnAt, voidsDecisions: voids === 1 };
}

/** Answers to a question that never change are found once. */
function keeping<Answer>(ask: (question: string) => Answer): (question: string) => Answer {
  const answers = new Map<string, Answer>();
  return (question) => {
    const known = answers.get(question);
    if (known !== undefined) return known;
    const answer = ask(question);
    if (answers.size >= MAX_KEPT) answers.clear();
    answers.set(question, answer);
    return answer;
  };
}
