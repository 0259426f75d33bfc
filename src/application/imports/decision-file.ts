import { createReadStream } from 'node:fs';
import { pipeline, Readable } from 'node:stream';
import { CsvError, type Info, parse } from 'csv-parse';
import { Refusal } from '../../domain/refusal';
import { DECISION_COLUMNS, REQUIRED_COLUMNS, rowOfColumns, rowOfJson } from './decision-columns';
import type { NumberedRow } from './decision-rows';

/** Longest record, in bytes. */
const MAX_RECORD_BYTES = 262_144;

const formatUnknown = () =>
  new Refusal('IMPORT_FORMAT_UNKNOWN', 'Give a file whose name ends in .csv or .jsonl.', 'I3');
const notUtf8 = () => new Refusal('IMPORT_NOT_UTF_8', 'The file is not UTF-8.', 'I3');
const fileInvalid = (line: number, why: string) => new Refusal('IMPORT_FILE_INVALID', `Line ${line}: ${why}`, 'I3');
const cellsAmiss = () =>
  new Refusal('IMPORT_LINE_INVALID', 'This line has not as many cells as the first has names.', 'I3');
const columnUnknown = (column: string) =>
  new Refusal('IMPORT_COLUMN_UNKNOWN', `There is no column ${JSON.stringify(column.slice(0, 40))}.`, 'I3');
const columnMissing = (column: string) =>
  new Refusal('IMPORT_COLUMN_MISSING', `The column ${column} is missing.`, 'I3');

/**
 * The rows of a file of old decisions, to be read as often as asked: CSV with a line of column names, or JSON objects
 * one a line. Columns are the fields of `DecisionRow`; in CSV an empty cell is absent, and purposes are joined by
 * semicolons. Rows are numbered by their line in the file; one that cannot be read is refused by itself.
 *
 * @throws Refusal IMPORT_FORMAT_UNKNOWN at once; IMPORT_NOT_UTF_8, IMPORT_FILE_INVALID, IMPORT_COLUMN_UNKNOWN,
 * IMPORT_COLUMN_MISSING while it is read
 * @throws Error of the operating system, when the file cannot be read
 */
export function decisionFile(path: string): () => AsyncIterable<NumberedRow> {
  if (/\.csv$/i.test(path)) return () => csvRows(path);
  if (/\.jsonl$/i.test(path)) return () => jsonRows(path);
  throw formatUnknown();
}

async function* csvRows(path: string): AsyncGenerator<NumberedRow> {
  let hasNames = false;
  /** Lines of other cells so far, as the parser counts them. */
  let amiss = 0;
  const namesSeen = (names: readonly string[]) => {
    hasNames = true;
    return columns(names);
  };
  const options = { bom: true, info: true, skip_empty_lines: true, max_record_size: MAX_RECORD_BYTES } as const;
  // Cells that are missing or too many break a line, not the file: the lines after it are told about too.
  const parser = parse({ ...options, columns: namesSeen, relax_column_count: true });
  pipeline(Readable.from(textOf(path)), parser, () => undefined);
  try {
    for await (const { record, info } of parser as AsyncIterable<{ record: Record<string, string>; info: Info }>) {
      const isAmiss = info.invalid_field_length > amiss;
      amiss = info.invalid_field_length;
      yield { row: info.lines, decision: isAmiss ? cellsAmiss() : rowOfColumns(record) };
    }
    // A file without a line is what is left of an export that failed.
    if (!hasNames) throw columnMissing(REQUIRED_COLUMNS[0]);
  } catch (error) {
    if (error instanceof CsvError) throw fileInvalid(parser.info.lines, 'this is not CSV.');
    throw error;
  }
}

function columns(names: readonly string[]): string[] {
  const unknown = names.find((name) => !DECISION_COLUMNS.some((column) => column === name));
  if (unknown !== undefined) throw columnUnknown(unknown);
  const missing = REQUIRED_COLUMNS.find((column) => !names.includes(column));
  if (missing !== undefined) throw columnMissing(missing);
  return [...names];
}

async function* jsonRows(path: string): AsyncGenerator<NumberedRow> {
  let row = 0;
  let rest = '';
  for await (const chunk of textOf(path)) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > MAX_RECORD_BYTES) throw fileInvalid(row + lines.length + 1, 'this line is too long.');
    for (const line of lines) {
      row += 1;
      if (line.trim() !== '') yield { row, decision: rowOfJson(line) };
    }
  }
  if (rest.trim() !== '') yield { row: row + 1, decision: rowOfJson(rest) };
}

/** Without the mark that may begin it; what is no UTF-8 is refused rather than mended: it may be part of an id. */
async function* textOf(path: string): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const decode = (bytes?: Uint8Array) => {
    try {
      return bytes ? decoder.decode(bytes, { stream: true }) : decoder.decode();
    } catch {
      throw notUtf8();
    }
  };
  for await (const bytes of createReadStream(path)) yield decode(bytes as Buffer);
  yield decode();
}
