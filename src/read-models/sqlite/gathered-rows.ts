import type Database from 'better-sqlite3';
import type { Value } from '../../../projections/projection';

/** New rows of one table, written several at once: a statement for each would take twice as long. */
export interface GatheredRows {
  /** @param row every column's value in turn */
  add(row: readonly Value[]): void;
  /** Writes what has gathered: before anything is read, and before the transaction ends. */
  flush(): void;
  /** The transaction is taken back. */
  forget(): void;
}

const ROWS_AT_ONCE = 32;

/** @param table with the names of its columns */
export function gatheredRows(database: Database.Database, table: string, width: number): GatheredRows {
  const row = `(${new Array<string>(width).fill('?').join(', ')})`;
  const inserting = (rows: number) =>
    database.prepare<[Value[]]>(`INSERT INTO ${table} VALUES ${new Array<string>(rows).fill(row).join(', ')}`);
  const one = inserting(1);
  let several: ReturnType<typeof inserting> | undefined;
  let values: Value[] = [];

  function flush(): void {
    const gathered = values;
    values = [];
    if (gathered.length === ROWS_AT_ONCE * width) {
      several ??= inserting(ROWS_AT_ONCE);
      several.run(gathered);
      return;
    }
    for (let from = 0; from < gathered.length; from += width) one.run(gathered.slice(from, from + width));
  }

  return {
    add: (more) => {
      for (const value of more) values.push(value);
      if (values.length === ROWS_AT_ONCE * width) flush();
    },
    flush,
    forget: () => {
      values = [];
    },
  };
}
