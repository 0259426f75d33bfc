import type Database from 'better-sqlite3';
import type { DoorRow, DoorStatement, DoorValue, LogDoor, MarkedEvent } from '../append-sink';
import { withoutDriver } from './driver-fault';
import { uuidText } from './names';

type MarkedRow = [
  place: number,
  category: string | null,
  uuid: string | null,
  version: number,
  type: string | null,
  recordedAt: number,
  id: string,
  data: string,
  metadata: string,
  mark: Uint8Array | null,
];

/** The log's database as others see it, without its driver. */
export function doorToLog(database: Database.Database): LogDoor {
  const marked = database
    .prepare<[number], MarkedRow>(`
      SELECT position, categories.name, lower(hex(uuid)), version, event_types.name, recorded_at, lower(hex(id)), data,
        metadata, mark
      FROM events LEFT JOIN streams USING (stream) LEFT JOIN categories ON categories.category = streams.category
        LEFT JOIN event_types USING (event_type)
      WHERE position > ? ORDER BY position`)
    .raw();
  return {
    exec: (sql) => inOurWords(() => void database.exec(sql)),
    prepare: (sql) => inOurWords(() => statementOf(database.prepare<DoorValue[], DoorRow>(sql))),
    *writtenAfter(place) {
      try {
        for (const row of marked.iterate(place)) yield markedEvent(row);
      } catch (error) {
        throw withoutDriver(error);
      }
    },
  };
}

function markedEvent(row: MarkedRow): MarkedEvent {
  const [place, category, uuid, version, type, recordedAt, id, data, metadata, mark] = row;
  return {
    place,
    stream: category === null || uuid === null ? '' : `${category}-${uuidText(uuid)}`,
    version,
    type: type ?? '',
    recordedAt,
    id: uuidText(id),
    data,
    metadata,
    mark: mark ?? undefined,
  };
}

function statementOf(statement: Database.Statement<DoorValue[], DoorRow>): DoorStatement {
  return {
    run: (...values) => inOurWords(() => void statement.run(...values)),
    get: (...values) => inOurWords(() => statement.get(...values)),
    all: (...values) => inOurWords(() => statement.all(...values)),
  };
}

function inOurWords<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw withoutDriver(error);
  }
}
