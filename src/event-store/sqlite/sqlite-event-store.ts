import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type Database from 'better-sqlite3';
import type { AppendSink, SinkMaker } from '../append-sink';
import {
  type EventStore,
  type LogItem,
  type LogRange,
  type Position,
  type StoredEvent,
  StoreUnavailable,
  type StreamRange,
  type SubscribeOptions,
  WrongExpectedVersion,
} from '../event-store';
import {
  checkAppendBytes,
  checkAppendForm,
  checkLogRange,
  checkPrefixes,
  checkStreamName,
  checkStreamRange,
} from '../request-checks';
import { type BackupMade, backUpLog } from './backup';
import { createBell } from './bell';
import { lockDataDirectory, lockedOr, onceUnlocked } from './data-directory-lock';
import { withoutDriver } from './driver-fault';
import { createEventReader, type EventPage, PAGE_EVENTS } from './event-reader';
import { createEventWriter, type EventWriterOptions, waitingAppend } from './event-writer';
import { createGroupCommit } from './group-commit';
import { openLogDatabase } from './log-database';
import { doorToLog } from './log-door';
import { openNames } from './names';
import { createWriteWatch, hasRoomIn } from './write-watch';

/** File of the log in the data directory. */
export const LOG_FILE = 'events.db';

interface WriterOptions extends Pick<EventWriterOptions, 'clock'> {
  /** Makes what is kept in step with the log in its own transactions. */
  readonly sink?: SinkMaker | undefined;
}

export interface SqliteEventStoreOptions extends WriterOptions {
  /** Data directory, made when absent and locked while open; undefined keeps the log in memory, for tests and trials. */
  readonly directory?: string | undefined;
}

export interface SqliteEventStore extends EventStore {
  /**
   * Copies the log, as it stands when the copy ends, to `events.db` in a directory that has none yet. Appends and reads go on
   * meanwhile.
   *
   * @throws BackupExists
   * @throws StoreUnavailable the copy could not be written
   */
  backup(toDirectory: string): Promise<BackupMade>;
}

/**
 * Opens the log of a data directory for this process alone.
 *
 * @throws DataDirectoryLocked another process has it open
 * @throws LogFormatUnknown the file is not ours, or a newer release's
 * @throws LogAltered an event stands where no append puts one
 */
export function openSqliteEventStore({ directory, ...options }: SqliteEventStoreOptions): SqliteEventStore {
  if (directory === undefined) {
    return eventStoreOver(openLogDatabase(':memory:'), options);
  }
  return onceUnlocked(() => openIn(directory, options));
}

function openIn(directory: string, options: Omit<SqliteEventStoreOptions, 'directory'>): SqliteEventStore {
  const lock = lockDataDirectory(directory);
  try {
    const database = openLogDatabase(join(directory, LOG_FILE));
    lock.note();
    const hasRoom = () => hasRoomIn(directory);
    return eventStoreOver(database, { ...options, hasRoom }, lock.release);
  } catch (error) {
    lock.release();
    throw withoutDriver(lockedOr(error, directory));
  }
}

interface LogOptions extends WriterOptions {
  /** Tries whether the disk takes an append again after it did not; absent: only an append can tell. */
  readonly hasRoom?: () => boolean;
}

/** The store over an open log, which it closes. Whoever hands in a file answers for being alone with it. */
export function eventStoreOver(
  database: Database.Database,
  { hasRoom = () => false, clock, sink: makeSink }: LogOptions,
  afterClose: () => void = () => undefined,
): SqliteEventStore {
  const names = openNames(database);
  const reader = createEventReader(database, names);
  const bell = createBell();
  const writes = createWriteWatch({ hasRoom, clock });
  const sink = openSink(database, makeSink);
  const commits = createGroupCommit(database, {
    write: createEventWriter(database, names, { clock, sink }),
    isRefusal: (error) => error instanceof WrongExpectedVersion,
    rolledBack: () => {
      names.forget();
      sink?.forget();
    },
    committed: bell.ring,
  });
  let closing: Promise<void> | undefined;

  function checkOpen(): void {
    if (closing !== undefined) {
      throw new StoreUnavailable('The store is closed.');
    }
  }

  function whileOpen<T>(read: () => T): T {
    checkOpen();
    try {
      return read();
    } catch (error) {
      throw withoutDriver(error);
    }
  }

  /** Walks pages, letting the event loop turn between them so that a long read holds nobody up. */
  async function* walk(
    limit: number,
    nextPage: (previous: EventPage | undefined, left: number) => EventPage,
  ): AsyncGenerator<StoredEvent> {
    let page: EventPage | undefined;
    for (let left = limit; left > 0 && page?.more !== false; left -= page.events.length) {
      if (page !== undefined) {
        await nextTurn();
      }
      const previous: EventPage | undefined = page;
      page = whileOpen(() => nextPage(previous, left));
      // Not yield*, which waits once more for each event.
      for (const event of page.events) {
        yield event;
      }
    }
  }

  async function* readStream(stream: string, range: StreamRange = {}): AsyncGenerator<StoredEvent> {
    checkStreamName(stream);
    checkStreamRange(range);
    const { backwards = false } = range;
    const [low, high] = backwards ? [range.to, range.from] : [range.from, range.to];
    const first = low ?? 0;
    const last = high ?? Number.MAX_SAFE_INTEGER;
    yield* walk(range.limit ?? Number.MAX_SAFE_INTEGER, (previous, limit) =>
      reader.streamPage(stream, {
        first: backwards || previous === undefined ? first : previous.lastSeen + 1,
        last: backwards && previous !== undefined ? previous.lastSeen - 1 : last,
        backwards,
        limit,
      }),
    );
  }

  async function* readAll(range: LogRange = {}): AsyncGenerator<StoredEvent> {
    checkLogRange(range, isPosition);
    const start = placeOf(range.after);
    yield* walk(range.limit ?? Number.MAX_SAFE_INTEGER, (previous, limit) =>
      reader.logPage(previous?.lastSeen ?? start, range.prefixes, limit),
    );
  }

  async function* subscribe({ after, prefixes, signal }: SubscribeOptions): AsyncGenerator<LogItem> {
    checkLogRange({ ...(after === undefined ? {} : { after }), ...(prefixes && { prefixes }) }, isPosition);
    let lastSeen = placeOf(after);
    let caughtUp = false;
    while (!signal.aborted) {
      const page: EventPage = whileOpen(() => reader.logPage(lastSeen, prefixes, PAGE_EVENTS));
      lastSeen = page.lastSeen;
      for (const event of page.events) {
        yield { kind: 'event', event };
        if (signal.aborted) {
          return;
        }
      }
      if (page.more) {
        await nextTurn();
      } else if (page.events.length === 0 && !caughtUp) {
        caughtUp = true;
        yield { kind: 'caught-up' };
      } else if (page.events.length === 0) {
        await bell.wait(signal);
      }
    }
  }

  async function close(): Promise<void> {
    await commits.drain();
    closeSink(database, sink);
    database.close();
    afterClose();
    bell.ring();
  }

  return {
    append: async (stream, events, expected) => {
      checkAppendForm(stream, events, expected);
      const append = waitingAppend(stream, events, expected);
      checkAppendBytes(append.bytes);
      checkOpen();
      const appended = commits.submit(append, append.bytes);
      appended.then(writes.succeeded, writes.failed);
      return appended;
    },
    readStream,
    readAll,
    subscribe,
    head: async (prefixes) => {
      checkPrefixes(prefixes);
      return whileOpen(() => reader.head(prefixes));
    },
    comparePositions: (a, b) => placeOf(a) - placeOf(b),
    isPosition,
    writeFault: writes.fault,
    close: () => {
      closing ??= close();
      return closing;
    },
    backup: async (toDirectory) => {
      checkOpen();
      return backUpLog(database, toDirectory, LOG_FILE);
    },
  };
}

function openSink(database: Database.Database, make: SinkMaker | undefined): AppendSink | undefined {
  try {
    return make?.(doorToLog(database));
  } catch (error) {
    database.close();
    throw error;
  }
}

/** What it could not write follows from the log; a full disk must not keep a node from closing. */
function closeSink(database: Database.Database, sink: AppendSink | undefined): void {
  try {
    if (sink !== undefined) database.transaction(sink.close)();
  } catch {}
}

function isPosition(text: string): text is Position {
  return /^[1-9][0-9]{0,15}$/.test(text) && Number.isSafeInteger(Number(text));
}

/** Place in the log, counted from 1; 0 is before its start. */
function placeOf(position: Position | undefined): number {
  if (position === undefined) {
    return 0;
  }
  if (!isPosition(position)) {
    throw new TypeError('Not a position of this store.');
  }
  return Number(position);
}
