import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Projection, Table } from '../../projections/projection';
import { dumpTables } from '../../src/read-models/sqlite/dump-tables';
import { PROJECTIONS } from '../../src/read-models/sqlite/open-read-models';
import { tableName } from '../../src/read-models/sqlite/table-names';
import type { ToldEvent } from '../support/told-log';
import { type TablesOfHistory, tablesOfHistory } from './support/tables-of-history';

/**
 * Nodes keep the tables of a projection as long as its version is the same. So under the same version neither they nor
 * what the fold makes of a history may change: a node would answer by old rows and new ones at once. A projection of a
 * new version gets a new file by `UPDATE_GOLDEN=1`, which never writes over one. A history is never changed either:
 * where another is needed, it is a new file for versions to come.
 */
const GOLDEN = join(__dirname, '..', 'golden', 'projections');
const NEWEST_HISTORY = 'history-1.jsonl';

interface Golden {
  readonly history: string;
  readonly tables: { readonly [table: string]: Definition };
  readonly rows: { readonly [table: string]: { readonly count: number; readonly sha256: string } };
}

type Definition = Pick<Table, 'columns' | 'key'> & {
  readonly indexes: { readonly [index: string]: readonly string[] };
};

const fileOf = ({ name, version }: Projection) => `${name}.v${version}.json`;
const told = new Map<string, TablesOfHistory>();

afterAll(() => {
  for (const { database } of told.values()) database.close();
});

/** Everything that stands in a history, recorded event by event in a log of its own. */
function tablesOf(history: string): TablesOfHistory {
  const known = told.get(history);
  if (known) return known;
  const lines = readFileSync(join(GOLDEN, history), 'utf8').trimEnd().split('\n');
  const events = lines.map((line, index): ToldEvent => {
    const { stream, type, data, recordedAtMs } = JSON.parse(line);
    return { n: index + 1, stream, event: { type, data }, at: data.notedAt, recordedAtMs };
  });
  const tables = tablesOfHistory(events);
  told.set(history, tables);
  return tables;
}

function definitionsOf({ tables }: Projection): Golden['tables'] {
  return mapValues(tables, ({ columns, key, indexes = {} }) => ({
    columns: { ...columns },
    key: [...key],
    indexes: mapValues(indexes, ({ columns: indexed }) => [...indexed]),
  }));
}

function rowsOf(projection: Projection, history: string): Golden['rows'] {
  const lines = [...dumpTables(tablesOf(history).database, [projection])];
  return mapValues(projection.tables, (_, table) => {
    const name = `${tableName(projection, table)} `;
    const rows = lines.filter((line) => line.startsWith(name)).map((line) => line.slice(name.length));
    return { count: rows.length, sha256: createHash('sha256').update(rows.join('\n')).digest('hex') };
  });
}

function mapValues<From, To>(values: { readonly [key: string]: From }, make: (value: From, key: string) => To) {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, make(value, key)]));
}

function goldenOf(projection: Projection): Golden {
  const path = join(GOLDEN, fileOf(projection));
  if (!existsSync(path) && process.env.UPDATE_GOLDEN) {
    const made: Golden = {
      history: NEWEST_HISTORY,
      tables: definitionsOf(projection),
      rows: rowsOf(projection, NEWEST_HISTORY),
    };
    writeFileSync(path, `${JSON.stringify(made, null, 2)}\n`, { flag: 'wx' });
  }
  if (!existsSync(path)) {
    throw new Error(
      `There is no ${path}. Run this test with UPDATE_GOLDEN=1, and remove the file of the version before.`,
    );
  }
  return JSON.parse(readFileSync(path, 'utf8'));
}

const each = PROJECTIONS.map((projection): [string, Projection] => [
  `${projection.name} version ${projection.version}`,
  projection,
]);

test.each(each)('the tables of %s are what they were when it got that version', (_, projection) => {
  const { tables } = goldenOf(projection);
  // A node makes an index that is missing by itself; one of the same name it takes for the same.
  const known = mapValues(definitionsOf(projection), (definition, table) => ({
    ...definition,
    indexes: Object.fromEntries(
      Object.entries(definition.indexes).filter(([index]) => index in (tables[table]?.indexes ?? {})),
    ),
  }));
  expect(known).toEqual(tables);
});

test.each(each)('what %s makes of a history is what it made when it got that version', (_, projection) => {
  const { history, rows } = goldenOf(projection);
  expect(rowsOf(projection, history)).toEqual(rows);
});

test('there is a file for each projection in its version and for no other', () => {
  const files = readdirSync(GOLDEN).filter((name) => name.endsWith('.json'));
  expect(files.sort()).toEqual(PROJECTIONS.map(fileOf).sort());
});

test('every table has rows in the newest history, so that a changed fold shows', () => {
  const empty = PROJECTIONS.flatMap((projection) =>
    Object.entries(rowsOf(projection, NEWEST_HISTORY))
      .filter(([, { count }]) => count === 0)
      .map(([table]) => `${projection.name}/${table}`),
  );
  expect(empty).toEqual([]);
});
