import {
  AppendTooLarge,
  type LogRange,
  MAX_APPEND_BYTES,
  MAX_APPEND_EVENTS,
  type NewEvent,
  STREAM_NAME,
  type StreamRange,
} from './event-store';

/** Canonical lower-case UUID; the nil UUID is refused apart, since EventStoreDB refuses it too. */
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const NIL_UUID = '00000000-0000-0000-0000-000000000000';

/** Types with a leading `$` are EventStoreDB's own and would be hidden there; control characters and halves of surrogate pairs do not survive every store. */
const EVENT_TYPE = /^[^$\p{Cc}\p{Cs}][^\p{Cc}\p{Cs}]{0,127}$/u;

/**
 * What every adapter checks before it touches its store, so that all of them refuse the same requests alike. The bytes
 * are checked apart, on the texts that the adapter writes: {@link checkAppendBytes}.
 *
 * @throws TypeError a stream name, id, type, payload or expectation of the wrong form (a fault of the caller)
 * @throws AppendTooLarge no events or more than {@link MAX_APPEND_EVENTS}
 */
export function checkAppendForm(stream: string, events: readonly NewEvent[], expected: number): void {
  checkStreamName(stream);
  checkCount('The expected version', expected);
  if (!Array.isArray(events)) {
    throw new TypeError('The events of an append must be a list.');
  }
  if (events.length === 0 || events.length > MAX_APPEND_EVENTS) {
    throw new AppendTooLarge(`An append holds 1 to ${MAX_APPEND_EVENTS} events, not ${events.length}.`);
  }
  const ids = new Set<string>();
  for (const event of events) {
    checkEvent(event);
    if (ids.has(event.id)) {
      throw new TypeError('One append names the same event id twice.');
    }
    ids.add(event.id);
  }
}

/** @throws AppendTooLarge more than {@link MAX_APPEND_BYTES} */
export function checkAppendBytes(bytes: number): void {
  if (bytes > MAX_APPEND_BYTES) {
    throw new AppendTooLarge(`An append holds at most ${MAX_APPEND_BYTES} bytes, not ${bytes}.`);
  }
}

/** @throws TypeError not of the form {@link STREAM_NAME} */
export function checkStreamName(stream: string): void {
  if (typeof stream !== 'string' || !STREAM_NAME.test(stream)) {
    throw new TypeError('A stream name is <category>-<uuid>.');
  }
}

/** @throws TypeError a bound or limit that is not a whole number from 0 */
export function checkStreamRange(range: StreamRange): void {
  checkOptionalCount('The first bound of a range', range.from);
  checkOptionalCount('The last bound of a range', range.to);
  checkOptionalCount('A limit', range.limit);
}

/** @throws TypeError a limit that is not a whole number from 0, prefixes that are not a list of non-empty strings, no position */
export function checkLogRange(range: LogRange, isPosition: (text: string) => boolean): void {
  checkOptionalCount('A limit', range.limit);
  checkPrefixes(range.prefixes);
  if (range.after !== undefined && !isPosition(range.after)) {
    throw new TypeError('Not a position of this kind of store.');
  }
}

/** @throws TypeError not a list of non-empty strings */
export function checkPrefixes(prefixes: readonly string[] | undefined): void {
  if (prefixes === undefined) {
    return;
  }
  if (!Array.isArray(prefixes) || !prefixes.every((prefix) => typeof prefix === 'string' && prefix !== '')) {
    throw new TypeError('Prefixes are a list of non-empty strings.');
  }
}

function checkEvent(event: NewEvent): void {
  if (!isObject(event)) {
    throw new TypeError('An event must be an object.');
  }
  if (typeof event.id !== 'string' || !UUID.test(event.id) || event.id === NIL_UUID) {
    throw new TypeError('An event id is a lower-case UUID.');
  }
  if (typeof event.type !== 'string' || !EVENT_TYPE.test(event.type)) {
    throw new TypeError('An event type is 1 to 128 printable characters and does not begin with $.');
  }
  if (!isObject(event.data) || !isObject(event.metadata)) {
    throw new TypeError('The data and metadata of an event must be JSON objects.');
  }
}

function checkOptionalCount(what: string, value: number | undefined): void {
  if (value !== undefined) {
    checkCount(what, value);
  }
}

function checkCount(what: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new TypeError(`${what} is a whole number from 0.`);
  }
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
