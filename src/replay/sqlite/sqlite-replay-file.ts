import Database from 'better-sqlite3';
import { ReplayBroken, type ReplayFile } from '../replay-file';
import {
  REPLAY_APPLICATION_ID,
  REPLAY_FORMAT,
  REPLAY_TABLES,
  type ReplayRow,
  type ReplayTable,
  type ReplayTableName,
} from '../replay-tables';
import { REPLAY_VIEWS, type ReplayView, replayDocumentation } from '../replay-views';

const PAGE_CACHE_KIB = 64 * 1024;

type Value = string | number | Uint8Array | null;

/**
 * Begins a replay file that is not there yet. Until it is finished it is of no use, whatever happens: no journal is kept
 * of what is written.
 *
 * @param mostPages it grows to so many pages of 4 KiB; absent: as far as the disk goes
 */
export function openSqliteReplayFile(path: string, mostPages?: number): ReplayFile {
  const database = new Database(path);
  try {
    if (mostPages !== undefined) database.pragma(`max_page_count = ${mostPages}`);
    return fileIn(database);
  } catch (error) {
    database.close();
    throw error;
  }
}

function fileIn(database: Database.Database): ReplayFile {
  database.pragma('journal_mode = OFF');
  database.pragma('synchronous = OFF');
  database.pragma('foreign_keys = OFF');
  database.pragma('temp_store = MEMORY');
  database.pragma(`cache_size = -${PAGE_CACHE_KIB}`);
  database.pragma(`application_id = ${REPLAY_APPLICATION_ID}`);
  database.pragma(`user_version = ${REPLAY_FORMAT}`);
  database.exec(tables().map(createTable).join('\n'));
  const inserts = new Map(tables().map(([name, table]) => [name, database.prepare<Value[]>(insertInto(name, table))]));
  const columns = new Map(tables().map(([name, table]) => [name, Object.keys(table.columns)]));
  const publishedBy = database.prepare<[string, number]>('UPDATE version SET published_by = ? WHERE number = ?');
  const body = database.prepare<Value[]>('UPDATE content SET body = ?, decoded = ? WHERE number = ?');
  database.exec('BEGIN');

  function insert<Table extends ReplayTableName>(table: Table, row: ReplayRow<Table>): void {
    const values: Readonly<Record<string, unknown>> = row;
    inserts.get(table)?.run(...(columns.get(table) ?? []).map((column) => stored(values[column])));
  }

  return {
    insert,
    setPublishedBy: (versions, name) => {
      for (const version of versions) publishedBy.run(name, version);
    },
    setBody: (content, bytes, decoded) => void body.run(bytes, decoded ?? null, content),
    finish: () => {
      for (const { view, column, type, meaning } of replayDocumentation()) {
        insert('documentation', { view_name: view, column_name: column, type, meaning });
      }
      database.exec('COMMIT');
      database.exec(tables().flatMap(createIndexes).join('\n'));
      database.exec(Object.entries(REPLAY_VIEWS).map(createView).join('\n'));
      const broken = database.prepare('SELECT 1 FROM pragma_foreign_key_check LIMIT 1').get();
      if (broken !== undefined) throw new ReplayBroken('Rows name others that are not there.');
      database.exec('PRAGMA analysis_limit = 1000; ANALYZE');
      database.pragma('journal_mode = DELETE');
      database.close();
    },
    close: () => void database.close(),
  };
}

function tables(): readonly (readonly [ReplayTableName, ReplayTable])[] {
  return Object.entries(REPLAY_TABLES) as [ReplayTableName, ReplayTable][];
}

function createTable([name, { columns, constraints = [], withoutRowid }]: readonly [string, ReplayTable]): string {
  const parts = [...Object.entries(columns).map(([column, type]) => `"${column}" ${type}`), ...constraints];
  return `CREATE TABLE "${name}" (${parts.join(', ')})${withoutRowid ? ' WITHOUT ROWID' : ''};`;
}

function createIndexes([name, { indexes = {} }]: readonly [string, ReplayTable]): readonly string[] {
  return Object.entries(indexes).map(([index, columns]) => `CREATE INDEX ${index} ON "${name}" (${columns});`);
}

/** What has no `from` is a table of that name already. */
function createView([name, { from, columns }]: readonly [string, ReplayView]): string {
  if (from === undefined) return '';
  const selected = Object.entries(columns).map(([column, [expression]]) => `${expression} AS "${column}"`);
  return `CREATE VIEW "${name}" AS SELECT ${selected.join(', ')} FROM ${from};`;
}

function insertInto(name: string, { columns }: ReplayTable): string {
  const names = Object.keys(columns);
  const listed = names.map((column) => `"${column}"`).join(', ');
  return `INSERT INTO "${name}" (${listed}) VALUES (${names.map(() => '?').join(', ')})`;
}

function stored(value: unknown): Value {
  if (value === undefined) return null;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value === 'string' || typeof value === 'number' || value instanceof Uint8Array) return value;
  throw new TypeError('A row holds a value that no column takes.');
}
