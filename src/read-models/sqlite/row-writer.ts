import type Database from 'better-sqlite3';
import {
  FoldBroken,
  type Projection,
  type Row,
  type RowChange,
  type Table,
  type Value,
  type View,
} from '../../../projections/projection';
import { gatheredRows } from './gathered-rows';
import { keptRows } from './kept-rows';
import { rowMemory } from './row-memory';
import { statementsByColumns } from './statement-cache';
import { type Build, tableName } from './table-names';

/** The rows of one projection: read by its fold, changed by what the fold answers. */
export interface RowWriter {
  /** The same one until {@link forget}, so that a fold may keep what it found in it. */
  readonly view: View;
  /** @throws FoldBroken the row to change is not there, or one with the same key is */
  write(change: RowChange): void;
  /** Writes what has gathered in memory, before the transaction ends. */
  flush(): void;
  /** Lets go of rows kept in memory: the transaction that wrote some of them was taken back. */
  forget(): void;
}

export function rowWriter(database: Database.Database, projection: Projection, build: Build): RowWriter {
  const tables = new Map(
    Object.entries(projection.tables).map(([table, definition]) => [
      table,
      tableRows(database, tableName(projection, table, build), definition),
    ]),
  );
  const rowsOf = (table: string): TableRows => {
    const rows = tables.get(table);
    if (!rows) throw new FoldBroken(`Projection ${projection.name} has no table ${table}.`);
    return rows;
  };
  const look = (): View => ({
    get: (table, key) => rowsOf(table).get(key),
    rows: (table, match) => rowsOf(table).match(match),
    last: (table, match, column, atMost) => rowsOf(table).last(match, column, atMost),
    greatest: (table, column, from, to) => rowsOf(table).greatest(column, from, to),
  });
  let view = look();
  return {
    get view() {
      return view;
    },
    write: (change) => {
      const rows = rowsOf(change.table);
      if (change.kind === 'insert') rows.insert(change.row);
      else rows.update(change.key, change.set);
    },
    flush: () => {
      for (const rows of tables.values()) rows.flush();
    },
    forget: () => {
      for (const rows of tables.values()) rows.forget();
      view = look();
    },
  };
}

interface TableRows {
  get(key: readonly Value[]): Row | undefined;
  match(match: Row): readonly Row[];
  last(match: Row, column: string, atMost: Value): Row | undefined;
  greatest(column: string, from: number, to: number): number | undefined;
  insert(row: Row): void;
  update(key: Row, set: Row): void;
  flush(): void;
  forget(): void;
}

function tableRows(
  database: Database.Database,
  name: string,
  { columns, key, fixed, kept, gathered }: Table,
): TableRows {
  const all = Object.keys(columns);
  const known = (column: string): string => {
    if (!(column in columns)) throw new FoldBroken(`Table ${name} has no column ${column}.`);
    return column;
  };
  const prepared = statementsByColumns<Value[], Row>(database);
  const equal = (names: readonly string[]) => names.map((column) => `${known(column)} IS ?`).join(' AND ');
  const byKey = database.prepare<Value[], Row>(
    `SELECT * FROM ${name} WHERE ${key.map((column) => `${column} = ?`).join(' AND ')}`,
  );
  const holes = all.map(() => '?').join(', ');
  const values: Value[] = [];
  const adding = database.prepare<[Value[]]>(`INSERT INTO ${name} (${all.join(', ')}) VALUES (${holes})`);
  const memory = rowMemory({ key });
  const added = gathered && gatheredRows(database, `${name} (${all.join(', ')})`, all.length);
  const flush = () => added?.flush();
  const rows = kept === undefined ? undefined : keptRows(key, kept);
  const one = (values: readonly Value[]): Row | undefined => {
    flush();
    return byKey.get(...values);
  };
  const find = (match: Row): readonly Row[] => {
    flush();
    const names = Object.keys(match);
    const finding = prepared('rows', names, [], () => {
      const where = names.length === 0 ? '' : ` WHERE ${equal(names)}`;
      return `SELECT * FROM ${name}${where} ORDER BY ${key.join(', ')}`;
    });
    return finding.all(...Object.values(match));
  };
  const greatest = (column: string, from: number, to: number): number | undefined => {
    flush();
    const finding = prepared('greatest', [column], [], () => {
      return `SELECT max(${known(column)}) AS greatest FROM ${name} WHERE ${key[0]} BETWEEN ? AND ?`;
    });
    const found = finding.get(from, to)?.greatest;
    return typeof found === 'number' ? found : undefined;
  };
  return {
    get: (values) => (rows ? rows.get(values, () => one(values)) : (memory.written(values[0]) ?? one(values))),
    match: fixed ? (match) => memory.answer(match, () => find(match)) : find,
    last: (match, column, atMost) => {
      flush();
      const names = Object.keys(match);
      const finding = prepared('last', names, [column], () => {
        const order = key.map((each) => `${each} DESC`).join(', ');
        return `SELECT * FROM ${name} WHERE ${equal(names)} AND ${known(column)} <= ? ORDER BY ${order} LIMIT 1`;
      });
      return finding.get(...Object.values(match), atMost);
    },
    greatest: (column, from, to) => {
      const whole = fixed && column === key[0] && from <= 0 && to === Number.MAX_SAFE_INTEGER;
      return whole ? memory.greatest(() => greatest(column, from, to)) : greatest(column, from, to);
    },
    insert: (row) => {
      for (const [place, column] of all.entries()) values[place] = valueIn(row, column, name);
      if (added) return added.add(values);
      adding.run(values);
      memory.inserted(row);
      rows?.inserted(row);
    },
    flush,
    forget: () => {
      added?.forget();
      memory.forget();
      rows?.forget();
    },
    update: (match, set) => {
      if (fixed) throw new FoldBroken(`Rows of ${name} never change.`);
      flush();
      const [names, sets] = [Object.keys(match), Object.keys(set)];
      const updating = prepared('update', names, sets, () => {
        const setting = sets.map((column) => `${known(column)} = ?`).join(', ');
        return `UPDATE ${name} SET ${setting} WHERE ${equal(names)}`;
      });
      const { changes } = updating.run(...Object.values(set), ...Object.values(match));
      if (changes !== 1) throw new FoldBroken(`An update of ${name} met ${changes} rows instead of one.`);
      memory.updated(match, set);
      rows?.updated(match, set);
    },
  };
}

function valueIn(row: Row, column: string, table: string): Value {
  const value = row[column];
  if (value === undefined) throw new FoldBroken(`A row for ${table} lacks its column ${column}.`);
  return value;
}
