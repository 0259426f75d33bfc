import type Database from 'better-sqlite3';
import { policyTimeline, RETIREMENT } from '../../../projections/policy-timeline';
import type { Instant } from '../../domain/time';
import { tableName } from './table-names';

/** What the clock alone will bring of what had been decided of a policy by an instant. */
export interface ComingEntries {
  /** Ids of the versions that decide on their day for a person who registered then; the first to come first. */
  scheduledFor(registeredAt: Instant): readonly string[];
  /** The first instant at which anything may change for a person who registered then. */
  nextChangeFor(registeredAt: Instant): Instant | undefined;
}

interface Entry {
  readonly id: string;
  readonly kind: number;
  readonly effective_from: Instant;
  readonly published_at: Instant;
  readonly existing_from: Instant | null;
  readonly withdrawn_from: Instant | null;
  readonly withdrawn_at: Instant | null;
}

interface Asked {
  readonly policy: string;
  readonly at: Instant;
  readonly n: number;
}

/** Known after n events, and decided by `at`: nothing that was decided later says anything about it (rule T3). */
const DECIDED = `policy = @policy AND k_from <= @n AND (k_to IS NULL OR k_to > @n) AND published_at <= @at`;

export function comingEntries(database: Database.Database): (asked: Asked) => ComingEntries {
  const entries = tableName(policyTimeline, 'entries');
  const firstOf = (column: string) =>
    database
      .prepare<[Asked], Instant | null>(
        `SELECT min(effective_from) FROM ${entries} WHERE ${DECIDED} AND ${column} > @at`,
      )
      .pluck();
  const firstByDate = firstOf('effective_from');
  const firstByCohortDate = firstOf('existing_from');
  const from = database.prepare<[Asked & { readonly first: Instant }], Entry>(
    `SELECT id, kind, effective_from, published_at, existing_from, withdrawn_from, withdrawn_at FROM ${entries}
     WHERE ${DECIDED} AND effective_from >= @first ORDER BY effective_from, n`,
  );
  const nextWithdrawal = database
    .prepare<[Asked], Instant | null>(
      `SELECT min(withdrawn_from) FROM ${entries} WHERE ${DECIDED} AND withdrawn_from > @at AND withdrawn_at <= @at`,
    )
    .pluck();

  return (asked) => {
    const [first] = [firstByDate.get(asked), firstByCohortDate.get(asked)].filter((found) => found != null).sort();
    const coming = first === undefined ? [] : from.all({ ...asked, first });
    const withdrawal = nextWithdrawal.get(asked) ?? undefined;
    return {
      scheduledFor: (registeredAt) => scheduled(coming, asked.at, registeredAt),
      nextChangeFor: (registeredAt) => {
        const dates = coming.flatMap((entry) => [entry.effective_from, dateOf(entry, registeredAt)]);
        return [...dates, ...(withdrawal ? [withdrawal] : [])].filter((date) => date > asked.at).sort()[0];
      },
    };
  };
}

/** @param entries in the order of effect, all those after the first that is to come for anybody */
function scheduled(entries: readonly Entry[], at: Instant, registeredAt: Instant): readonly string[] {
  const date = (entry: Entry) => dateOf(entry, registeredAt);
  const isEligible = (entry: Entry, day: Instant) =>
    entry.effective_from <= day && date(entry) <= day && !isWithdrawn(entry, at, day);
  const decides = (entry: Entry, place: number): boolean => {
    const day = date(entry);
    return isEligible(entry, day) && !entries.slice(place + 1).some((later) => isEligible(later, day));
  };
  return entries
    .filter((entry, place) => entry.kind !== RETIREMENT && date(entry) > at && decides(entry, place))
    .sort((a, b) => (date(a) < date(b) ? -1 : 1))
    .map(({ id }) => id);
}

/** A person registered before the publication has the cohort date, if there is one; it is never the earlier (rule V1). */
function dateOf({ effective_from, existing_from, published_at }: Entry, registeredAt: Instant): Instant {
  return registeredAt < published_at ? (existing_from ?? effective_from) : effective_from;
}

/** Withdrawn on that day, by the withdrawals decided at `at`. */
function isWithdrawn({ withdrawn_from, withdrawn_at }: Entry, at: Instant, day: Instant): boolean {
  return withdrawn_from !== null && withdrawn_at !== null && withdrawn_at <= at && withdrawn_from <= day;
}
