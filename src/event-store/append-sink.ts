import type { StoredEvent } from './event-store';

/**
 * Keeps something in step with the log, inside the transactions that write it: it is there exactly where its events
 * are. Only a store with transactions of its own offers it.
 */
export interface AppendSink {
  /** An event was written in the transaction that is open. Called in log order; may keep it until {@link settle}. */
  add(event: WrittenEvent): void;
  /**
   * The transaction, or one append's part of it, is about to end: everything added has to be written now. What it
   * throws undoes the events since the last time, and is what their writers get.
   */
  settle(): void;
  /** Something was rolled back. What is remembered may not be there any more, what was added and not settled is gone. */
  forget(): void;
}

/** An event with its payloads as the JSON text that was stored. */
export interface WrittenEvent extends Omit<StoredEvent, 'data' | 'metadata'> {
  readonly data: string;
  readonly metadata: string;
}

/** The database of a store's log, for what has to be in the same transactions. Tables of others are not to be touched. */
export interface StatementDoor {
  /** Runs statements that answer nothing, such as those that make tables. */
  exec(sql: string): void;
  prepare(sql: string): DoorStatement;
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
export type SinkMaker = (door: StatementDoor) => AppendSink;
