import type { Row, Table, Value } from '../../../projections/projection';

/** What folds ask of a table again and again, kept in memory: the same as the table holds, as nobody else writes it. */
export interface RowMemory {
  /** The row with this key, when it was written lately. */
  written(key: Value | undefined): Row | undefined;
  /** The answer to a question about rows that never change; else it is asked of the table. */
  answer(match: Row, ask: () => readonly Row[]): readonly Row[];
  /** The greatest key of rows that are never removed. */
  greatest(ask: () => number | undefined): number | undefined;
  inserted(row: Row): void;
  updated(match: Row, set: Row): void;
  /** The transaction that wrote some of it was taken back. */
  forget(): void;
}

/** Most answers kept of one table that were given lately, and as many of those before them. */
const MAX_KEPT = 2_000;
/** Rows kept as they were written: a fold asks next for what it wrote last. */
const MAX_WRITTEN = 500;

export function rowMemory({ key }: Pick<Table, 'key'>): RowMemory {
  const [only = '', ...others] = key;
  let kept = new Map<string, readonly Row[]>();
  let older = new Map<string, readonly Row[]>();
  const lately = new Map<Value, Row>();
  /** What was asked last and is not there. */
  let missed: { readonly asked: string; readonly match: Row } | undefined;
  let top: { readonly key: number | undefined } | undefined;

  const written = (value: Value | undefined) =>
    others.length > 0 || value === undefined ? undefined : lately.get(value);

  function keep(asked: string, rows: readonly Row[]): void {
    if (kept.size >= MAX_KEPT) {
      older = kept;
      kept = new Map();
    }
    kept.set(asked, rows);
  }

  function remember(row: Row): void {
    const value = row[only];
    if (others.length > 0 || value === undefined) return;
    if (lately.size >= MAX_WRITTEN) lately.clear();
    lately.set(value, row);
    if (top && typeof value === 'number') top = { key: Math.max(top.key ?? value, value) };
  }

  return {
    written,
    answer: (match, ask) => {
      const asked = questionOf(match);
      const known = kept.get(asked);
      if (known) return known;
      if (missed?.asked === asked) return [];
      const found = older.get(asked) ?? ask();
      if (found.length > 0) keep(asked, found);
      else missed = { asked, match };
      return found;
    },
    greatest: (ask) => {
      top ??= { key: ask() };
      return top.key;
    },
    inserted: (row) => {
      remember(row);
      if (missed && Object.entries(missed.match).every(([column, value]) => row[column] === value)) {
        keep(missed.asked, [row]);
      }
      missed = undefined;
    },
    updated: (match, set) => {
      const value = match[only];
      const row = written(value);
      if (row && value !== undefined && Object.keys(match).length === 1) lately.set(value, { ...row, ...set });
      else lately.clear();
    },
    forget: () => {
      kept.clear();
      older.clear();
      lately.clear();
      missed = undefined;
      top = undefined;
    },
  };
}

function questionOf(match: Row): string {
  const [only, ...others] = Object.keys(match);
  return only !== undefined && others.length === 0 ? `${only} ${match[only]}` : JSON.stringify(match);
}
