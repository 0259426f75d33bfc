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
