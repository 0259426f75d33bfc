import type Database from 'better-sqlite3';

/** Most statements kept prepared in one cache; each asks by a handful of column lists. */
const MAX_STATEMENTS = 128;

/** Prepares a statement at its first use. The text must be made of names in the code, never of input. */
export function statementCache<Parameters extends unknown[], Row>(
  database: Database.Database,
): (sql: string) => Database.Statement<Parameters, Row> {
  const prepared = new Map<string, Database.Statement<Parameters, Row>>();
  return (sql) => {
    const known = prepared.get(sql);
    if (known) return known;
    if (prepared.size >= MAX_STATEMENTS) prepared.clear();
    const statement = database.prepare<Parameters, Row>(sql);
    prepared.set(sql, statement);
    return statement;
  };
}

/**
 * Prepares a statement once for what is done with these columns: folds ask the same few questions for every event, so
 * that their text is put together once.
 *
 * @param others further columns, told apart from the first ones
 */
export function statementsByColumns<Parameters extends unknown[], Row>(
  database: Database.Database,
): (
  what: string,
  columns: readonly string[],
  others: readonly string[],
  text: () => string,
) => Database.Statement<Parameters, Row> {
  const known: Known<Parameters, Row>[] = [];
  return (what, columns, others, text) => {
    for (const each of known) {
      if (each.what === what && areSame(each.columns, columns) && areSame(each.others, others)) return each.statement;
    }
    if (known.length >= MAX_STATEMENTS) known.length = 0;
    const statement = database.prepare<Parameters, Row>(text());
    known.push({ what, columns, others, statement });
    return statement;
  };
}

interface Known<Parameters extends unknown[], Row> {
  readonly what: string;
  readonly columns: readonly string[];
  readonly others: readonly string[];
  readonly statement: Database.Statement<Parameters, Row>;
}

function areSame(some: readonly string[], others: readonly string[]): boolean {
  if (some.length !== others.length) return false;
  for (let place = 0; place < some.length; place += 1) if (some[place] !== others[place]) return false;
  return true;
}
