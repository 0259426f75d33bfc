import type Database from 'better-sqlite3';
import { clock } from '../../../projections/clock';
import { facts } from '../../../projections/facts';
import type { Instant } from '../../domain/time';
import type { Position } from '../../event-store/event-store';
import type { FactRow, FactsPage, FactsRange, Prefix, ReadModels } from '../read-models';
import { statementCache } from './statement-cache';
import { tableName } from './table-names';

interface StoredRow {
  readonly n: number;
  readonly organisation: string;
  readonly policy: string | null;
  readonly subject: string | null;
  readonly type: string;
  readonly stream: string;
  readonly version: number;
  readonly occurred_at: string;
  readonly actor: string | null;
  readonly position: string;
  readonly clock_ms: number;
}

export function factQueries(database: Database.Database): Pick<ReadModels, 'factsPage'> {
  const rows = statementCache<(string | number)[], StoredRow>(database);
  const select = `SELECT facts.*, position, clock_ms FROM ${tableName(facts, 'facts')} AS facts
    JOIN ${tableName(clock, 'ticks')} AS ticks USING (n)`;

  function find(range: FactsRange, { n }: Prefix, type: string | undefined): readonly StoredRow[] {
    const { organisation, policy, subject, after = 0, before = n + 1, limit, backwards = false } = range;
    const narrowed = policy !== undefined || subject !== undefined;
    // Without the plus the planner may walk all facts of the organisation for the few of one policy.
    const conditions: readonly (readonly [string, string | undefined])[] = [
      [narrowed ? '+organisation = ?' : 'organisation = ?', organisation],
      ['policy = ?', policy],
      ['subject = ?', subject],
      ['type = ?', type],
    ];
    const given = conditions.flatMap(([sql, value]) => (value === undefined ? [] : [{ sql, value }]));
    const where = [...given.map(({ sql }) => sql), 'facts.n > ?', 'facts.n < ?'].join(' AND ');
    const found = rows(`${select} WHERE ${where} ORDER BY facts.n ${backwards ? 'DESC' : 'ASC'} LIMIT ?`);
    return found.all(...given.map(({ value }) => value), after, Math.min(before, n + 1), limit + 1);
  }

  /** Each type is read from its own index and the rows are merged, so that rare types need no long walk. */
  function factsPage(range: FactsRange, prefix: Prefix): FactsPage {
    const { types, limit, backwards = false } = range;
    const wanted = types ? [...new Set(types)] : [undefined];
    const found = wanted.flatMap((type) => find(range, prefix, type));
    found.sort(backwards ? (a, b) => b.n - a.n : (a, b) => a.n - b.n);
    const page = found.slice(0, limit).map(factRow);
    return { rows: backwards ? page.reverse() : page, hasMore: found.length > limit };
  }

  return { factsPage };
}

function factRow(row: StoredRow): FactRow {
  return {
    n: row.n,
    position: row.position as Position,
    type: row.type,
    organisation: row.organisation,
    policy: row.policy ?? undefined,
    subject: row.subject ?? undefined,
    stream: row.stream,
    version: row.version,
    occurredAt: row.occurred_at as Instant,
    recordedAtMs: row.clock_ms,
    actor: row.actor ?? undefined,
  };
}
