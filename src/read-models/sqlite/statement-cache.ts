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
  const known = new Map<string, Database.Statement<Parameters, Row>>();
  return (what, columns, others, text) => {
    const key = `${what} ${columns.join()} ${others.join()}`;
    const found = known.get(key);
    if (found) return found;
    if (known.size >= MAX_STATEMENTS) known.clear();
    const statement = database.prepare<Parameters, Row>(text());
    known.set(key, statement);
    return statement;
  };
}
