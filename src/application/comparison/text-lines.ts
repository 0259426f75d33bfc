import { normalForm } from './text-tokens';

/** One line of a text. */
export interface TextLine {
  /** Offset of its first character. */
  readonly start: number;
  /** Offset after its line end. */
  readonly end: number;
  /** Without line end and outer white space; NFC. */
  readonly text: string;
  /** Columns of white space before the text. */
  readonly indent: number;
}

const LINE = /[^\n\r\u2028\u2029]*(?:\r\n|[\n\r\u2028\u2029]|$)/gu;

export function linesOf(text: string): TextLine[] {
  const lines: TextLine[] = [];
  for (const match of text.matchAll(LINE)) {
    if (match[0] === '') continue;
    const trimmed = match[0].trim();
    lines.push({
      start: match.index,
      end: match.index + match[0].length,
      text: normalForm(trimmed),
      indent: match[0].length - match[0].trimStart().length,
    });
  }
  return lines;
}
