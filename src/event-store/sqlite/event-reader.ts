import type Database from 'better-sqlite3';
import type { Position, StoredEvent } from '../event-store';
import { positionAt } from './event-writer';
import { type LogSelection, selectFromLog, uuidRange } from './log-selection';
import { type Names, uuidText } from './names';

/** Events of one page, and the place in the log or stream up to which it has looked, rejected events included. */
export interface EventPage {
  readonly events: readonly StoredEvent[];
  readonly lastSeen: number;
  /** False when nothing follows at this moment. */
  readonly more: boolean;
}

/** Reads pages. Each is one finished query, so that no transaction stays open while its reader thinks. */
export interface EventReader {
  streamPage(stream: string, bounds: StreamPageBounds): EventPage;
  logPage(after: number, prefixes: readonly string[] | undefined, limit: number): EventPage;
  head(prefixes: readonly string[] | undefined): Position | undefined;
}

export interface StreamPageBounds {
  readonly first: number;
  readonly last: number;
  readonly backwards: boolean;
  readonly limit: number;
}

/** Most events of one page, and the bytes after which a page ends: they bound memory and how long the loop stands still. */
export const PAGE_EVENTS = 1_000;
const PAGE_BYTES = 4_000_000;
/** Most categories merged from their indexes; beyond, the log is scanned and filtered. */
const MAX_MERGED_CATEGORIES = 32;

type EventRow = [
  position: number,
  stream: number,
  version: number,
  category: number,
  type: number,
  recordedAt: number,
  id: string,
  data: string,
  metadata: string,
];
type EventQuery = Database.Statement<number[], EventRow>;

const COLUMNS = 'position, stream, version, category, event_type, recorded_at, lower(hex(id)), data, metadata';

export function createEventReader(database: Database.Database, names: Names): EventReader {
  const query = (sql: string): EventQuery => database.prepare<number[], EventRow>(sql).raw();
  const number = (sql: string) => database.prepare<(number | string)[], number | null>(sql).pluck();
  const inStream = `SELECT ${COLUMNS} FROM events WHERE stream = ? AND version BETWEEN ? AND ? ORDER BY version`;
  const forwards = query(`${inStream} LIMIT ?`);
  const backwards = query(`${inStream} DESC LIMIT ?`);
  const wholeLog = query(`SELECT ${COLUMNS} FROM events WHERE position > ? ORDER BY position LIMIT ?`);
  const merges = new Map<number, EventQuery>();
  const headOfLog = number('SELECT max(position) FROM events');
  const headOfCategory = number('SELECT max(position) FROM events WHERE category = ?');
  const headOfStreams = number(`
    SELECT max(position) FROM streams CROSS JOIN events USING (stream)
    WHERE uuid BETWEEN unhex(?, '-') AND unhex(?, '-') AND streams.category = ?`);

  /** Queries for so many categories, each read from its own index and merged in log order. */
  function mergeOf(categories: number): EventQuery {
    const known = merges.get(categories);
    if (known !== undefined) {
      return known;
    }
    const one = 'SELECT position AS place FROM events WHERE category = ? AND position > ?';
    const merged = query(`
      SELECT ${COLUMNS} FROM (${new Array(categories).fill(one).join(' UNION ALL ')} ORDER BY 1 LIMIT ?)
      CROSS JOIN events ON position = place ORDER BY place`);
    merges.set(categories, merged);
    return merged;
  }

  function rowsOf(selection: LogSelection, after: number, limit: number): IterableIterator<EventRow> {
    const categories = [...selection.categories];
    if (selection.everything || categories.length > MAX_MERGED_CATEGORIES) {
      return wholeLog.iterate(after, limit);
    }
    const bounds = categories.flatMap((category) => [category, after]);
    return mergeOf(categories.length).iterate(...bounds, limit);
  }

  function storedEvent(row: EventRow, stream: string): StoredEvent {
    return {
      id: uuidText(row[6]),
      type: names.typeName(row[4]),
      data: JSON.parse(row[7]),
      metadata: JSON.parse(row[8]),
      stream,
      version: row[2],
      position: positionAt(row[0]),
      recordedAt: row[5],
    };
  }

  return {
    streamPage: (stream, { first, last, backwards: downwards, limit }) => {
      const entry = names.findStream(stream);
      const events: StoredEvent[] = [];
      const page = openPage(limit);
      let lastSeen = 0;
      if (entry !== undefined) {
        const rows = (downwards ? backwards : forwards).iterate(entry.stream, first, last, page.limit);
        for (const row of rows) {
          events.push(storedEvent(row, stream));
          lastSeen = row[2];
          if (page.isFullAfter(row)) {
            break;
          }
        }
      }
      return { events, lastSeen, more: page.isFull() };
    },

    logPage: (after, prefixes, limit) => {
      const selection = selectFromLog(prefixes, names.categories());
      const events: StoredEvent[] = [];
      if (selection.categories.size === 0) {
        return { events, lastSeen: after, more: false };
      }
      // A limit counts admitted events, so where rows are filtered here the page must look at more than that.
      const page = openPage(selection.admits === undefined ? limit : PAGE_EVENTS);
      let lastSeen = after;
      for (const row of rowsOf(selection, after, page.limit)) {
        lastSeen = row[0];
        // A row of no known category is no reason to leave it out where everything is read.
        if (selection.everything || selection.categories.has(row[3])) {
          const stream = names.streamName(row[1]);
          if (selection.admits === undefined || selection.admits(stream)) {
            events.push(storedEvent(row, stream));
          }
        }
        if (page.isFullAfter(row) || events.length === limit) {
          break;
        }
      }
      return { events, lastSeen, more: page.isFull() || events.length === limit };
    },

    head: (prefixes) => {
      if (prefixes === undefined) {
        return lastPlace([headOfLog.get()]);
      }
      const heads: (number | null | undefined)[] = [];
      for (const [name, category] of names.categories()) {
        if (prefixes.some((prefix) => `${name}-`.startsWith(prefix))) {
          heads.push(headOfCategory.get(category));
          continue;
        }
        for (const range of prefixes.flatMap((prefix) => uuidRange(name, prefix))) {
          heads.push(headOfStreams.get(range.first, range.last, category));
        }
      }
      return lastPlace(heads);
    },
  };
}

function lastPlace(places: readonly (number | null | undefined)[]): Position | undefined {
  const last = Math.max(0, ...places.map((place) => place ?? 0));
  return last === 0 ? undefined : positionAt(last);
}

function openPage(wanted: number) {
  const limit = Math.min(wanted, PAGE_EVENTS);
  let rows = 0;
  let bytes = 0;
  const isFull = () => rows >= limit || bytes >= PAGE_BYTES;
  return {
    limit,
    isFull,
    isFullAfter: (row: EventRow): boolean => {
      rows += 1;
      bytes += row[7].length + row[8].length;
      return isFull();
    },
  };
}
