import type Database from 'better-sqlite3';
import { clock } from '../../../projections/clock';
import { type ChangeEntry, policyChanges } from '../../../projections/policy-changes';
import type { Instant } from '../../domain/time';
import { type ChangeFilter, type ChangeSource, type LoggedChange, orderPolicyChanges } from '../policy-changes';
import type { ReadModels } from '../read-models';
import { statementCache } from './statement-cache';
import { tableName } from './table-names';
import type { TimelineQueries } from './timeline-queries';

export type PolicyChangeQueries = Pick<ReadModels, 'policyChangesAfter' | 'nextPolicyChangeAt' | 'policyChangeSource'>;

type Filter = Pick<ChangeFilter, 'organisations' | 'policy'>;

interface StoredChange {
  readonly n: number;
  readonly policy: string;
  readonly organisation: string;
  readonly entry: ChangeEntry;
  readonly id: string;
  readonly at: Instant;
  readonly clock_ms: number;
}

interface StoredBoundary {
  readonly policy: string;
  readonly organisation: string;
}

/** Sorts after every instant. */
const NEVER = '~' as Instant;

export function policyChangeQueries(
  database: Database.Database,
  winner: TimelineQueries['winner'],
): PolicyChangeQueries {
  const boundaries = tableName(policyChanges, 'boundaries');
  const changes = statementCache<(string | number)[], StoredChange>(database);
  const instants = statementCache<(string | number)[], { readonly at: Instant }>(database);
  const concerned = statementCache<(string | number)[], StoredBoundary>(database);
  const select = `SELECT log.*, clock_ms FROM ${tableName(policyChanges, 'log')} AS log
    JOIN ${tableName(clock, 'ticks')} AS ticks USING (n)`;

  function instantAfter(filter: Filter, afterT: Instant, untilT: Instant, n: number): Instant | undefined {
    const { sql, values } = conditionsOf(filter);
    const first = `SELECT at FROM ${boundaries} WHERE ${sql}at > ? AND at <= ? AND n <= ? ORDER BY at LIMIT 1`;
    return instants(first).get(...values, afterT, untilT, n)?.at;
  }

  function sourceFor(filter: ChangeFilter): ChangeSource {
    const { sql, values } = conditionsOf(filter);
    const next = changes(`${select} WHERE ${sql}log.n > ? AND log.n <= ? ORDER BY log.n LIMIT 1`);
    const one = changes(`${select} WHERE ${sql}log.n = ?`);
    const at = concerned(
      `SELECT DISTINCT policy, organisation FROM ${boundaries} WHERE ${sql}at = ? AND n <= ? ORDER BY policy`,
    );
    const boundaryAt: ChangeSource['boundaryAt'] = (t, n) => ({ at: t, policies: at.all(...values, t, n) });
    return {
      nextChange: (afterN, untilN) => changeOf(next.get(...values, afterN, untilN)),
      changeAt: (n) => changeOf(one.get(...values, n)),
      nextBoundary: (afterT, untilT, n) => {
        const instant = instantAfter(filter, afterT, untilT, n);
        return instant === undefined ? undefined : boundaryAt(instant, n);
      },
      boundaryAt,
      winner: (policy, effectiveAt, n) => winner(policy, { effectiveAt, n }, filter.registeredAt),
    };
  }

  return {
    policyChangesAfter: (range) => orderPolicyChanges(range, sourceFor(range)),
    policyChangeSource: sourceFor,
    nextPolicyChangeAt: (range, { n }) => instantAfter(range, range.afterT, NEVER, n),
  };
}

function conditionsOf({ organisations, policy }: Filter): { readonly sql: string; readonly values: readonly string[] } {
  const among = organisations && `organisation IN (${organisations.map(() => '?').join(', ')}) AND `;
  // A policy of another organisation has nothing to tell here, so both are asked for when both are given.
  if (policy !== undefined)
    return { sql: `policy = ? AND ${among ? `+${among}` : ''}`, values: [policy, ...(organisations ?? [])] };
  return { sql: among ?? '', values: organisations ?? [] };
}

function changeOf(row: StoredChange | undefined): LoggedChange | undefined {
  if (!row) return undefined;
  const { n, policy, organisation, entry, id, at, clock_ms: clockMs } = row;
  return { n, policy, organisation, entry, id, at, clockMs };
}
