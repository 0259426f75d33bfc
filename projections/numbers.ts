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
  const fresh = new Map<string, number>();
  const next = (table: string): number => {
    const mine = given.filter((change) => change.table === table).length;
    return (view.greatest(table, 'number', 0, Number.MAX_SAFE_INTEGER) ?? 0) + mine + 1;
  };
  return {
    of: (table, names) => {
      const known = numberIn(table, names, view);
      if (known !== undefined) return known;
      const key = JSON.stringify([table, ...Object.values(names)]);
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
