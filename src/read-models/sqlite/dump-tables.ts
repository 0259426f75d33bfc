import type Database from 'better-sqlite3';
import type { Projection } from '../../../projections/projection';
import { tableName } from './table-names';

/**
 * Every row of every table, a line of JSON each, in the order of names and keys. Two nodes that have applied the same
 * prefix of the log give the same lines, as does a rebuild from zero.
 */
export function* dumpTables(database: Database.Database, projections: readonly Projection[]): Generator<string> {
  const byName = [...projections].sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const projection of byName) {
    for (const table of Object.keys(projection.tables).sort()) {
      const { key = [] } = projection.tables[table] ?? {};
      const name = tableName(projection, table);
      const rows = database.prepare<[], unknown[]>(`SELECT * FROM ${name} ORDER BY ${key.join(', ')}`).raw();
      for (const row of rows.iterate()) yield `${name} ${JSON.stringify(row)}`;
    }
  }
}
