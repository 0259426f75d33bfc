import type { KnownEvent, KnownEventType } from '../src/domain/stored-events';

/**
 * A read model as a pure fold: what its tables look like, and which rows an event changes. No clock, no store. The
 * same events give the same rows at every replay. A changed fold gets a new version; its tables are then built beside
 * the old ones.
 */
export interface Projection {
  /** Lower-case words joined by hyphens. With the version it names the tables. */
  readonly name: string;
  readonly version: number;
  /** Categories of streams that it reads: an event of unknown type in one of them stops the node (rule S6). */
  readonly categories: readonly string[];
  /** Types it is given; `all` types of its categories; or `everything` that nodes read, of whatever category. */
  readonly eventTypes: readonly KnownEventType[] | 'all' | 'everything';
  readonly tables: { readonly [table: string]: Table };
  /** @throws FoldBroken when the event cannot follow what was applied before it; the node then stops */
  apply(event: LoggedEvent, view: View): readonly RowChange[];
}

/** A projection over listed types: its fold is handed those alone, and the compiler asks for each of them. */
export interface Fold<Type extends KnownEventType> extends Omit<Projection, 'eventTypes' | 'apply'> {
  readonly eventTypes: readonly Type[];
  /** @param version the event's place in its stream */
  apply(event: EventOf<Type>, n: number, view: View, version: number): readonly RowChange[];
}

export type EventOf<Type extends KnownEventType> = Extract<KnownEvent, { readonly type: Type }>;

export function projectionOf<Type extends KnownEventType>(fold: Fold<Type>): Projection {
  return { ...fold, apply: ({ event, n, version }, view) => fold.apply(event as EventOf<Type>, n, view, version) };
}

export interface Table {
  readonly columns: { readonly [column: string]: 'text' | 'integer' | 'text?' | 'integer?' };
  readonly key: readonly string[];
  /**
   * Rows are only ever added, and no question put to {@link View.rows} matches more than one: what was found once may
   * be kept in memory, as folds ask for the same few names again and again.
   */
  readonly fixed?: true;
  /** Rows are added all the time and seldom asked for by the fold: several are written at once. */
  readonly gathered?: true;
  /** So many rows are kept in memory as they stand by now: a fold asks for the same ones again and again. */
  readonly kept?: number;
  readonly indexes?: { readonly [index: string]: Index };
}

export interface Index {
  readonly columns: readonly string[];
  /** Needed by the fold itself; the others are made once a rebuild has come to its end. */
  readonly whileBuilding?: boolean;
}

export type Value = string | number | null;
export type Row = { readonly [column: string]: Value };

export type RowChange =
  | { readonly kind: 'insert'; readonly table: string; readonly row: Row }
  /** Sets columns of the one row with this key. */
  | { readonly kind: 'update'; readonly table: string; readonly key: Row; readonly set: Row };

/** The projection's own rows, with every change applied so far. */
export interface View {
  get(table: string, key: readonly Value[]): Row | undefined;
  /** Rows that have these values. Cheap only where key or an index begins with these columns. */
  rows(table: string, match: Row): readonly Row[];
  /** The last in the order of the key among the rows that have these values and at most this one in a column. */
  last(table: string, match: Row, column: string, atMost: Value): Row | undefined;
  /** Greatest value of an integer column among the rows whose one-column key lies between two bounds, inclusive. */
  greatest(table: string, column: string, from: number, to: number): number | undefined;
}

/** One event of the log, as projections see it. */
export interface LoggedEvent {
  /** Its ordinal: 1, 2, 3 … over all events that nodes read. Rows store ordinals; they compare as numbers. */
  readonly n: number;
  /** Its position, as text that only the port can compare: for the clock projection alone. */
  readonly position: string;
  /** The store's own stamp. It may step back; the clock projection makes the log's clock of it (rule S4). */
  readonly recordedAtMs: number;
  /** Where it stood and when it was recorded in the log that this one is a copy of (rule N1). */
  readonly original: { readonly position: string | undefined; readonly recordedAtMs: number | undefined } | undefined;
  readonly stream: string;
  readonly category: string;
  /** Place in the stream. */
  readonly version: number;
  readonly actor: string | undefined;
  /** Undefined in categories that no projection lists. */
  readonly event: KnownEvent | undefined;
}

/** An event that cannot follow what stands before it. The message names no value. */
export class FoldBroken extends Error {
  override readonly name = 'FoldBroken';
}

/** A column that always holds text. */
export function textOf(row: Row, column: string): string {
  const value = row[column];
  if (typeof value !== 'string') throw new FoldBroken(`Column ${column} holds no text.`);
  return value;
}

/** A column that always holds a whole number. */
export function numberOf(row: Row, column: string): number {
  const value = row[column];
  if (typeof value !== 'number') throw new FoldBroken(`Column ${column} holds no number.`);
  return value;
}

/** The row that an event speaks of. @throws FoldBroken when there is none */
export function existing<Found>(row: Found | undefined, what: string): Found {
  if (row === undefined) throw new FoldBroken(`The event speaks of a ${what} that was never recorded.`);
  return row;
}

export function insert(table: string, row: Row): RowChange {
  return { kind: 'insert', table, row };
}

export function update(table: string, key: Row, set: Row): RowChange {
  return { kind: 'update', table, key, set };
}
