import { insert, numberOf, type Row, type RowChange, type Table, type View } from './projection';

/**
 * Table that gives ids and names small numbers, in the order in which they are first met. Written out, ids of 36
 * characters would be most of every row that bears them and of every index.
 */
export function numbersOf(...names: readonly string[]): Table {
  const columns = Object.fromEntries(names.map((name) => [name, 'text' as const]));
  return {
    columns: { number: 'integer', ...columns },
    key: ['number'],
    fixed: true,
    indexes: { by_name: { columns: names, whileBuilding: true } },
  };
}

/** What one event changes, with the numbers it is the first to need. */
export interface Numbering {
  /** The number of these names; the next free one if they have none yet. */
  of(table: string, names: Row): number;
  /** Rows of the numbers given by this event. */
  given(): readonly RowChange[];
}

export function numbering(view: View): Numbering {
  const given: RowChange[] = [];
  let fresh: Map<string, number> | undefined;
  const next = (table: string): number => {
    const mine = given.filter((change) => change.table === table).length;
    return (view.greatest(table, 'number', 0, Number.MAX_SAFE_INTEGER) ?? 0) + mine + 1;
  };
  return {
    of: (table, names) => {
      const known = numberIn(table, names, view);
      if (known !== undefined) return known;
      const key = JSON.stringify([table, ...Object.values(names)]);
      fresh ??= new Map();
      const number = fresh.get(key) ?? next(table);
      if (!fresh.has(key)) {
        fresh.set(key, number);
        given.push(insert(table, { number, ...names }));
      }
      return number;
    },
    given: () => given,
  };
}

/** The number that these names have; undefined: none yet. */
export function numberIn(table: string, names: Row, view: View): number | undefined {
  const known = view.rows(table, names)[0];
  return known && numberOf(known, 'number');
}

/** Numbers of names of one table, found once: those of policies, versions and people are asked for at every fact. */
export interface FoundNumbers {
  /** Undefined: none yet. */
  find(name: string): number | undefined;
  /** The next free one if they have none yet. */
  numberOf(name: string, numbers: Numbering): number;
}

/** Most numbers kept of one table that were asked for lately, and as many of those before them. */
const MAX_FOUND = 20_000;

/** @param view whose rows they stand in: of another view, others have to be found */
export function foundNumbers(view: View, table: string, column: string): FoundNumbers {
  let found = new Map<string, number>();
  let older = new Map<string, number>();
  const find = (name: string): number | undefined => {
    const known = found.get(name);
    if (known !== undefined) return known;
    const number = older.get(name) ?? numberIn(table, { [column]: name }, view);
    if (number === undefined) return undefined;
    if (found.size >= MAX_FOUND) {
      older = found;
      found = new Map();
    }
    found.set(name, number);
    return number;
  };
  return { find, numberOf: (name, numbers) => find(name) ?? numbers.of(table, { [column]: name }) };
}
