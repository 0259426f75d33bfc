import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { type EventStore, type StoredEvent, WrongExpectedVersion } from '../../src/event-store/event-store';
import { openEventStoreDb } from '../../src/event-store/eventstoredb/open-event-store-db';
import { collect, freshCategory, freshStream, idsOf, sampleEvents } from '../support/event-store-samples';

/**
 * The storm: a real server is killed again and again under waiting writers. It needs to be told how:
 * EVENTSTORE_KILL and EVENTSTORE_RESTART are shell commands; with three nodes the first kills the leader.
 */
const { EVENTSTORE_URL: url, EVENTSTORE_KILL: kill, EVENTSTORE_RESTART: restart } = process.env;

const OWN_STREAM_WRITERS = 48;
const SHARED_STREAM_WRITERS = 16;
const SHARED_STREAMS = 4;
const KILLS = Number(process.env.EVENTSTORE_KILLS ?? 6);
const CALM_MS = 1_500;
const DOWN_MS = 300;
const LIMIT_MS = 300_000;

const shell = promisify(execFile);

/** Without our own variables: a server started here would take them for its options and refuse to start. */
const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('EVENTSTORE_')));
const run = (command: string) => shell('sh', ['-c', command], { env: environment });

if (url === undefined || kill === undefined || restart === undefined) {
  process.stderr.write(
    'SKIPPED: the kill -9 storm on a real EventStoreDB. To run it: docker compose up -d eventstoredb && ' +
      'EVENTSTORE_URL=esdb://127.0.0.1:2113?tls=false EVENTSTORE_KILL="docker compose kill eventstoredb" ' +
      'EVENTSTORE_RESTART="docker compose up -d --wait eventstoredb" npx jest eventstoredb-storm\n',
  );
  test.skip('the kill -9 storm (EVENTSTORE_URL, EVENTSTORE_KILL and EVENTSTORE_RESTART are not set)', () => undefined);
} else {
  test(
    'a server killed under 64 waiting writers loses and doubles no acknowledged event and no error surfaces',
    () => storm(url, kill, restart),
    LIMIT_MS,
  );
}

interface Writer {
  readonly stream: string;
  readonly shared: boolean;
  readonly acknowledged: string[];
}

interface Tally {
  appends: number;
  conflicts: number;
  longestMs: number;
  readonly faults: unknown[];
}

async function storm(serverUrl: string, killCommand: string, restartCommand: string): Promise<void> {
  const notes: string[] = [];
  const store = await openEventStoreDb({
    url: serverUrl,
    log: (level, message, details) => notes.push(`${level} ${message} ${JSON.stringify(details)}`),
  });
  const category = freshCategory();
  const writers = writersOf(category);
  const tally: Tally = { appends: 0, conflicts: 0, longestMs: 0, faults: [] };
  const [stopWriting, stopWatching] = [new AbortController(), new AbortController()];
  const watched: StoredEvent[] = [];
  const watching = watch(store, `${category}-`, stopWatching.signal, watched);
  const writing = writers.map((writer) => write(store, writer, tally, stopWriting.signal));
  const started = performance.now();
  for (let round = 0; round < KILLS; round += 1) {
    await sleep(CALM_MS);
    await run(killCommand);
    await sleep(DOWN_MS);
    await run(restartCommand);
  }
  await sleep(CALM_MS);
  const ms = performance.now() - started;
  stopWriting.abort();
  await Promise.all(writing);
  await untilWatched(watched, tally, writers);
  stopWatching.abort();
  await watching;

  expect(tally.faults).toEqual([]);
  const log = await collect(store.readAll({ prefixes: [`${category}-`] }));
  await everyAcknowledgedEventIsThereOnce(store, writers, log);
  expect(idsOf(watched)).toEqual(idsOf(log));
  const outages = notes
    .filter((note) => note.includes('answers again'))
    .map((note) => note.replace(/^.*"outageMs":/, ''));
  process.stderr.write(
    `storm: ${KILLS} kills, ${writers.length} writers, ${Math.round(ms)} ms; ${tally.appends} appends of ${log.length} ` +
      `events acknowledged, ${tally.conflicts} conflicts among shared streams, longest append ` +
      `${Math.round(tally.longestMs)} ms, outages ${outages.map((text) => text.replace('}', '')).join(' ')} ms\n`,
  );
  await store.close();
}

function writersOf(category: string): Writer[] {
  const shared = Array.from({ length: SHARED_STREAMS }, () => freshStream(category));
  return [
    ...Array.from({ length: OWN_STREAM_WRITERS }, () => ({ stream: freshStream(category), shared: false })),
    ...Array.from({ length: SHARED_STREAM_WRITERS }, (_, index) => ({
      stream: shared[index % SHARED_STREAMS] ?? '',
      shared: true,
    })),
  ].map((writer) => ({ ...writer, acknowledged: [] }));
}

/** A writer stops between two appends, so that the outcome of each is known. */
async function write(store: EventStore, writer: Writer, tally: Tally, signal: AbortSignal): Promise<void> {
  let version = 0;
  while (!signal.aborted) {
    const events = sampleEvents(1 + (tally.appends % 3));
    const asked = performance.now();
    try {
      version = (await store.append(writer.stream, events, version)).version;
      writer.acknowledged.push(...idsOf(events));
      tally.appends += 1;
    } catch (error) {
      if (!(writer.shared && error instanceof WrongExpectedVersion)) {
        tally.faults.push(error);
        return;
      }
      tally.conflicts += 1;
      version = error.actual;
    }
    tally.longestMs = Math.max(tally.longestMs, performance.now() - asked);
  }
}

async function watch(store: EventStore, prefix: string, signal: AbortSignal, seen: StoredEvent[]): Promise<void> {
  for await (const item of store.subscribe({ prefixes: [prefix], signal })) {
    if (item.kind === 'event') {
      seen.push(item.event);
    }
  }
}

async function untilWatched(watched: readonly StoredEvent[], tally: Tally, writers: readonly Writer[]): Promise<void> {
  const total = writers.reduce((sum, writer) => sum + writer.acknowledged.length, 0);
  for (let waitedMs = 0; watched.length < total && tally.faults.length === 0 && waitedMs < 30_000; waitedMs += 50) {
    await sleep(50);
  }
}

async function everyAcknowledgedEventIsThereOnce(
  store: EventStore,
  writers: readonly Writer[],
  log: readonly StoredEvent[],
): Promise<void> {
  const acknowledged = writers.flatMap((writer) => writer.acknowledged);
  expect(idsOf(log).toSorted()).toEqual(acknowledged.toSorted());
  for (const writer of writers) {
    const stored = idsOf(await collect(store.readStream(writer.stream)));
    if (!writer.shared) {
      expect(stored).toEqual(writer.acknowledged);
    } else {
      expect(stored.filter((id) => writer.acknowledged.includes(id))).toEqual(writer.acknowledged);
    }
  }
}
