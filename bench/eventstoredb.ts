/**
 * The EventStoreDB adapter against the bare client, on the server that EVENTSTORE_URL names.
 *
 *   npx tsc -p tsconfig.bench.json; EVENTSTORE_URL=… node --expose-gc node_modules/.cache/bench/bench/eventstoredb.js
 *
 * Appends: 64 waiting writers, one event each, to streams of their own. Catch-up: one category of events from its first
 * to its last. A round is four short turns, adapter, client, client, adapter or the other way round: what changes evenly
 * during a round, such as other load or the size of the log, weighs as much on the one as on the other. The ratio is the
 * median over the rounds. Writes streams of a random category and leaves them.
 */
import { randomUUID } from 'node:crypto';
import { EventStoreDBClient, jsonEvent, NO_STREAM, streamNameFilter } from '@eventstore/db-client';
import type { EventStore, NewEvent, Position } from '../src/event-store/event-store';
import { openEventStoreDb } from '../src/event-store/eventstoredb/open-event-store-db';
import { type BenchRow, median, printBenchRows } from './bench-row';

/** Many short rounds: the shorter, the more alike is what else the machine does in all turns of one. */
const APPEND_ROUNDS = 41;
const CATCH_UP_ROUNDS = 25;
/** Rounds before those that count: both must have been compiled. */
const WARM_UP_ROUNDS = 4;
const WRITERS = 64;
const APPENDS_A_WRITER = 24;
const CATCH_UP_EVENTS = 20_000;
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
  const appends = await takeTurns(contestants, APPEND_ROUNDS, (contestant) => contestant.append());
  const catchUps = await takeTurns(contestants, CATCH_UP_ROUNDS, async (contestant) => {
    const { ms, events } = await contestant.catchUp(backlog);
    if (events !== CATCH_UP_EVENTS) {
      throw new Error(`Read ${events} of ${CATCH_UP_EVENTS} events.`);
    }
    return ms;
  });
  return [
    rowOf(`EventStoreDB, append, ${WRITERS} writers`, 'acks/s', WRITERS * APPENDS_A_WRITER, appends),
    rowOf('EventStoreDB, catch-up', 'events/s', CATCH_UP_EVENTS, catchUps),
  ];
}

/** Milliseconds of the two turns that each had in one round. */
interface Round {
  readonly adapter: number;
  readonly client: number;
}

async function takeTurns(
  { adapter, client }: Contestants,
  rounds: number,
  measure: (contestant: Contestant) => Promise<number>,
): Promise<Round[]> {
  const measured: Round[] = [];
  for (let round = 0; round < WARM_UP_ROUNDS + rounds; round += 1) {
    const [outer, inner] = round % 2 === 0 ? [adapter, client] : [client, adapter];
    const spent = new Map([
      [outer, 0],
      [inner, 0],
    ]);
    for (const contestant of [outer, inner, inner, outer]) {
      // What one leaves to the collector is not taken from another's turn.
      globalThis.gc?.();
      spent.set(contestant, (spent.get(contestant) ?? 0) + (await measure(contestant)));
    }
    measured.push({ adapter: spent.get(adapter) ?? 0, client: spent.get(client) ?? 0 });
  }
  return measured.slice(WARM_UP_ROUNDS);
}

/** @param events handled in one turn */
function rowOf(name: string, unit: string, events: number, rounds: readonly Round[]): BenchRow {
  const rate = (ms: number) => (2 * events * 1_000) / ms;
  const value = median(rounds.map(({ adapter }) => rate(adapter)));
  const reference = median(rounds.map(({ client }) => rate(client)));
  const ratios = rounds.map(({ adapter, client }) => client / adapter).toSorted((a, b) => a - b);
  const ratio = median(ratios);
  const quarter = ratios.length >> 2;
  process.stderr.write(
    `${name}: half of ${ratios.length} rounds between ${ratios.at(quarter)?.toFixed(2)} and ` +
      `${ratios.at(-1 - quarter)?.toFixed(2)} of the bare client\n`,
  );
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
