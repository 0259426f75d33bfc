import type { LoggedEvent } from '../../projections/projection';
import type { Position } from '../event-store/event-store';

/** An event that has been read from the log and not yet numbered. */
export interface IncomingEvent extends Omit<LoggedEvent, 'n'> {
  readonly id: string;
  readonly position: Position;
}

/** The last event handled, with what tells its log from another. */
export interface Checkpoint {
  readonly n: number;
  readonly position: Position | undefined;
  /** Position of the event before it, for reading it again. */
  readonly previous: Position | undefined;
  readonly eventId: string | undefined;
  /** Id of the log's first event. */
  readonly origin: string | undefined;
}

export interface AppliedBatch {
  /** How many events of the batch were applied, from the first on. */
  readonly applied: number;
  /** Why the next one could not be. */
  readonly failure: unknown;
}

/** Where the runner puts what projections answer. */
export interface ProjectionTables {
  /** The least of the projections' checkpoints: reading goes on after it. Another object once anything was applied. */
  checkpoint(): Checkpoint;
  /** False while the log is read again for a projection that is behind the others. */
  isLevel(): boolean;
  /**
   * Applies events that follow the checkpoint, in one transaction with the new checkpoint. When one cannot be applied
   * those before it are, and the failure is answered.
   * @throws ReadModelDamaged
   * @throws Error the storage failed; nothing was applied
   */
  apply(events: readonly IncomingEvent[]): AppliedBatch;
  /**
   * Called whenever the backlog is done: makes the missing indexes and lets go of tables of other versions.
   * @throws ReadModelDamaged
   */
  finish(): void;
  /** Drops the indexes that no fold needs, before much is applied that nobody asks for; {@link finish} makes them again. */
  bare(): void;
  /** Drops these tables. */
  discard(): void;
}

/** All tables of the read models. */
export interface ReadModelStorage {
  /** Those that answer. */
  live(): ProjectionTables;
  /** Empty tables of these projections, or of all, beside the live ones; left-overs of an earlier attempt go. */
  beginRebuild(names?: readonly string[]): ProjectionTables;
  /** Puts the rebuilt tables in the place of the live ones, which stood at the same checkpoint. */
  swap(): void;
  /** Empties the live tables: they were made from another log. */
  reset(): void;
}
