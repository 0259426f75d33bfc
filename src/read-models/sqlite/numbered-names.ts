import type Database from 'better-sqlite3';
import type { Projection } from '../../../projections/projection';
import { remembering, type TablesState } from './remembered-answers';
import { tableName } from './table-names';

/** What a projection's tables call by numbers. */
export interface NumberedNames {
  /** Finds the number of names; undefined: they have none. */
  number(table: string, ...columns: readonly string[]): (...names: readonly string[]) => number | undefined;
  /** Finds the names of a number. */
  named<Names>(table: string, ...columns: readonly string[]): (number: number) => Names;
}

export function numberedNames(database: Database.Database, state: TablesState, projection: Projection): NumberedNames {
  return {
    number: (table, ...columns) => {
      const where = columns.map((column) => `${column} = ?`).join(' AND ');
      const find = database
        .prepare<string[], number>(`SELECT number FROM ${tableName(projection, table)} WHERE ${where}`)
        .pluck();
      // A name that has no number yet may get one with the next event; one that has a number keeps it.
      const remembered = remembering(state, (_, names) => find.get(...(JSON.parse(names) as string[])));
      return (...names) => remembered(0, JSON.stringify(names));
    },
    named: <Names>(table: string, ...columns: readonly string[]) => {
      const find = database.prepare<[number], Names>(
        `SELECT ${columns.join(', ')} FROM ${tableName(projection, table)} WHERE number = ?`,
      );
      const remembered = remembering(state, (_, number) => find.get(Number(number)));
      return (number) => {
        const names = remembered(0, String(number));
        if (names === undefined) throw new Error('A table holds a number that nothing has.');
        return names;
      };
    },
  };
}
