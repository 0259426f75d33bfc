import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Evidence } from '../../application/evidence';
import { encodePosition } from '../../application/position-text';
import type { InBoth } from '../../domain/languages';
import { decodeEvent, type KnownEvent } from '../../domain/stored-events';
import { type Instant, instantAt } from '../../domain/time';
import type { EventStore, StoredEvent } from '../../event-store/event-store';
import type { FactRow, Prefix } from '../../read-models/read-models';
import type { CopyOf, CopyParts } from './copy-source';

/** One fact about the person, told. */
export interface HeldFact {
  readonly position: string;
  readonly type: string;
  readonly occurredAt: Instant;
  readonly recordedAt: Instant;
  readonly sentence: InBoth;
  readonly event: KnownEvent;
  /** Canonical JSON, sealed values opened. */
  readonly data: string;
  /** Where the event stands in its stream. */
  readonly stream: string;
  readonly place: number;
}

const ROWS_AT_ONCE = 200;
/** Facts that are told before others get their turn. */
const FACTS_A_TURN = 25;

/** How many facts there are about the person, linked anonymous ones included. */
export async function countFacts(parts: CopyParts, copy: CopyOf): Promise<number> {
  let count = 0;
  for (const rows of pages(parts, copy.order, copy.prefix)) {
    count += rows.length;
    await nextTurn();
    copy.signal.throwIfAborted();
  }
  return count;
}

/** Every fact about the person in log order; others get their turn in between. */
export async function* heldFacts(parts: CopyParts, copy: CopyOf): AsyncGenerator<HeldFact> {
  const events = eventReader(parts.app.store);
  try {
    for (const rows of pages(parts, copy.order, copy.prefix)) {
      for (const [index, row] of rows.entries()) {
        if (index % FACTS_A_TURN === 0) await nextTurn();
        copy.signal.throwIfAborted();
        yield await told(parts, copy, row, await events.at(row));
      }
    }
  } finally {
    await events.close();
  }
}

/** The last facts about the person as they were written, the latest first. */
export async function* lastFacts(
  { app, readModels }: CopyParts,
  { organisationId, subjectId }: Evidence,
  prefix: Prefix,
  limit: number,
): AsyncGenerator<KnownEvent> {
  if (subjectId === undefined) return;
  const range = { organisation: organisationId, subject: subjectId, limit, backwards: true };
  for (const row of readModels.factsPage(range, prefix).rows.toReversed()) {
    for await (const stored of app.store.readStream(row.stream, { from: row.version, to: row.version })) {
      yield eventIn(stored);
    }
  }
}

function* pages({ readModels }: CopyParts, order: CopyOf['order'], prefix: Prefix): Generator<readonly FactRow[]> {
  const range = { organisation: order.organisationId, subject: order.subjectId, limit: ROWS_AT_ONCE };
  let after: number | undefined;
  for (;;) {
    const { rows, hasMore } = readModels.factsPage({ ...range, ...(after !== undefined && { after }) }, prefix);
    yield rows;
    after = rows.at(-1)?.n;
    if (!hasMore || after === undefined) return;
  }
}

async function told(
  { app, teller }: CopyParts,
  { zone }: CopyOf,
  row: FactRow,
  stored: StoredEvent,
): Promise<HeldFact> {
  const event = eventIn(stored);
  return {
    position: encodePosition(app.logId, row.position),
    type: row.type,
    occurredAt: row.occurredAt,
    recordedAt: instantAt(row.recordedAtMs),
    sentence: teller.sentence(event, zone) ?? { nb: row.type, en: row.type },
    event,
    data: await teller.data(stored, event),
    stream: row.stream,
    place: row.version,
  };
}

function eventIn({ type, metadata, data }: StoredEvent): KnownEvent {
  return decodeEvent(type, metadata.schemaVersion, data);
}

/** Reads the events that rows stand for. Those of a person follow on each other, so each stream is read on. */
function eventReader(store: EventStore) {
  const readings = new Map<string, AsyncIterator<StoredEvent>>();
  const close = async (stream: string) => {
    await readings.get(stream)?.return?.();
    readings.delete(stream);
  };
  return {
    async at({ stream, version }: FactRow): Promise<StoredEvent> {
      const reading = readings.get(stream) ?? store.readStream(stream, { from: version })[Symbol.asyncIterator]();
      readings.set(stream, reading);
      for (;;) {
        const { value, done } = await reading.next();
        if (done) throw new Error(`${stream} holds no event ${version}.`);
        if (value.version < version) continue;
        if (!stream.startsWith('subject-')) await close(stream);
        return value;
      }
    },
    close: async () => {
      for (const stream of [...readings.keys()]) await close(stream);
    },
  };
}
