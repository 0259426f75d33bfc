import type Database from 'better-sqlite3';
import type { Projection } from '../../../projections/projection';
import { epochMsOf, type Instant } from '../../domain/time';
import type { StoredFact } from './stored-facts';
import { tableName } from './table-names';

/** Whose facts about what, valid from `at` or before, as known after `n` events. */
export interface FactsAsked {
  /** Numbers of the person and of the purpose or policy; undefined: no fact names them. */
  readonly person: number | undefined;
  readonly about: number | undefined;
  readonly at: Instant;
  readonly n: number;
}

/** Facts latest first, by (validFrom, place); rows are read as they are asked for. */
export type FactWalk<Row extends StoredFact> = <Fact>(asked: FactsAsked, factOf: (row: Row) => Fact) => Iterable<Fact>;

export interface FactSource {
  readonly projection: Projection;
  readonly table: string;
  readonly thing: 'purpose' | 'policy';
  /** What is read besides times and place. */
  readonly columns: readonly string[];
}

/** The last fact decides nearly always; who asks on is given more at a time. */
const FIRST_ROWS = 2;
const MORE_ROWS = 64;

/** Names and joins are looked up elsewhere: the seek alone is a fifth of the cost of a question that finds them too. */
export function factWalk<Row extends StoredFact>(
  database: Database.Database,
  { projection, table, thing, columns }: FactSource,
): FactWalk<Row> {
  const select = (before: string, limit: number) =>
    `SELECT ${['valid_from', 'place', 'occurred_at', ...columns].join(', ')} FROM ${tableName(projection, table)}
     WHERE subject = ? AND ${thing} = ? AND ${before} AND k_from <= ? AND (k_to IS NULL OR k_to > ?)
     ORDER BY valid_from DESC, place DESC LIMIT ${limit}`;
  const first = database.prepare<[number, number, number, number, number], Row>(select('valid_from <= ?', FIRST_ROWS));
  const more = database.prepare<[number, number, number, number, number, number], Row>(
    select('(valid_from, place) < (?, ?)', MORE_ROWS),
  );

  function* walk<Fact>({ person, about, at, n }: FactsAsked, factOf: (row: Row) => Fact): Generator<Fact> {
    if (person === undefined || about === undefined) return;
    let found = first.all(person, about, epochMsOf(at), n, n);
    let limit = FIRST_ROWS;
    for (;;) {
      for (const row of found) yield factOf(row);
      const last = found.at(-1);
      if (!last || found.length < limit) return;
      found = more.all(person, about, last.valid_from, last.place, n, n);
      limit = MORE_ROWS;
    }
  }

  return (asked, factOf) => ({ [Symbol.iterator]: () => walk(asked, factOf) });
}
