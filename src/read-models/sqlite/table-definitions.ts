import type Database from 'better-sqlite3';
import type { Index, Projection, Table } from '../../../projections/projection';
import { type Build, tableName, tablePrefix } from './table-names';

/** Makes the empty tables of a projection, in place of any left-overs, with the indexes that its fold needs. */
export function createTables(database: Database.Database, projection: Projection, build: Build): void {
  dropTables(database, projection, build);
  for (const [table, definition] of Object.entries(projection.tables)) {
    database.exec(createTableSql(tableName(projection, table, build), definition));
  }
  createIndexes(database, projection, build, (index) => index.whileBuilding === true);
}

/** Makes the indexes that are missing yet. Their names are never used: after a swap they still name the old build. */
export function createIndexes(
  database: Database.Database,
  projection: Projection,
  build: Build,
  wanted: (index: Index) => boolean = () => true,
): void {
  for (const [table, definition] of Object.entries(projection.tables)) {
    const name = tableName(projection, table, build);
    for (const index of Object.values(definition.indexes ?? {})) {
      if (!wanted(index) || hasIndex(database, name, index.columns)) continue;
      database.exec(`CREATE INDEX ${freeName(database, name)} ON ${name} (${index.columns.join(', ')})`);
    }
  }
}

/** Drops the indexes that the fold does not need. */
export function dropIndexes(database: Database.Database, projection: Projection, build: Build): void {
  for (const [table, definition] of Object.entries(projection.tables)) {
    const needed = Object.values(definition.indexes ?? {}).filter(({ whileBuilding }) => whileBuilding === true);
    for (const { name, columns } of indexesOf(database, tableName(projection, table, build))) {
      if (!needed.some((index) => index.columns.join(',') === columns)) database.exec(`DROP INDEX ${name}`);
    }
  }
}

export function dropTables(
  database: Database.Database,
  projection: Pick<Projection, 'name' | 'version'>,
  build: Build,
): void {
  const prefix = tablePrefix(projection, build);
  const names = database
    .prepare<[string, string], string>(
      `SELECT name FROM sqlite_schema WHERE type = 'table' AND substr(name, 1, length(?)) = ?`,
    )
    .pluck()
    .all(prefix, prefix);
  for (const name of names) database.exec(`DROP TABLE ${name}`);
}

/** Gives the tables of a rebuild the names of the live ones, which go. */
export function swapTables(database: Database.Database, projection: Projection): void {
  dropTables(database, projection, 'live');
  for (const table of Object.keys(projection.tables)) {
    const next = tableName(projection, table, 'next');
    database.exec(`ALTER TABLE ${next} RENAME TO ${tableName(projection, table)}`);
  }
}

function createTableSql(name: string, { columns, key }: Table): string {
  const only = key.length === 1 ? key[0] : undefined;
  if (only !== undefined && columns[only] === 'integer') {
    const rest = Object.keys(columns).filter((column) => column !== only);
    const list = [`${only} INTEGER PRIMARY KEY`, ...rest.map((column) => columnSql(column, columns[column]))];
    return `CREATE TABLE ${name} (${list.join(', ')}) STRICT`;
  }
  const list = Object.entries(columns).map(([column, type]) => columnSql(column, type));
  return `CREATE TABLE ${name} (${list.join(', ')}, PRIMARY KEY (${key.join(', ')})) STRICT, WITHOUT ROWID`;
}

function columnSql(column: string, type: Table['columns'][string] | undefined): string {
  const sqlType = type?.startsWith('text') ? 'TEXT' : 'INTEGER';
  return `${column} ${sqlType}${type?.endsWith('?') ? '' : ' NOT NULL'}`;
}

function hasIndex(database: Database.Database, table: string, columns: readonly string[]): boolean {
  return indexesOf(database, table).some((index) => index.columns === columns.join(','));
}

/** Indexes of a table but that of its key, with the names of their columns. */
function indexesOf(
  database: Database.Database,
  table: string,
): readonly { readonly name: string; readonly columns: string }[] {
  return database
    .prepare<[string], { readonly name: string; readonly columns: string }>(
      `SELECT list.name, (SELECT group_concat(name) FROM (SELECT name FROM pragma_index_info(list.name) ORDER BY seqno))
         AS columns FROM pragma_index_list(?) AS list WHERE origin = 'c'`,
    )
    .all(table);
}

function freeName(database: Database.Database, table: string): string {
  const taken = database.prepare<[string], number>('SELECT count(*) FROM sqlite_schema WHERE name = ?').pluck();
  let count = 1;
  while (taken.get(`${table}_index_${count}`)) count += 1;
  return `${table}_index_${count}`;
}
