import type Database from 'better-sqlite3';

/** What the writer knows of a stream: its number, its category's number, and how many events it holds. */
export interface StreamEntry {
  readonly stream: number;
  readonly category: number;
  version: number;
}

/** Names of streams, categories and event types, and the numbers that stand for them in the log. */
export interface Names {
  findStream(name: string): StreamEntry | undefined;
  addStream(name: string): StreamEntry;
  streamName(stream: number): string;
  typeNumber(name: string): number;
  typeName(type: number): string;
  /** Numbers of all categories by name. */
  categories(): ReadonlyMap<string, number>;
  /** Drops what is remembered. Due after every rollback, since remembered rows may be gone. */
  forget(): void;
}

/** Streams remembered at a time, either way; beyond it the memory is emptied and fills again. */
const REMEMBERED_STREAMS = 10_000;
const UUID_LENGTH = 36;

/** The log has one writer, so what is remembered stays true until a rollback. */
export function openNames(database: Database.Database): Names {
  const entries = new Map<string, StreamEntry>();
  const streamNames = new Map<number, string>();
  const types = openNumbering(database, 'event_types', 'event_type');
  const categories = openNumbering(database, 'categories', 'category');

  const selectStream = database.prepare<[string, string], StreamEntry>(`
    SELECT stream, category, (SELECT coalesce(max(version), 0) FROM events WHERE events.stream = streams.stream) AS version
    FROM streams WHERE uuid = unhex(?, '-') AND category = (SELECT category FROM categories WHERE name = ?)`);
  const insertStream = database.prepare<[string, number]>(
    `INSERT INTO streams (uuid, category) VALUES (unhex(?, '-'), ?)`,
  );
  const selectName = database
    .prepare<[number], [string, string]>(
      'SELECT name, lower(hex(uuid)) FROM streams JOIN categories USING (category) WHERE stream = ?',
    )
    .raw();

  function remember(name: string, entry: StreamEntry): StreamEntry {
    if (entries.size >= REMEMBERED_STREAMS) {
      entries.clear();
    }
    entries.set(name, entry);
    return entry;
  }

  return {
    findStream: (name) => {
      const known = entries.get(name);
      if (known !== undefined) {
        return known;
      }
      const entry = selectStream.get(name.slice(-UUID_LENGTH), name.slice(0, -UUID_LENGTH - 1));
      return entry === undefined ? undefined : remember(name, entry);
    },
    addStream: (name) => {
      const category = categories.number(name.slice(0, -UUID_LENGTH - 1));
      const { lastInsertRowid } = insertStream.run(name.slice(-UUID_LENGTH), category);
      return remember(name, { stream: Number(lastInsertRowid), category, version: 0 });
    },
    streamName: (stream) => {
      const known = streamNames.get(stream);
      if (known !== undefined) {
        return known;
      }
      const row = selectName.get(stream);
      if (row === undefined) {
        throw new Error(`The log has no stream number ${stream}.`);
      }
      const name = `${row[0]}-${uuidText(row[1])}`;
      if (streamNames.size >= REMEMBERED_STREAMS) {
        streamNames.clear();
      }
      streamNames.set(stream, name);
      return name;
    },
    typeNumber: types.number,
    typeName: types.name,
    categories: categories.all,
    forget: () => {
      entries.clear();
      streamNames.clear();
      types.forget();
      categories.forget();
    },
  };
}

/** A UUID from its 32 lower-case hexadecimal digits. */
export function uuidText(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** A small table of names, remembered whole. */
function openNumbering(database: Database.Database, table: string, column: string) {
  const select = database.prepare<[], [number, string]>(`SELECT ${column}, name FROM ${table}`).raw();
  const insert = database.prepare<[string]>(`INSERT INTO ${table} (name) VALUES (?)`);
  let numbers: Map<string, number> | undefined;
  let names = new Map<number, string>();

  function load(): Map<string, number> {
    if (numbers === undefined) {
      names = new Map(select.all());
      numbers = new Map([...names].map(([number, name]) => [name, number]));
    }
    return numbers;
  }

  return {
    all: (): ReadonlyMap<string, number> => load(),
    number: (name: string): number => {
      const known = load().get(name);
      if (known !== undefined) {
        return known;
      }
      const added = Number(insert.run(name).lastInsertRowid);
      load().set(name, added);
      names.set(added, name);
      return added;
    },
    name: (number: number): string => {
      load();
      const name = names.get(number);
      if (name === undefined) {
        throw new Error(`The log has no number ${number} in ${table}.`);
      }
      return name;
    },
    forget: (): void => {
      numbers = undefined;
    },
  };
}
