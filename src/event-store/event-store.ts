/**
 * The event store port: the one door between Samtykke and whatever keeps its log.
 *
 * Two adapters implement it (SQLite embedded, EventStoreDB); `test/contracts/event-store.contract.ts`
 * says what an implementation must do, and runs whole on each of them.
 */
export interface EventStore {
  /**
   * Stores `events` at the end of `stream`, all or none.
   *
   * `expected` is the number of events the writer saw in the stream (0: none). The same event ids again with the
   * same expectation store nothing and answer as the first time, also after a crash of either side.
   *
   * @throws WrongExpectedVersion another writer was first
   * @throws AppendTooLarge the events together exceed {@link MAX_APPEND_BYTES}, or there are none or too many
   * @throws StoreUnavailable the store did not answer within the retry window; the outcome is unknown
   */
  append(stream: string, events: readonly NewEvent[], expected: number): Promise<Appended>;

  /** Reads events of one stream; nothing when the stream is absent. Bounds are versions, counted from 1, inclusive. */
  readStream(stream: string, range?: StreamRange): AsyncIterable<StoredEvent>;

  /** Reads the log in its order, strictly after a position. */
  readAll(range?: LogRange): AsyncIterable<StoredEvent>;

  /** Position of the last event in the log that any of `prefixes` admits; undefined when there is none. */
  head(prefixes?: readonly string[]): Promise<Position | undefined>;

  /**
   * Replays the log after a position, says `caught-up` once the backlog has been handed over, and goes on live,
   * without gap or duplicate, until the signal aborts (the iteration then ends) or the consumer stops.
   * The next item is fetched only when the consumer asks for it. `caught-up` may be said again after a reconnect.
   */
  subscribe(options: SubscribeOptions): AsyncIterable<LogItem>;

  /** Negative, zero or positive as `a` is before, at or after `b` in the log. */
  comparePositions(a: Position, b: Position): number;

  /** True when the text has the form of one of this store's positions (it need not exist). */
  isPosition(text: string): boolean;

  /**
   * A word for why the last append could not be written, as long as the next would fare no better: a full disk. Absent
   * where the store cannot know.
   */
  writeFault?(): string | undefined;

  /** Releases files, sockets and locks. Waits for appends under way. */
  close(): Promise<void>;
}

/** A place in one log. Opaque: made by a store, compared only through it. */
export type Position = string & { readonly __brand: 'Position' };

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

export interface NewEvent {
  /** UUID; unique per (stream, expectation). Derived from the command that caused it (rule I1). */
  readonly id: string;
  readonly type: string;
  readonly data: JsonObject;
  readonly metadata: JsonObject;
}

export interface StoredEvent extends NewEvent {
  readonly stream: string;
  /** Place in the stream, counted from 1. */
  readonly version: number;
  readonly position: Position;
  /** The store's own clock in whole milliseconds since 1970-01-01T00:00Z. It may step back along the log (rule S4). */
  readonly recordedAt: number;
}

export interface Appended {
  /** Number of events in the stream after this append. */
  readonly version: number;
  /** Position of the last event of this append. */
  readonly position: Position;
}

export interface StreamRange {
  /** First version wanted (forwards) or last (backwards: the newest wanted). */
  readonly from?: number;
  /** Last version wanted (forwards) or the oldest (backwards). */
  readonly to?: number;
  readonly backwards?: boolean;
  readonly limit?: number;
}

export interface LogRange {
  readonly after?: Position;
  /** Only streams whose name begins with one of these; absent: all but the store's own system streams. */
  readonly prefixes?: readonly string[];
  readonly limit?: number;
}

export interface SubscribeOptions {
  readonly after?: Position;
  readonly prefixes?: readonly string[];
  readonly signal: AbortSignal;
}

export type LogItem = { readonly kind: 'event'; readonly event: StoredEvent } | { readonly kind: 'caught-up' };

/** Most bytes one append may hold (data, metadata, type and id of all its events): the server's limit less headroom. */
export const MAX_APPEND_BYTES = 1_000_000;

/** Most events in one append. */
export const MAX_APPEND_EVENTS = 2_000;

/** `<category>-<uuid>`; the category has no hyphen. */
export const STREAM_NAME = /^[a-z][a-z0-9]{0,31}-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Another writer was first: the stream does not hold the number of events the caller saw. */
export class WrongExpectedVersion extends Error {
  readonly code = 'WRONG_EXPECTED_VERSION';
  override readonly name = 'WrongExpectedVersion';
  constructor(
    readonly stream: string,
    readonly expected: number,
    readonly actual: number,
  ) {
    super(`Stream ${stream} holds ${actual} events, not ${expected}.`);
  }
}

/** Nothing was written: the append is empty or exceeds a limit of the store. */
export class AppendTooLarge extends Error {
  readonly code = 'APPEND_TOO_LARGE';
  override readonly name = 'AppendTooLarge';
}

/** The store cannot be reached, is full, or did not answer in time. Trying again later may work. */
export class StoreUnavailable extends Error {
  readonly code = 'STORE_UNAVAILABLE';
  override readonly name = 'StoreUnavailable';
}

/** Bytes that an append of these events counts against {@link MAX_APPEND_BYTES}. */
export function appendBytes(events: readonly NewEvent[]): number {
  let bytes = 0;
  for (const { type, data, metadata } of events) {
    bytes += eventBytes(type, JSON.stringify(data), JSON.stringify(metadata));
  }
  return bytes;
}

/** Bytes of one event, its data and metadata given as JSON text: for adapters that write such texts anyway. */
export function eventBytes(type: string, data: string, metadata: string): number {
  return Buffer.byteLength(data) + Buffer.byteLength(metadata) + Buffer.byteLength(type) + EVENT_OVERHEAD_BYTES;
}

const EVENT_OVERHEAD_BYTES = 128;
