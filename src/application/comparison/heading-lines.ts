import type { TextLine } from './text-lines';

/** A heading and the lines it takes. */
interface HeadingLines {
  /** As it stands, without Markdown's marks. */
  readonly heading: string;
  /** Number of lines from the heading's first line to its last. */
  readonly lines: number;
}

/** Longer lines are text, however they begin. Characters. */
const MAX_HEADING_LENGTH = 160;
/** A headline without number or mark is shorter still. Characters. */
const MAX_BARE_HEADLINE_LENGTH = 80;
const MAX_BARE_HEADLINE_WORDS = 12;
/** From here on a heading is a list item or text set in a list. Columns. */
const MAX_HEADING_INDENT = 3;

const ATX = /^#{1,6}(?:\s+(.*?))?(?:\s+#+)?$/u;
const SETEXT_UNDERLINE = /^(?:={2,}|-{3,})$/u;
const LIST_ITEM = /^(?:[-*+•·–▪◦]|\p{N}{1,3}[.)]|\p{Ll}[.)])\s/u;
const BLOCK_MARK = /^[-*+•·–▪◦|>#<![(]/u;
const SECTION_MARK = /^(?:§{1,2}\s*|(?:artikkel|article|kapittel|chapter|section|avsnitt|punkt)\s+)\p{N}+/iu;
const DEEP_NUMBER = /^\p{N}{1,3}(?:\.\p{N}{1,3})+\\?[.)]?\s+\S/u;
const SIMPLE_NUMBER = /^(\p{N}{1,3})\\?([.)])\s+(\S.*)$/u;
const ADDRESS = /@|:\/\/|www\.|\]\(/iu;
const EMPHASISED = /^(\*{1,3}|_{1,3})(\S.*\S|\S)\1[.:]?$/u;
/** "3. **Title.**": only a heading is emphasised whole. */
const NUMBERED_EMPHASIS = /^\p{N}{1,3}\\?\.\s+(\*{2,3}|__)[^*_]+\1[.:]?$/u;

/** Finds the headings of a text, line by line; `undefined` for every line that does not begin one. */
export function headingLines(lines: readonly TextLine[]): (HeadingLines | undefined)[] {
  const found: (HeadingLines | undefined)[] = [];
  const neighbours = nextTextLines(lines);
  let lastNumber = 0;
  while (found.length < lines.length) {
    const at = found.length;
    const place = placeOf(lines, neighbours, at);
    const heading = place === undefined ? undefined : headingAt(place, lastNumber);
    found.push(heading);
    if (heading === undefined) continue;
    lastNumber = simpleNumber(place?.text ?? '') ?? lastNumber;
    for (let line = 1; line < heading.lines; line += 1) found.push(undefined);
  }
  return found;
}

/** A line and what stands around it. */
interface Place {
  readonly text: string;
  readonly indent: number;
  /** The lines right before and after; empty where blank or absent. */
  readonly before: string;
  readonly after: string;
  /** The next line with text, and how many lines further on. */
  readonly next: string;
  readonly nextIn: number;
}

function nextTextLines(lines: readonly TextLine[]): number[] {
  const next: number[] = new Array<number>(lines.length).fill(lines.length);
  for (let at = lines.length - 2; at >= 0; at -= 1) {
    next[at] = lines[at + 1]?.text === '' ? (next[at + 1] ?? lines.length) : at + 1;
  }
  return next;
}

function placeOf(lines: readonly TextLine[], next: readonly number[], at: number): Place | undefined {
  const line = lines[at];
  if (line === undefined || line.text === '' || line.text.length > MAX_HEADING_LENGTH * 2) return undefined;
  const nextAt = next[at] ?? lines.length;
  return {
    text: line.text,
    indent: line.indent,
    before: lines[at - 1]?.text ?? '',
    after: lines[at + 1]?.text ?? '',
    next: lines[nextAt]?.text ?? '',
    nextIn: nextAt - at,
  };
}

function headingAt(place: Place, lastNumber: number): HeadingLines | undefined {
  const marked = markdownHeading(place);
  if (marked !== undefined) return marked;
  if (place.indent > MAX_HEADING_INDENT || place.text.length > MAX_HEADING_LENGTH) return undefined;
  const text = withoutEmphasis(place.text);
  const isHeading = startsWithNumber(text) ? isNumberedHeading(text, place, lastNumber) : isBareHeadline(text, place);
  return isHeading ? { heading: text, lines: 1 } : undefined;
}

function markdownHeading(place: Place): HeadingLines | undefined {
  const atx = ATX.exec(place.text);
  if (atx !== null && place.indent <= MAX_HEADING_INDENT) {
    const heading = withoutEmphasis(atx[1] ?? '');
    if (heading !== '') return { heading, lines: 1 };
    // Some converters leave the marks on a line of their own, above the title.
    const titled = place.next !== '' && place.next.length <= MAX_HEADING_LENGTH && !ATX.test(place.next);
    return titled ? { heading: withoutEmphasis(place.next), lines: place.nextIn + 1 } : undefined;
  }
  if (SETEXT_UNDERLINE.test(place.after) && place.text.length <= MAX_HEADING_LENGTH && !beginsBlock(place.text)) {
    return { heading: withoutEmphasis(place.text), lines: 2 };
  }
  return undefined;
}

function beginsBlock(text: string): boolean {
  return (BLOCK_MARK.test(text) && !EMPHASISED.test(text)) || SETEXT_UNDERLINE.test(text);
}

function startsWithNumber(text: string): boolean {
  return SECTION_MARK.test(text) || DEEP_NUMBER.test(text) || SIMPLE_NUMBER.test(text);
}

function isNumberedHeading(text: string, place: Place, lastNumber: number): boolean {
  if (place.indent > 0 || ADDRESS.test(text) || /[,;]$/u.test(text) || leadsIntoList(text, place)) return false;
  if (NUMBERED_EMPHASIS.test(place.text)) return true;
  const simple = SIMPLE_NUMBER.exec(text);
  if (simple === null) return !/\p{L}\.$/u.test(text);
  const title = simple[3] ?? '';
  if (/[.:]$/u.test(title) && !(title.endsWith(':') && isAlone(place))) return false;
  if (!/^[\p{Lu}\p{Lo}\p{N}"«“*_]/u.test(title) || place.next === '') return false;
  if (simple[2] === ')' && !isAlone(place)) return false;
  if (LIST_ITEM.test(place.before) || LIST_ITEM.test(place.after)) return false;
  // Items set apart by blank lines look like empty sections: only the numbering tells them from headings.
  const continues = simpleNumber(text) === lastNumber + 1;
  return continues || simpleNumber(place.next) === undefined;
}

function isBareHeadline(text: string, place: Place): boolean {
  if (!isAlone(place) || place.next === '' || ADDRESS.test(text)) return false;
  if (!/^[\p{Lu}\p{Lo}"«“¿]/u.test(text) || leadsIntoList(text, place)) return false;
  if (isAllCapitals(text)) return !/[.,;]$/u.test(text);
  const emphasised = text !== place.text;
  if (text.length > MAX_BARE_HEADLINE_LENGTH || text.split(/\s+/u).length > MAX_BARE_HEADLINE_WORDS) return false;
  if (emphasised) return !/[,;]$/u.test(text);
  // A field ("Telefon: 22 …"), a list in one line, a date or a sentence is no headline.
  return !/[.,;!…]$|[,;]|:.|\p{N}{3}|\p{N}[./]\p{N}/u.test(text);
}

function isAlone(place: Place): boolean {
  return place.before === '' && place.after === '';
}

/** "We use it to:" with a list below is part of the text. */
function leadsIntoList(text: string, place: Place): boolean {
  return text.endsWith(':') && LIST_ITEM.test(place.next);
}

function isAllCapitals(text: string): boolean {
  const letters = text.match(/\p{L}/gu) ?? [];
  return (
    letters.length >= 4 && letters.every((letter) => letter === letter.toUpperCase() && letter !== letter.toLowerCase())
  );
}

function simpleNumber(text: string): number | undefined {
  const match = SIMPLE_NUMBER.exec(text);
  return match === null ? undefined : Number(match[1]);
}

/** "**_3\. Title_**" reads "3. Title". */
function withoutEmphasis(text: string): string {
  let bare = text.trim();
  for (let match = EMPHASISED.exec(bare); match !== null; match = EMPHASISED.exec(bare)) bare = (match[2] ?? '').trim();
  const numbered = SIMPLE_NUMBER.exec(bare);
  if (numbered === null) return bare;
  return `${numbered[1]}${numbered[2]} ${withoutEmphasis(numbered[3] ?? '')}`;
}
