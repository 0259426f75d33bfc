import type Database from 'better-sqlite3';
import { organisations } from '../../../projections/organisations';
import type { OrganisationRow, OrganisationsRange, Page, Prefix, ReadModels } from '../read-models';
import { remembering, type TablesState } from './remembered-answers';
import { statementCache } from './statement-cache';
import { tableName } from './table-names';

export type OrganisationQueries = Pick<
  ReadModels,
  'organisationById' | 'organisationBySlug' | 'organisationsPage' | 'timeZoneOf' | 'defaultLocaleOf'
>;

interface StoredRow {
  readonly id: string;
  readonly n: number;
  readonly slug: string;
  readonly name: string;
  readonly number: string | null;
  readonly foreign_id: string | null;
  readonly time_zone: string;
  readonly default_locale: string;
  readonly customer_of: string | null;
  readonly approval_required: number;
  readonly notice_lead_days: number;
  readonly login_and_delivery_days: number;
  readonly operational_days: number;
}

export function organisationQueries(database: Database.Database, state: TablesState): OrganisationQueries {
  const table = tableName(organisations, 'organisations');
  const rows = statementCache<(string | number)[], StoredRow>(database);
  const counts = statementCache<(string | number)[], { readonly total: number }>(database);
  const byId = database.prepare<[string, number], StoredRow>(`SELECT * FROM ${table} WHERE id = ? AND n <= ?`);
  const bySlug = database.prepare<[string, number], StoredRow>(
    `SELECT * FROM ${table} WHERE slug = ? AND n <= ? ORDER BY n LIMIT 1`,
  );
  const zoneAt = database
    .prepare<[string, number], string>(
      `SELECT time_zone FROM ${tableName(organisations, 'zones')} WHERE organisation = ? AND k_from <= ?
       ORDER BY k_from DESC LIMIT 1`,
    )
    .pluck();
  const localeAt = database
    .prepare<[string, number], string>(
      `SELECT default_locale FROM ${tableName(organisations, 'locales')} WHERE organisation = ? AND k_from <= ?
       ORDER BY k_from DESC LIMIT 1`,
    )
    .pluck();
  const organisationById = remembering(state, (n, id) => rowOf(byId.get(id, n)));
  const organisationBySlug = remembering(state, (n, slug) => rowOf(bySlug.get(slug, n)));
  const timeZoneOf = remembering(state, (n, organisationId) => zoneAt.get(organisationId, n));
  const defaultLocaleOf = remembering(state, (n, organisationId) => localeAt.get(organisationId, n));

  function organisationsPage(
    { after = 0, limit, customersOf }: OrganisationsRange,
    { n }: Prefix,
  ): Page<OrganisationRow> {
    const filter = customersOf === undefined ? '' : 'customer_of = ? AND ';
    const filtered = customersOf === undefined ? [] : [customersOf];
    const found = rows(`SELECT * FROM ${table} WHERE ${filter}n > ? AND n <= ? ORDER BY n LIMIT ?`);
    const count = counts(`SELECT count(*) AS total FROM ${table} WHERE ${filter}n <= ?`).get(...filtered, n);
    const page = found.all(...filtered, after, n, limit + 1).map(organisationRow);
    return { rows: page.slice(0, limit), hasMore: page.length > limit, totalCount: count?.total ?? 0 };
  }

  return {
    organisationById: (id, { n }) => organisationById(n, id),
    organisationBySlug: (slug, { n }) => organisationBySlug(n, slug),
    organisationsPage,
    timeZoneOf: (organisationId, { n }) => timeZoneOf(n, organisationId),
    defaultLocaleOf: (organisationId, { n }) => defaultLocaleOf(n, organisationId),
  };
}

function rowOf(row: StoredRow | undefined): OrganisationRow | undefined {
  return row && organisationRow(row);
}

function organisationRow(row: StoredRow): OrganisationRow {
  return {
    n: row.n,
    id: row.id,
    slug: row.slug,
    name: row.name,
    number: row.number ?? undefined,
    foreignId: row.foreign_id ?? undefined,
    timeZone: row.time_zone,
    defaultLocale: row.default_locale,
    customerOf: row.customer_of ?? undefined,
    approvalRequired: row.approval_required === 1,
    noticeLeadDays: row.notice_lead_days,
    retention: { loginAndDeliveryDays: row.login_and_delivery_days, operationalDays: row.operational_days },
  };
}
