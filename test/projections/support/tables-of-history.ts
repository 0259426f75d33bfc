import type Database from 'better-sqlite3';
import type { JsonObject, Position } from '../../../src/event-store/event-store';
import { incomingEvent, listedCategories, READ_PREFIXES } from '../../../src/read-models/incoming-event';
import type { IncomingEvent } from '../../../src/read-models/projection-tables';
import type { Prefix, ReadModels } from '../../../src/read-models/read-models';
import { PROJECTIONS, readModelsOver } from '../../../src/read-models/sqlite/open-read-models';
import { openReadModelDatabase } from '../../../src/read-models/sqlite/read-model-database';
import { readModelStorage } from '../../../src/read-models/sqlite/read-model-storage';
import type { ToldEvent } from '../../support/told-log';

/** The tables of a history that no store holds: positions are ordinals written out. */
export interface TablesOfHistory {
  readonly database: Database.Database;
  readonly readModels: ReadModels;
  prefix(n: number): Prefix;
}

const BATCH = 100;
const listed = listedCategories(PROJECTIONS);

/** Applies a history as the runner does, batch by batch, each event read as it would be from the log. */
export function tablesOfHistory(events: readonly ToldEvent[]): TablesOfHistory {
  const database = openReadModelDatabase(':memory:');
  const tables = readModelStorage(database, PROJECTIONS, READ_PREFIXES).live();
  const incoming = incomingEvents(events);
  for (let from = 0; from < incoming.length; from += BATCH) {
    const batch = incoming.slice(from, from + BATCH);
    const { applied, failure } = tables.apply(batch);
    if (applied < batch.length) throw failure;
  }
  tables.finish();
  const positions = { comparePositions: (a: Position, b: Position) => Number(a) - Number(b), isPosition };
  const readModels = readModelsOver(database, positions, () => tables.checkpoint());
  const prefix = (n: number): Prefix => {
    const found = readModels.prefixAtOrdinal(n);
    if (!found) throw new RangeError(`Only ${events.length} events were applied.`);
    return found;
  };
  return { database, readModels, prefix };
}

/** Each as it would be read from the log. */
export function incomingEvents(events: readonly ToldEvent[]): readonly IncomingEvent[] {
  const versions = new Map<string, number>();
  return events.map((event) => {
    const version = (versions.get(event.stream) ?? 0) + 1;
    versions.set(event.stream, version);
    return incomingEvent(storedEvent(event, version), listed);
  });
}

function isPosition(text: string): text is Position {
  return /^\d+$/.test(text);
}

function storedEvent({ n, stream, event, recordedAtMs }: ToldEvent, version: number) {
  const data = JSON.parse(JSON.stringify(event.data)) as JsonObject;
  const metadata = { schemaVersion: 1, actor: 'an actor' };
  return {
    id: `event ${n}`,
    position: String(n) as Position,
    recordedAt: recordedAtMs,
    stream,
    version,
    type: event.type,
    data,
    metadata,
  };
}
