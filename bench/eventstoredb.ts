/**
 * The EventStoreDB adapter against the bare client, on the server that EVENTSTORE_URL names.
 *
 *   npx tsc -p tsconfig.bench.json; EVENTSTORE_URL=… node node_modules/.cache/bench/bench/eventstoredb.js
 *
 * Appends: 64 waiting writers, one event each, to streams of their own. Catch-up: one category of events from its first
 * to its last. Adapter and client take turns in an order that changes. Writes streams of a random category and leaves
 * them.
 */
import { randomUUID } from 'node:crypto';
import { EventStoreDBClient, jsonEvent, NO_STREAM, streamNameFilter } from '@eventstore/db-client';
import type { EventStore, NewEvent, Position } from '../src/event-store/event-store';
import { openEventStoreDb } from '../src/event-store/eventstoredb/open-event-store-db';
import { type BenchRow, median, printBenchRows } from './bench-row';

/** Many short turns for appends: the shorter, the more alike is what else the machine does in both of a pair. */
const APPEND_ROUNDS = 61;
const CATCH_UP_ROUNDS = 11;
const WRITERS = 64;
const APPENDS_A_WRITER = 24;
const CATCH_UP_EVENTS = 40_000;
const EVENTS_AN_APPEND = 500;
const LEAST_TO_CLIENT = 0.9;

/** The connection of a bare client apart from the adapter's, as its keep-alive differs. */
const CLIENT_OPTIONS = 'keepAliveInterval=15000';

interface Backlog {
  readonly prefix: string;
  /** Last position before it, so that what other runs have left in the log is not read. */
  readonly after: Position;
}

interface Contestant {
  /** Milliseconds for the appends of all writers. */
  append(): Promise<number>;
  /** Milliseconds from subscribing to the last event of the category, and how many came. */
  catchUp(backlog: Backlog): Promise<{ ms: number; events: number }>;
}

export async function run(): Promise<BenchRow[]> {
  const url = process.env.EVENTSTORE_URL;
  if (url === undefined) {
    process.stderr.write('SKIPPED: bench/eventstoredb needs a server; set EVENTSTORE_URL.\n');
    return [];
  }
  const store = await openEventStoreDb({ url });
  const client = EventStoreDBClient.connectionString(`${url}${url.includes('?') ? '&' : '?'}${CLIENT_OPTIONS}`);
  try {
    const backlog = await writeBacklog(store);
    const contestants = { adapter: adapterOver(store), client: bareClient(client) };
    return await compare(contestants, backlog);
  } finally {
    await client.dispose();
    await store.close();
  }
}

interface Contestants {
  readonly adapter: Contestant;
  readonly client: Contestant;
}

async function compare(contestants: Contestants, backlog: Backlog): Promise<BenchRow[]> {
  const appends = await takeTurns(contestants, APPEND_ROUNDS, async (contestant) => {
    return (WRITERS * APPENDS_A_WRITER * 1_000) / (await contestant.append());
  });
  const catchUps = await takeTurns(contestants, CATCH_UP_ROUNDS, async (contestant) => {
    const { ms, events } = await contestant.catchUp(backlog);
    if (events !== CATCH_UP_EVENTS) {
      throw new Error(`Read ${events} of ${CATCH_UP_EVENTS} events.`);
    }
    return (CATCH_UP_EVENTS * 1_000) / ms;
  });
  return [
    rowOf(`EventStoreDB, append, ${WRITERS} writers`, 'acks/s', appends),
    rowOf('EventStoreDB, catch-up', 'events/s', catchUps),
  ];
}

interface Pair {
  readonly adapter: number;
  readonly client: number;
}

/** Pairs of rates measured one right after the other; the first pair warms up. */
async function takeTurns(
  { adapter, client }: Contestants,
  rounds: number,
  measure: (contestant: Contestant) => Promise<number>,
): Promise<Pair[]> {
  const pairs: Pair[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    if (round % 2 === 0) {
      pairs.push({ adapter: await measure(adapter), client: await measure(client) });
    } else {
      const first = await measure(client);
      pairs.push({ adapter: await measure(adapter), client: first });
    }
  }
  return pairs.slice(1);
}

/** The ratio is the median of the pairs' own ratios: what slows the machine down slows both of a pair. */
function rowOf(name: string, unit: string, pairs: readonly Pair[]): BenchRow {
  const value = median(pairs.map(({ adapter }) => adapter));
  const reference = median(pairs.map(({ client }) => client));
  const ratio = median(pairs.map(({ adapter, client }) => adapter / client));
  const limit = `≥ ${LEAST_TO_CLIENT} x ${reference.toFixed(0)} ${unit} (bare client)`;
  return { name, value, unit, limit, ratio, ok: ratio >= LEAST_TO_CLIENT };
}

function adapterOver(store: EventStore): Contestant {
  return {
    append: () =>
      timed(() =>
        writeAll(async (stream, event, version) => {
          await store.append(stream, [event], version);
        }),
      ),
    catchUp: async ({ prefix, after }) => {
      let events = 0;
      const signal = new AbortController().signal;
      const ms = await timed(async () => {
        for await (const item of store.subscribe({ after, prefixes: [prefix], signal })) {
          events += item.kind === 'event' ? 1 : 0;
          if (events === CATCH_UP_EVENTS) {
            return;
          }
        }
      });
      return { ms, events };
    },
  };
}

function bareClient(client: EventStoreDBClient): Contestant {
  return {
    append: () =>
      timed(() =>
        writeAll(async (stream, { id, type, data, metadata }, version) => {
          const expectedRevision: typeof NO_STREAM | bigint = version === 0 ? NO_STREAM : BigInt(version - 1);
          await client.appendToStream(stream, jsonEvent({ id, type, data, metadata }), { expectedRevision });
        }),
      ),
    catchUp: async ({ prefix, after }) => {
      let events = 0;
      const ms = await timed(async () => {
        const fromPosition = { commit: BigInt(after), prepare: BigInt(after) };
        const filter = streamNameFilter({ prefixes: [prefix] });
        const subscription = client.subscribeToAll({ fromPosition, filter });
        try {
          for await (const _ of subscription) {
            events += 1;
            if (events === CATCH_UP_EVENTS) {
              return;
            }
          }
        } finally {
          await subscription.unsubscribe();
        }
      });
      return { ms, events };
    },
  };
}

/** Each writer sends its next event when the one before is acknowledged. */
async function writeAll(send: (stream: string, event: NewEvent, version: number) => Promise<void>): Promise<void> {
  await Promise.all(
    Array.from({ length: WRITERS }, async () => {
      const stream = `bench-${randomUUID()}`;
      for (let version = 0; version < APPENDS_A_WRITER; version += 1) {
        await send(stream, sampleFact(), version);
      }
    }),
  );
}

async function writeBacklog(store: EventStore): Promise<Backlog> {
  const { position: after } = await store.append(`bench-${randomUUID()}`, [sampleFact()], 0);
  const category = `bench${randomUUID().replaceAll('-', '').slice(0, 20)}`;
  for (let written = 0; written < CATCH_UP_EVENTS; written += EVENTS_AN_APPEND) {
    const events = Array.from({ length: EVENTS_AN_APPEND }, sampleFact);
    await store.append(`${category}-${randomUUID()}`, events, 0);
  }
  return { prefix: `${category}-`, after };
}

async function timed(work: () => Promise<void>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

const PEOPLE = Array.from({ length: 6 }, () => randomUUID());

/** An event of about the size of a consent: 180 bytes of data, 300 of metadata. */
function sampleFact(): NewEvent {
  const [policyId, subjectId, correlation, causation, actor, tenant] = PEOPLE;
  const data = { policyId: policyId ?? '', subjectId: subjectId ?? '', locale: 'nb', text: 'x'.repeat(60) };
  const chain = { $correlationId: correlation ?? '', $causationId: causation ?? '', commandId: randomUUID() };
  const metadata = { ...chain, actor: actor ?? '', tenant: tenant ?? '', schemaVersion: 1 };
  return { id: randomUUID(), type: 'SampleRecorded', data, metadata };
}

if (require.main === module) {
  run().then(printBenchRows, (error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  });
}
