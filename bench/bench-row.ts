/** One line of the table that `npm run bench` prints: a figure set against a limit measured in the same run. */
export interface BenchRow {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** The limit in words, with the figure it is taken from. */
  readonly limit: string;
  /** Value divided by the reference of the limit: this, not the value, is comparable between machines. */
  readonly ratio: number;
  readonly ok: boolean;
}

/** Prints rows as a table and tells a shell by its exit code whether every limit was kept. */
export function printBenchRows(rows: readonly BenchRow[]): void {
  console.table(
    rows.map(({ name, value, unit, limit, ratio, ok }) => ({
      name,
      value: `${value.toFixed(value < 100 ? 1 : 0)} ${unit}`,
      limit,
      ratio: ratio.toFixed(2),
      ok: ok ? 'ok' : 'MISSED',
    })),
  );
  if (rows.some((row) => !row.ok)) {
    process.exitCode = 1;
  }
}

/** The middle value; of an even number the upper of the two. */
export function median(values: readonly number[]): number {
  const middle = values.toSorted((a, b) => a - b)[values.length >> 1];
  if (middle === undefined) {
    throw new RangeError('There is no median of nothing.');
  }
  return middle;
}
