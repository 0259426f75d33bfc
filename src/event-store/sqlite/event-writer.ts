import type Database from 'better-sqlite3';
import type { AppendSink } from '../append-sink';
import { type Appended, eventBytes, type NewEvent, type Position, WrongExpectedVersion } from '../event-store';
import type { Names, StreamEntry } from './names';

/** An append as it waits for its commit: payloads already as the text that will be stored. */
export interface WaitingAppend {
  readonly stream: string;
  readonly expected: number;
  readonly events: readonly WaitingEvent[];
  /** What it counts against the limit of an append. */
  readonly bytes: number;
}

interface WaitingEvent {
  readonly id: string;
  readonly type: string;
  readonly data: string;
  readonly metadata: string;
}

export interface EventWriterOptions {
  /** Gives the recording time, in milliseconds since 1970-01-01T00:00Z. */
  readonly clock: () => number;
  /** Says what is stored beside each event, and is told where that stands. */
  readonly sink?: Pick<AppendSink, 'mark' | 'written'> | undefined;
}

/** Fixes the payloads as they are at the call; what their owner does with them afterwards changes nothing. */
export function waitingAppend(stream: string, events: readonly NewEvent[], expected: number): WaitingAppend {
  let bytes = 0;
  const waiting = events.map(({ id, type, data, metadata }) => {
    const texts = { id, type, data: JSON.stringify(data), metadata: JSON.stringify(metadata) };
    bytes += eventBytes(type, texts.data, texts.metadata);
    return texts;
  });
  return { stream, expected, events: waiting, bytes };
}

/**
 * Makes the function that writes one append inside a transaction that is open.
 *
 * There is no index of event ids: ids are unique per stream and expectation only, so whether an append came before
 * shows in the events that stand where it would have put them.
 *
 * @throws WrongExpectedVersion before anything is written
 */
export function createEventWriter(
  database: Database.Database,
  names: Names,
  { clock, sink }: EventWriterOptions,
): (append: WaitingAppend) => Appended {
  type Row = [number, number, number, number, number, string, string, string, Uint8Array | null];
  const insert = database.prepare<Row>(`
    INSERT INTO events (stream, version, category, event_type, recorded_at, id, data, metadata, mark)
    VALUES (?, ?, ?, ?, ?, unhex(?, '-'), ?, ?, ?)`);
  const selectStored = database
    .prepare<[string, number, number], [number, number]>(
      `SELECT position, id = unhex(?, '-') FROM events WHERE stream = ? AND version = ?`,
    )
    .raw();

  function insertAll(entry: StreamEntry, { stream, events }: WaitingAppend): Appended {
    const recordedAt = Math.floor(clock());
    let position = 0;
    for (const { id, type, data, metadata } of events) {
      const version = entry.version + 1;
      const typeNumber = names.typeNumber(type);
      const mark = sink?.mark({ id, type, data, metadata, stream, version, recordedAt }) ?? null;
      const { stream: number, category } = entry;
      const added = insert.run(number, version, category, typeNumber, recordedAt, id, data, metadata, mark);
      position = Number(added.lastInsertRowid);
      entry.version = version;
      if (mark !== null) sink?.written(position);
    }
    return { version: entry.version, position: positionAt(position) };
  }

  /** The answer of the first time, when exactly these ids stand behind the expected version. */
  function answerOfFirstTime(entry: StreamEntry, { events, expected }: WaitingAppend): Appended | undefined {
    let position = 0;
    let version = expected;
    for (const { id } of events) {
      version += 1;
      const row = selectStored.get(id, entry.stream, version);
      if (row === undefined || row[1] !== 1) {
        return undefined;
      }
      position = row[0];
    }
    return { version, position: positionAt(position) };
  }

  return (append) => {
    const known = names.findStream(append.stream);
    const actual = known?.version ?? 0;
    if (actual === append.expected) {
      return insertAll(known ?? names.addStream(append.stream), append);
    }
    const answer = known === undefined ? undefined : answerOfFirstTime(known, append);
    if (answer === undefined) {
      throw new WrongExpectedVersion(append.stream, append.expected, actual);
    }
    return answer;
  };
}

/** Positions are the decimal text of the place in the log, counted from 1. */
export function positionAt(place: number): Position {
  return String(place) as Position;
}
