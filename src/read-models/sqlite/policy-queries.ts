import type Database from 'better-sqlite3';
import { organisations } from '../../../projections/organisations';
import { policies } from '../../../projections/policies';
import type { PolicyKind } from '../../domain/policy/policy.events';
import type { LocalisedText } from '../../domain/policy/processing-statement';
import type { Moment, Page, PoliciesRange, PolicyRow, Prefix, ReadModels, VisibleTo } from '../read-models';
import { remembering, type TablesState } from './remembered-answers';
import { statementCache } from './statement-cache';
import { tableName } from './table-names';

export type PolicyQueries = Pick<ReadModels, 'policyById' | 'policyByHandle' | 'policiesPage' | 'policyTitles'>;

interface StoredRow {
  readonly id: string;
  readonly n: number;
  readonly organisation: string;
  readonly slug: string;
  readonly kind: string;
  readonly source_path: string | null;
  readonly template: string | null;
  readonly first_published_n: number | null;
}

interface StoredTitle {
  readonly locale: string;
  readonly title: string;
  readonly set_at: string;
  readonly k_from: number;
}

/** A condition with its values. */
type Condition = readonly [sql: string, ...values: (string | number)[]];

export function policyQueries(database: Database.Database, state: TablesState): PolicyQueries {
  const table = tableName(policies, 'policies');
  const rows = statementCache<(string | number)[], StoredRow>(database);
  const counts = statementCache<(string | number)[], { readonly total: number }>(database);
  const byId = database.prepare<[string, number], StoredRow>(`SELECT * FROM ${table} WHERE id = ? AND n <= ?`);
  const byHandle = database.prepare<[string, number, string, number], StoredRow>(
    `SELECT * FROM ${table} WHERE slug = ? AND n <= ? AND organisation = (
       SELECT id FROM ${tableName(organisations, 'organisations')} WHERE slug = ? AND n <= ? ORDER BY n LIMIT 1
     ) ORDER BY n LIMIT 1`,
  );
  const titlesOf = database.prepare<[string, number], StoredTitle>(
    `SELECT locale, title, set_at, k_from FROM ${tableName(policies, 'titles')} WHERE policy = ? AND k_from <= ?
     ORDER BY locale, k_from`,
  );
  const policyById = remembering(state, (n, id) => rowOf(byId.get(id, n), n));
  const policyByHandle = remembering(state, (n, handle) => {
    const [organisation, slug, ...rest] = handle.split('/');
    if (organisation === undefined || slug === undefined || rest.length > 0) return undefined;
    return rowOf(byHandle.get(slug, n, organisation, n), n);
  });

  function policiesPage(range: PoliciesRange, { n }: Prefix): Page<PolicyRow> {
    const { after = 0, limit } = range;
    const conditions = [...filtersOf(range, n), ['n <= ?', n] as const];
    const where = (list: readonly Condition[]) => list.map(([sql]) => sql).join(' AND ');
    const values = (list: readonly Condition[]) => list.flatMap(([, ...rest]) => rest);
    const total = counts(`SELECT count(*) AS total FROM ${table} WHERE ${where(conditions)}`).get(
      ...values(conditions),
    );
    const paged = [...conditions, ['n > ?', after] as const];
    const found = rows(`SELECT * FROM ${table} WHERE ${where(paged)} ORDER BY n LIMIT ?`);
    const page = found.all(...values(paged), limit + 1).map((row) => policyRow(row, n));
    return { rows: page.slice(0, limit), hasMore: page.length > limit, totalCount: total?.total ?? 0 };
  }

  return {
    policyById: (id, { n }) => policyById(n, id),
    policyByHandle: (handle, { n }) => policyByHandle(n, handle),
    policiesPage,
    policyTitles: (policyId, at) => titlesAt(titlesOf.all(policyId, at.n), at),
  };
}

function filtersOf({ organisation, kind, visibleTo }: PoliciesRange, n: number): readonly Condition[] {
  const filters: Condition[] = visibility(visibleTo, n);
  if (organisation !== undefined) filters.push(['organisation = ?', organisation]);
  if (kind !== undefined) filters.push(['kind = ?', kind]);
  return filters;
}

function visibility(visibleTo: VisibleTo, n: number): Condition[] {
  if (visibleTo === 'all') return [];
  if (visibleTo === 'public') return [['first_published_n <= ?', n]];
  const own = 'organisation IN (SELECT value FROM json_each(?))';
  return [[`(first_published_n <= ? OR ${own})`, n, JSON.stringify(visibleTo)]];
}

function rowOf(row: StoredRow | undefined, n: number): PolicyRow | undefined {
  return row && policyRow(row, n);
}

function policyRow(row: StoredRow, n: number): PolicyRow {
  return {
    n: row.n,
    id: row.id,
    organisation: row.organisation,
    slug: row.slug,
    kind: row.kind as PolicyKind,
    sourcePath: row.source_path ?? undefined,
    templateId: row.template ?? undefined,
    published: row.first_published_n !== null && row.first_published_n <= n,
  };
}

function titlesAt(titles: readonly StoredTitle[], { effectiveAt }: Moment): readonly LocalisedText[] {
  const standing = new Map<string, string>();
  for (const { locale, title, set_at } of titles) if (set_at <= effectiveAt) standing.set(locale, title);
  if (standing.size === 0) {
    const first = [...titles].sort((a, b) => a.k_from - b.k_from)[0];
    if (first) standing.set(first.locale, first.title);
  }
  return [...standing].map(([locale, text]) => ({ locale, text }));
}
