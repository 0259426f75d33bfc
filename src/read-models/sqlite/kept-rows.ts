import type { Row, Value } from '../../../projections/projection';

/** Rows of a table as they stand by now, kept in memory: nobody else writes them. */
export interface KeptRows {
  /** The row with this key, from memory or from the table. */
  get(key: readonly Value[], ask: () => Row | undefined): Row | undefined;
  inserted(row: Row): void;
  updated(match: Row, set: Row): void;
  /** The transaction that wrote some of them was taken back. */
  forget(): void;
}

/** @param most so many that were asked for lately, half of them at least */
export function keptRows(key: readonly string[], most: number): KeptRows {
  let kept = new Map<string, { [column: string]: Value }>();
  let older = new Map<string, { [column: string]: Value }>();

  function keep(name: string, row: { [column: string]: Value }): Row {
    if (kept.size >= most / 2) {
      older = kept;
      kept = new Map();
    }
    kept.set(name, row);
    return row;
  }

  function forget(): void {
    kept = new Map();
    older = new Map();
  }

  return {
    get: (values, ask) => {
      const name = nameOf(values);
      const known = kept.get(name);
      if (known) return known;
      const found = older.get(name) ?? ask();
      return found && keep(name, found);
    },
    inserted: (row) => {
      keep(nameOf(key.map((column) => row[column] ?? null)), { ...row });
    },
    updated: (match, set) => {
      let name = '';
      for (const column of key) {
        const value = match[column];
        if (value === undefined) return forget();
        name = withPart(name, value);
      }
      const known = kept.get(name) ?? older.get(name);
      // In place: a new object for each would outlive many others, which is what collecting them costs most for.
      if (known) Object.assign(known, set);
    },
    forget,
  };
}

function nameOf(key: readonly Value[]): string {
  let name = '';
  for (const value of key) name = withPart(name, value);
  return name;
}

function withPart(name: string, value: Value): string {
  return `${name}${value} `;
}
