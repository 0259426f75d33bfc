import { stringify } from 'csv-stringify/sync';

export type CsvCell = string | number | boolean | undefined;

/**
 * Tells Excel that the bytes are UTF-8, which it takes for the system's old code page otherwise. Other readers pass it
 * over, or show it in front of the first cell, which is never one of a table's own.
 */
const BYTE_ORDER_MARK = '\uFEFF';

/** A table after RFC 4180: every line has as many cells, commas between them, and ends with CR and LF. */
export interface CsvTable {
  /** The beginning of the file: what stands above the table, one name with its value on a line, and an empty line. */
  head(pairs: readonly (readonly [name: string, ...values: readonly CsvCell[]])[]): Uint8Array;
  lines(records: readonly (readonly CsvCell[])[]): Uint8Array;
}

/**
 * @param width cells of every line; what is shorter is filled up
 */
export function csvTable(width: number): CsvTable {
  const filled = (cells: readonly CsvCell[]) => Array.from({ length: width }, (_, index) => printable(cells[index]));
  const text = (records: readonly (readonly CsvCell[])[]) => stringify(records.map(filled), OPTIONS);
  return {
    head: (pairs) => Buffer.from(BYTE_ORDER_MARK + text([...pairs, []]), 'utf8'),
    lines: (records) => Buffer.from(text(records), 'utf8'),
  };
}

const OPTIONS = {
  record_delimiter: '\r\n',
  // A line end of any kind stays in its cell. Some readers drop white space at the ends of what is not quoted.
  quoted_match: /^\s|\s$|[\r\n]/,
  cast: { boolean: (value: boolean) => (value ? 'true' : 'false') },
};

/** Readers written in C end a text at a NUL. */
function printable(cell: CsvCell): CsvCell {
  return typeof cell === 'string' ? withoutFormulas(cell.replaceAll('\0', '\uFFFD')) : cell;
}

const MAY_BEGIN_FORMULA = /^[\s"=+\-@＝＋－＠]|[;\t\r\n]/u;
const FORMULA_BEGINS = /^(?=[\t\r])|(?<=^|[;\t\r\n])(?=(?:[^\S\r\n]|")*[=+\-@＝＋－＠])/gu;

/**
 * What a spreadsheet would take for a formula gets an apostrophe in front: = + - @, also in full width, a tab, a carriage
 * return. A cell begins after a semicolon or a line end, too: where a comma stands in numbers, as in Norway, Excel cuts
 * lines at semicolons, and quotes in the middle of a line keep nothing together then.
 */
function withoutFormulas(cell: string): string {
  return MAY_BEGIN_FORMULA.test(cell) ? cell.replace(FORMULA_BEGINS, "'") : cell;
}
