import type Database from 'better-sqlite3';
import type { Projection } from '../../../projections/projection';
import type { Position } from '../../event-store/event-store';
import { driverCode, tellsDamage } from '../../sqlite/driver-faults';
import type { AppliedBatch, Checkpoint, IncomingEvent, ProjectionTables } from '../projection-tables';
import { ReadModelDamaged } from '../read-model-damaged';
import { type RowWriter, rowWriter } from './row-writer';
import { createIndexes, createTables, dropIndexes, dropTables, swapTables } from './table-definitions';
import type { Build } from './table-names';

interface OpenProjection {
  readonly projection: Projection;
  readonly writer: RowWriter;
  /** Ordinal of the last event handled. */
  n: number;
}

interface CheckpointRow {
  readonly projection: string;
  readonly version: number;
  readonly n: number;
  readonly position: string | null;
  readonly previous: string | null;
  readonly event_id: string | null;
  readonly origin: string | null;
}

const NOTHING: Checkpoint = { n: 0, position: undefined, previous: undefined, eventId: undefined, origin: undefined };

/**
 * The tables of a set of projections in one build. Those without tables of their version get empty ones and are
 * behind the others until the log has been read again for them alone.
 */
export function openProjectionTables(
  database: Database.Database,
  projections: readonly Projection[],
  build: Build,
): ProjectionTables {
  const rows = checkpointRows(database, build);
  const found = (projection: Projection) =>
    rows.find(({ projection: name, version }) => name === projection.name && version === projection.version);
  for (const projection of projections) {
    if (!found(projection)) database.transaction(() => begin(database, projection, build))();
  }
  const open: OpenProjection[] = projections.map((projection) => ({
    projection,
    writer: rowWriter(database, projection, build),
    n: found(projection)?.n ?? 0,
  }));
  let checkpoint = projections.map((projection) => checkpointOf(found(projection))).reduce(earlier);
  const interested = interestOf(open);
  const save = database.prepare<(string | number | null)[]>(
    `UPDATE checkpoints SET n = ?, position = ?, previous = ?, event_id = ?, origin = ?
     WHERE build = ? AND projection = ? AND version = ? AND n = ?`,
  );

  function applyAll(events: readonly IncomingEvent[]): Checkpoint {
    let place = checkpoint;
    let index = 0;
    for (const event of events) {
      place = after(place, event);
      try {
        applyOne(event, place.n, interested(event));
      } catch (error) {
        throw isOfTheEvent(error) ? new CannotApply(index, error) : error;
      }
      index += 1;
    }
    for (const { projection, writer, n } of open) {
      writer.flush();
      if (n < place.n) saveCheckpoint(projection, n, place);
    }
    return place;
  }

  function saveCheckpoint({ name, version }: Projection, n: number, place: Checkpoint): void {
    const { position = null, previous = null, eventId = null, origin = null } = place;
    const { changes } = save.run(place.n, position, previous, eventId, origin, build, name, version, n);
    if (changes !== 1) throw new Error('Another process writes to the same read models.');
  }

  const transaction = database.transaction(applyAll);

  function apply(events: readonly IncomingEvent[]): AppliedBatch {
    try {
      checkpoint = transaction(events);
      for (const projection of open) projection.n = Math.max(projection.n, checkpoint.n);
      return { applied: events.length, failure: undefined };
    } catch (error) {
      for (const { writer } of open) writer.forget();
      if (tellsDamage(error)) throw new ReadModelDamaged(database.name);
      if (!(error instanceof CannotApply)) throw error;
      if (error.index > 0) apply(events.slice(0, error.index));
      return { applied: error.index, failure: error.reason };
    }
  }

  return {
    checkpoint: () => checkpoint,
    isLevel: () => open.every(({ n }) => n === checkpoint.n),
    apply,
    finish: () => {
      try {
        for (const { projection } of open) createIndexes(database, projection, build);
        if (build === 'live') dropOthers(database, projections);
      } catch (error) {
        throw tellsDamage(error) ? new ReadModelDamaged(database.name) : error;
      }
    },
    bare: () => {
      for (const { projection } of open) dropIndexes(database, projection, build);
    },
    discard: () => {
      for (const row of checkpointRows(database, build)) end(database, row, build);
    },
  };
}

/** Puts the tables of a rebuild in the place of the live ones, all that were made or none. */
export function swapBuilds(database: Database.Database, projections: readonly Projection[]): void {
  database.transaction(() => {
    for (const projection of projections) swapTables(database, projection);
    database.exec(
      `DELETE FROM checkpoints WHERE build = 'live'
         AND projection IN (SELECT projection FROM checkpoints WHERE build = 'next');
       UPDATE checkpoints SET build = 'live' WHERE build = 'next'`,
    );
  })();
}

/** The event itself, not the storage, is what failed. */
class CannotApply extends Error {
  constructor(
    readonly index: number,
    readonly reason: unknown,
  ) {
    super('An event cannot be applied.');
  }
}

function isOfTheEvent(error: unknown): boolean {
  const code = driverCode(error);
  return code === undefined || /^SQLITE_(CONSTRAINT|MISMATCH|TOOBIG)/.test(code);
}

function applyOne(event: IncomingEvent, n: number, projections: readonly OpenProjection[]): void {
  if (projections.length === 0) return;
  const { position, recordedAtMs, original, stream, category, version, actor, event: told } = event;
  const logged = { n, position, recordedAtMs, original, stream, category, version, actor, event: told };
  for (const open of projections) {
    if (open.n < n) for (const change of open.projection.apply(logged, open.writer.view)) open.writer.write(change);
  }
}

/** Which projections an event is for, by category and type. */
function interestOf(open: readonly OpenProjection[]): (event: IncomingEvent) => readonly OpenProjection[] {
  const byType = new Map<string, readonly OpenProjection[]>();
  return ({ category, event }) => {
    const key = event ? `${category} ${event.type}` : category;
    const known = byType.get(key);
    if (known) return known;
    const interested = open.filter(({ projection: { categories, eventTypes } }) => {
      if (eventTypes === 'everything') return true;
      return event && categories.includes(category) && (eventTypes === 'all' || eventTypes.includes(event.type));
    });
    byType.set(key, interested);
    return interested;
  };
}

function after(place: Checkpoint, { position, id }: IncomingEvent): Checkpoint {
  return { n: place.n + 1, position, previous: place.position, eventId: id, origin: place.origin ?? id };
}

function checkpointRows(database: Database.Database, build: Build): readonly CheckpointRow[] {
  return database.prepare<[string], CheckpointRow>('SELECT * FROM checkpoints WHERE build = ?').all(build);
}

function checkpointOf(row: CheckpointRow | undefined): Checkpoint {
  if (!row) return NOTHING;
  return {
    n: row.n,
    position: (row.position ?? undefined) as Position | undefined,
    previous: (row.previous ?? undefined) as Position | undefined,
    eventId: row.event_id ?? undefined,
    origin: row.origin ?? undefined,
  };
}

function earlier(a: Checkpoint, b: Checkpoint): Checkpoint {
  return b.n < a.n ? b : a;
}

function begin(database: Database.Database, projection: Projection, build: Build): void {
  createTables(database, projection, build);
  database
    .prepare('INSERT INTO checkpoints (build, projection, version, n) VALUES (?, ?, ?, 0)')
    .run(build, projection.name, projection.version);
}

function end(database: Database.Database, row: CheckpointRow, build: Build): void {
  database.transaction(() => {
    dropTables(database, { name: row.projection, version: row.version }, build);
    database
      .prepare('DELETE FROM checkpoints WHERE build = ? AND projection = ? AND version = ?')
      .run(build, row.projection, row.version);
  })();
}

/** The swap: once the new version has come level, the tables of other versions go. */
function dropOthers(database: Database.Database, projections: readonly Projection[]): void {
  for (const row of checkpointRows(database, 'live')) {
    const current = projections.some(({ name, version }) => name === row.projection && version === row.version);
    if (!current) end(database, row, 'live');
  }
}
