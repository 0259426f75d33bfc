import type Database from 'better-sqlite3';
import type { Projection } from '../../../projections/projection';
import { epochMsOf, type Instant } from '../../domain/time';
import { tableName } from './table-names';

/** What every row of facts of people has. */
export interface StoredFact {
  readonly valid_from: number;
  readonly place: number;
  readonly occurred_at: number;
}

/** Whose facts about what, valid from `at` or before, as known after `n` events. */
export interface FactsAsked {
  /** The person's number in the projection. */
  readonly person: number;
  readonly policy: string;
  /** Of facts about a purpose. */
  readonly purpose?: string;
  readonly at: Instant;
  readonly n: number;
}

export interface FactWalk<Row extends StoredFact> {
  /** Latest first, by (validFrom, place); rows are read as they are asked for. */
  of<Fact>(asked: FactsAsked, factOf: (row: Row) => Fact): Iterable<Fact>;
}

interface FactSource {
  readonly database: Database.Database;
  readonly projection: Projection;
  readonly table: string;
  /** What is read besides times and place. */
  readonly columns: string;
  readonly thing: 'purpose' | 'policy';
}

/** The last fact decides nearly always; who asks on is given more at a time. */
const FIRST_ROWS = 2;
const MORE_ROWS = 64;

/** @param named what the rows name by a number: a text or a version */
export function factWalk<Row extends StoredFact>(
  { database, projection, table, columns, thing }: FactSource,
  named: 'text' | 'version' | undefined,
): FactWalk<Row> {
  const numbered = (names: string, condition: string) =>
    `(SELECT number FROM ${tableName(projection, names)} WHERE ${condition})`;
  const about =
    thing === 'purpose'
      ? numbered('purposes', 'policy = @policy AND purpose = @purpose')
      : numbered('policies', 'policy = @policy');
  const join = named
    ? `LEFT JOIN ${tableName(projection, `${named}s`)} AS ${named} ON ${named}.number = fact.${named}`
    : '';
  const rows = database.prepare<[{ readonly [name: string]: string | number }], Row>(
    `SELECT fact.valid_from, fact.place, fact.occurred_at, ${columns}
     FROM ${tableName(projection, table)} AS fact ${join}
     WHERE fact.subject = @person AND fact.${thing} = ${about}
       AND (fact.valid_from, fact.place) < (@before, @beforePlace)
       AND fact.k_from <= @n AND (fact.k_to IS NULL OR fact.k_to > @n)
     ORDER BY fact.valid_from DESC, fact.place DESC LIMIT @limit`,
  );

  function* walk<Fact>(
    { person, policy, purpose = '', at, n }: FactsAsked,
    factOf: (row: Row) => Fact,
  ): Generator<Fact> {
    let before = epochMsOf(at) + 1;
    let beforePlace = 0;
    for (let limit = FIRST_ROWS; ; limit = MORE_ROWS) {
      const parameters = { person, policy, before, beforePlace, n, limit };
      const found = rows.all(thing === 'purpose' ? { ...parameters, purpose } : parameters);
      for (const row of found) yield factOf(row);
      const last = found.at(-1);
      if (!last || found.length < limit) return;
      before = last.valid_from;
      beforePlace = last.place;
    }
  }

  return {
    of: (asked, factOf) => ({ [Symbol.iterator]: () => walk(asked, factOf) }),
  };
}
