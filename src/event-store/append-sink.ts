import type { StoredEvent } from './event-store';

/**
 * Keeps something in step with the log, inside the transactions that write it: it is there exactly where its events
 * are. Only a store with transactions of its own offers it. What a call throws undoes the append, and is what its
 * writer gets.
 */
export interface AppendSink {
  /**
   * An event is about to be written in the transaction that is open. Called in log order. What is answered is stored
   * in the event's own row, and copied at once; undefined where nothing is to be stored.
   */
  mark(event: WrittenEvent): Uint8Array | undefined;
  /** The event that was marked last was written. @param place in the log, counted from 1: the number of its position */
  written(place: number): void;
  /** Something was rolled back. What is remembered may not be there any more. */
  forget(): void;
  /**
   * The log is about to be closed; called in a transaction of its own. It may not come to that, or fail: what was marked
   * is all there is then.
   */
  close(): void;
}

/** An event with its payloads as the JSON text that is stored. */
export interface WrittenEvent extends Omit<StoredEvent, 'data' | 'metadata' | 'position'> {
  readonly data: string;
  readonly metadata: string;
}

/** An event as it stands in the log, with what was stored beside it. Names are empty where the log has lost them. */
export interface MarkedEvent extends WrittenEvent {
  readonly place: number;
  readonly mark: Uint8Array | undefined;
}

/** A database with statements of others. */
export interface StatementDoor {
  /** Runs statements that answer nothing, such as those that make tables. */
  exec(sql: string): void;
  prepare(sql: string): DoorStatement;
}

/** The database of a store's log, for what has to be in the same transactions. The log's tables are not to be touched. */
export interface LogDoor extends StatementDoor {
  /** Reads what was written behind a place, in log order. Until it ends nothing else may be asked of the door. */
  writtenAfter(place: number): Iterable<MarkedEvent>;
}

export interface DoorStatement {
  run(...values: readonly DoorValue[]): void;
  /** The first row; undefined when there is none. */
  get(...values: readonly DoorValue[]): DoorRow | undefined;
  all(...values: readonly DoorValue[]): readonly DoorRow[];
}

export type DoorValue = number | string | Uint8Array;
export type DoorRow = Readonly<Record<string, number | string | Uint8Array | null>>;

/** Makes the sink of a store when it opens. */
export type SinkMaker = (door: LogDoor) => AppendSink;
