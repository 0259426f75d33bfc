import type Database from 'better-sqlite3';
import { clock } from '../../../projections/clock';
import { ALWAYS, policyVersions } from '../../../projections/policy-versions';
import type { Change, ContentRef, ImportSource, Roots, TextFlag } from '../../domain/policy/policy.events';
import type { ProcessingStatement } from '../../domain/policy/processing-statement';
import type { Instant, LocalDate } from '../../domain/time';
import type { Moment, Page, ReadModels, VersionRow, VersionsRange } from '../read-models';
import { remembering, type TablesState } from './remembered-answers';
import { tableName } from './table-names';

export type VersionQueries = Pick<
  ReadModels,
  'versionById' | 'versionBySequence' | 'versionsPage' | 'versionContents' | 'versionFlags' | 'versionRoots'
>;

interface StoredRow {
  readonly id: string;
  readonly n: number;
  readonly policy: string;
  readonly sequence: number;
  readonly label: string;
  readonly imported: number;
  readonly revoked_n: number | null;
  readonly effective_from: Instant;
  readonly effective_on: LocalDate | null;
  readonly existing_from: Instant | null;
  readonly existing_on: LocalDate | null;
  readonly time_zone: string;
  readonly published_at: Instant;
  readonly published_by: string;
  readonly audience: string;
  readonly statement: string | null;
  readonly change: string;
  readonly source: string | null;
  readonly clock_ms: number;
}

/** One text of a version, or the flags of one, and since when it belongs to it. */
interface Since<Value> {
  readonly value: Value;
  readonly since: Instant | typeof ALWAYS;
}

interface AddedText {
  readonly value: string;
  readonly since: Instant;
}

/** A version whose statement is longer than this, as JSON, is read anew each time. */
const MAX_REMEMBERED_LENGTH = 32_768;

const STANDING = 'policy = ? AND versions.n <= ? AND (revoked_n IS NULL OR revoked_n > ?)';

export function versionQueries(database: Database.Database, state: TablesState): VersionQueries {
  const versions = tableName(policyVersions, 'versions');
  const select = `SELECT versions.*, clock_ms FROM ${versions} AS versions
    JOIN ${tableName(clock, 'ticks')} AS ticks ON ticks.n = versions.n`;
  const byId = database.prepare<[string, number], StoredRow>(`${select} WHERE versions.id = ? AND versions.n <= ?`);
  const bySequence = database.prepare<[string, number, number, number], StoredRow>(
    `${select} WHERE ${STANDING} AND sequence = ?`,
  );
  const page = database.prepare<[string, number, number, string, number, number], StoredRow>(
    `${select} WHERE ${STANDING} AND published_at <= ? AND sequence > ? ORDER BY sequence LIMIT ?`,
  );
  const count = database
    .prepare<[string, number, number, string], number>(
      `SELECT count(*) FROM ${versions} AS versions WHERE ${STANDING} AND published_at <= ?`,
    )
    .pluck();
  const contentsOf = textsQuery<ContentRef>(database, 'contents', 'content');
  const flagsOf = textsQuery<readonly TextFlag[]>(database, 'flags', 'flags');
  const roots = database
    .prepare<[string, number, string, string, number], string | null>(
      `SELECT coalesce(
        (SELECT roots FROM ${tableName(policyVersions, 'roots')} WHERE version = ? AND k_from <= ? AND since <= ?
         ORDER BY k_from DESC, since DESC LIMIT 1),
        (SELECT roots FROM ${versions} WHERE id = ? AND n <= ?))`,
    )
    .pluck();
  const versionAt = remembering(
    state,
    (n, id) => {
      const row = byId.get(id, n);
      return row && { version: versionRow(row, n), length: row.statement?.length ?? 0 };
    },
    ({ length }) => length <= MAX_REMEMBERED_LENGTH,
  );
  const contentsAt = remembering(state, (n, versionId) => contentsOf(versionId, n));

  function versionsPage({ policy, after = 0, limit }: VersionsRange, { effectiveAt, n }: Moment): Page<VersionRow> {
    const found = page.all(policy, n, n, effectiveAt, after, limit + 1).map((row) => versionRow(row, n));
    const totalCount = count.get(policy, n, n, effectiveAt) ?? 0;
    return { rows: found.slice(0, limit), hasMore: found.length > limit, totalCount };
  }

  return {
    versionById: (id, { n }) => versionAt(n, id)?.version,
    versionBySequence: (policyId, sequence, { n }) => {
      const row = bySequence.get(policyId, n, n, sequence);
      return row && versionRow(row, n);
    },
    versionsPage,
    versionContents: (versionId, { effectiveAt, n }) => valuesAt(contentsAt(n, versionId), effectiveAt),
    versionFlags: (versionId, { effectiveAt, n }) => valuesAt(flagsOf(versionId, n), effectiveAt).flat(),
    versionRoots: (versionId, { effectiveAt, n }) => {
      const found = roots.get(versionId, n, effectiveAt, versionId, n);
      return found == null ? undefined : (JSON.parse(found) as Roots);
    },
  };
}

/**
 * Asks for one thing of each text of a version: of those that it was published with, in one list of its row, then of
 * those that were added.
 */
function textsQuery<Value>(database: Database.Database, ownColumn: string, addedColumn: string) {
  const own = database
    .prepare<[string, number], string>(
      `SELECT ${ownColumn} FROM ${tableName(policyVersions, 'versions')} WHERE id = ? AND n <= ?`,
    )
    .pluck();
  const added = database.prepare<[string, number], AddedText>(
    `SELECT ${addedColumn} AS value, since FROM ${tableName(policyVersions, 'contents')}
     WHERE version = ? AND n <= ? ORDER BY n`,
  );
  return (versionId: string, n: number): readonly Since<Value>[] | undefined => {
    const list = own.get(versionId, n);
    if (list === undefined) return undefined;
    const published = (JSON.parse(list) as readonly Value[]).map((value): Since<Value> => ({ value, since: ALWAYS }));
    const later = added.all(versionId, n).map(({ value, since }) => ({ value: JSON.parse(value) as Value, since }));
    return [...published, ...later];
  };
}

function valuesAt<Value>(texts: readonly Since<Value>[] | undefined, at: Instant): readonly Value[] {
  return texts?.filter(({ since }) => since <= at).map(({ value }) => value) ?? [];
}

function versionRow(row: StoredRow, n: number): VersionRow {
  return {
    n: row.n,
    id: row.id,
    policy: row.policy,
    sequence: row.sequence,
    label: row.label,
    imported: row.imported === 1,
    revoked: row.revoked_n !== null && row.revoked_n <= n,
    effectiveFrom: row.effective_from,
    effectiveOn: row.effective_on ?? undefined,
    effectiveFromForExisting: row.existing_from ?? undefined,
    effectiveOnForExisting: row.existing_on ?? undefined,
    timeZone: row.time_zone,
    publishedAt: row.published_at,
    recordedAtMs: row.clock_ms,
    publishedBy: row.published_by,
    audience: JSON.parse(row.audience) as readonly string[],
    statement: row.statement === null ? undefined : (JSON.parse(row.statement) as ProcessingStatement),
    change: JSON.parse(row.change) as Change,
    source: row.source === null ? undefined : (JSON.parse(row.source) as ImportSource),
  };
}
