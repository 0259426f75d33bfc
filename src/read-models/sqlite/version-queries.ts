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

interface StoredContents {
  readonly contents: string;
  readonly flags: string;
}

interface AddedContent {
  readonly content: string;
  readonly flags: string;
  readonly since: Instant;
}

interface Content {
  readonly ref: ContentRef;
  /** JSON: there may be many, and they are asked for seldom. */
  readonly flags: string;
  readonly since: Instant | typeof ALWAYS;
}

/** What is longer than this, as JSON, is read anew each time: the statement of a version, the flags of its texts. */
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
  const ownContents = database.prepare<[string, number], StoredContents>(
    `SELECT contents, flags FROM ${versions} WHERE id = ? AND n <= ?`,
  );
  const addedContents = database.prepare<[string, number], AddedContent>(
    `SELECT content, flags, since FROM ${tableName(policyVersions, 'contents')} WHERE version = ? AND n <= ? ORDER BY n`,
  );
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
  const contentsAt = remembering(
    state,
    (n, versionId) => {
      const own = ownContents.get(versionId, n);
      return own && [...contentsOf(own), ...addedContents.all(versionId, n).map(contentOf)];
    },
    (found) => found.reduce((length, { flags }) => length + flags.length, 0) <= MAX_REMEMBERED_LENGTH,
  );

  function contentsSince(versionId: string, { effectiveAt, n }: Moment): readonly Content[] {
    return contentsAt(n, versionId)?.filter(({ since }) => since <= effectiveAt) ?? [];
  }

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
    versionContents: (versionId, at) => contentsSince(versionId, at).map(({ ref }) => ref),
    versionFlags: (versionId, at) =>
      contentsSince(versionId, at).flatMap(({ flags }) => JSON.parse(flags) as readonly TextFlag[]),
    versionRoots: (versionId, { effectiveAt, n }) => {
      const found = roots.get(versionId, n, effectiveAt, versionId, n);
      return found == null ? undefined : (JSON.parse(found) as Roots);
    },
  };
}

function contentsOf({ contents, flags }: StoredContents): readonly Content[] {
  const found = JSON.parse(flags) as readonly (readonly TextFlag[])[];
  return (JSON.parse(contents) as readonly ContentRef[]).map((ref, place) => {
    return { ref, flags: JSON.stringify(found[place] ?? []), since: ALWAYS };
  });
}

function contentOf({ content, flags, since }: AddedContent): Content {
  return { ref: JSON.parse(content) as ContentRef, flags, since };
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
