import { linesOf } from '../comparison/text-lines';
import { type FoundDate, findDates } from './text-dates';

/** What a text says about itself. */
export interface TextFacts {
  /** The civil date it says it applies from or was last changed on. */
  readonly effectiveOn?: string;
  /** Its version as it calls it, to the letter: "Versjon 2. rev. 10". */
  readonly label?: string;
  readonly title?: string;
  /** The lines, counted from 1, where each was found. */
  readonly lines: { readonly effectiveOn?: number; readonly label?: number; readonly title?: number };
}

/** Date and version stand at a text's head or foot; elsewhere a date is about something else. Lines with text. */
const HEAD_LINES = 40;
const FOOT_LINES = 20;
/** The title is the first line, but for notices above it. Lines with text. */
const TITLE_LINES = 6;
/** A longer line is a paragraph. Characters. */
const MAX_FACT_LINE_LENGTH = 400;
const MAX_TITLE_LENGTH = 120;

/**
 * Finds date, version label and title of a policy in lines such as "Sist oppdatert: 1. mars 2024 – Versjon 2. rev. 1",
 * "Gjelder frå 01.03.2024", "Effective date: March 1, 2024", "Version 2.1"; in bokmål, nynorsk and English.
 *
 * The date it says it applies from goes before the date it was changed, head before foot, first before later. What is
 * no date (31 February), or may be two (03/04/2024), is passed over. Nothing is guessed: a fact not found is absent.
 */
export function findTextFacts(text: string): TextFacts {
  const lines = factLinesOf(text);
  const date = dateIn(lines.head) ?? dateIn(lines.foot);
  const label = labelIn(lines.head) ?? labelIn(lines.foot);
  const title = titleIn(lines.head.slice(0, TITLE_LINES));
  return {
    ...(date === undefined ? {} : { effectiveOn: date.value }),
    ...(label === undefined ? {} : { label: label.value }),
    ...(title === undefined ? {} : { title: title.value }),
    lines: {
      ...(date === undefined ? {} : { effectiveOn: date.line }),
      ...(label === undefined ? {} : { label: label.line }),
      ...(title === undefined ? {} : { title: title.line }),
    },
  };
}

interface FactLine {
  readonly number: number;
  /** Without Markdown's marks; white space as single spaces. */
  readonly text: string;
  readonly dates: readonly FoundDate[];
  /** Nothing in the line before leads to it, and nothing in the next goes on; or it is a heading by its marks. */
  readonly opens: boolean;
  readonly closes: boolean;
}

interface Found {
  readonly value: string;
  readonly line: number;
}

function factLinesOf(text: string): { head: FactLine[]; foot: FactLine[] } {
  const texts = linesOf(text).map((line) => line.text);
  const filled = texts.flatMap((line, at) => (line === '' ? [] : [{ line, at }]));
  const lineOf = ({ line, at }: { line: string; at: number }): FactLine[] =>
    factLineOf(line, at, texts[at - 1] ?? '', texts[at + 1] ?? '');
  return {
    head: filled.slice(0, HEAD_LINES).flatMap(lineOf),
    foot: filled.slice(Math.max(HEAD_LINES, filled.length - FOOT_LINES)).flatMap(lineOf),
  };
}

function factLineOf(line: string, at: number, previous: string, next: string): FactLine[] {
  if (line.length > MAX_FACT_LINE_LENGTH) return [];
  const text = line
    .replace(/^[#>\s]+/u, '')
    .replace(/[*_`\u00ad]/gu, '')
    .replace(/\s+/gu, ' ')
    .trim();
  if (!/[\p{L}\p{N}]/u.test(text)) return [];
  const marked = line.startsWith('#');
  const closes = marked || next === '' || /^(?:=+|-+)$/u.test(next);
  return [{ number: at + 1, text, dates: findDates(text), opens: marked || previous === '', closes }];
}

const WEEKDAYS = [
  ...['mandag', 'tirsdag', 'onsdag', 'torsdag', 'fredag', 'lørdag', 'søndag'],
  ...['måndag', 'tysdag', 'laurdag', 'sundag'],
  ...['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'],
].join('|');
/** What may stand between the phrase and its date. */
const TO_DATE = String.raw`(?:[\s:.\-–—(]|(?:${WEEKDAYS}),|(?:${WEEKDAYS}|dato|date|den|per|pr|fra|frå|from|on|as|of|og|med|and|is|er|the)(?!\p{L})){0,12}$`;
/** A phrase begins its line or a part of it, or is said of the document. */
const FROM_START = String.raw`(?:^|[,;:.|(–—-]\s*|(?:erklæring|erklæringa|erklæringen|policy|notice|statement|terms|vilkår|vilkåra|vilkårene|avtale|avtalen|dokument|dokumentet|versjon|versjonen|version|agreement)(?:\s\p{L}+){0,3}?\s)`;
const phrase = (words: string): RegExp => new RegExp(`${FROM_START}(?:${words})${TO_DATE}`, 'iu');

const APPLIES_WORDS = [
  ...['gjelder', 'gjeld', 'gjeldende', 'gjeldande', 'gyldig', 'trer i kraft', 'trår i kraft', 'i kraft'],
  ...['ikrafttredelse(?:sdato)?', 'ikraftsetjing', 'virkningsdato', 'verknadsdato', 'effective', 'takes effect'],
  ...['in effect', 'in force', 'applies', 'applicable', 'valid', 'entry into force'],
].join('|');
const CHANGED_WORDS = [
  ...['oppdatert', 'oppdatering', 'oppdateringa', 'endret', 'endra', 'endring', 'revidert', 'revisjon', 'datert'],
  ...['publisert', 'godkjent', 'vedtatt', 'vedteke', 'updated', 'update', 'modified', 'revised', 'revision', 'changed'],
  ...['amended', 'dated', 'published', 'posted', 'issued', 'dato', 'date', 'versjon', 'version'],
].join('|');
const APPLIES_FROM = phrase(APPLIES_WORDS);
const CHANGED_ON = phrase(`(?:(?:sist|siste|last|latest|date of last) )?(?:${CHANGED_WORDS})`);

/** The words of both phrases, to where a fact begins. */
const DATE_PHRASE = new RegExp(`(?:(?:sist|siste|last|latest) )?(?:${APPLIES_WORDS}|${CHANGED_WORDS})(?!\\p{L})`, 'iu');

function dateIn(lines: readonly FactLine[]): Found | undefined {
  return dateAfter(APPLIES_FROM, lines) ?? dateAfter(CHANGED_ON, lines) ?? dateAlone(lines);
}

function dateAfter(phraseBefore: RegExp, lines: readonly FactLine[]): Found | undefined {
  for (const line of lines) {
    const date = line.dates.find((found) => phraseBefore.test(line.text.slice(0, found.from)));
    if (date !== undefined) return { value: date.date, line: line.number };
  }
  return undefined;
}

/** "1. mars 2024", "Oslo, 1. mars 2024". */
function dateAlone(lines: readonly FactLine[]): Found | undefined {
  for (const line of lines) {
    const [date] = line.dates;
    if (date === undefined || line.dates.length > 1) continue;
    const before = line.text.slice(0, date.from);
    const after = line.text.slice(date.to);
    if (/^(?:\p{Lu}\p{L}+,? )?(?:den )?$/u.test(before) && /^\.?$/u.test(after))
      return { value: date.date, line: line.number };
  }
  return undefined;
}

const NUMBER = String.raw`\p{N}{1,6}(?:[.\-]\p{N}{1,6}){0,4}\p{L}?(?![\p{L}\p{N}])`;
const REVISION = String.raw`(?:[.,]?\s?(?:rev|revisjon|revision|utg|utgave|utgåve|build)\.?\s?\p{N}{1,6}(?:\.\p{N}{1,6}){0,3}\p{L}?(?![\p{L}\p{N}]))?`;
const LABEL = new RegExp(
  String.raw`(?<![\p{L}\p{N}])(?:(?:versjon|version|utgave|utgåve|revisjon|revision)(?:snummer|snr\.?| nr\.?| no\.?| number| nummer)?[:.]?\s?v?\.?\s?${NUMBER}|v\.?\s?\p{N}{1,4}(?:\.\p{N}{1,4}){1,3}(?![\p{L}\p{N}]))${REVISION}`,
  'giu',
);

function labelIn(lines: readonly FactLine[]): Found | undefined {
  for (const line of lines) {
    for (const match of line.text.matchAll(LABEL)) {
      const to = match.index + match[0].length;
      // "Versjon 1. mars 2024" is a date, and "TLS version 1.2" in a sentence another thing's version.
      const isDate = line.dates.some((date) => date.from > match.index && date.from < to && date.to > to);
      if (!isDate && standsApart(line, match.index, to)) return { value: match[0].trim(), line: line.number };
    }
  }
  return undefined;
}

function standsApart(line: FactLine, from: number, to: number): boolean {
  const before = line.text.slice(0, from);
  const after = line.text.slice(to);
  if (before !== '' && line.dates.length === 0 && !/[–—|,;:(·/-]\s?$/u.test(before)) {
    return line.text.length <= MAX_TITLE_LENGTH && /^[\s).]*$/u.test(after) && !/[.!?]\s/u.test(before);
  }
  return before === '' || line.dates.length > 0 || /^\s*(?:[–—|,;:()·/.-]|$)/u.test(after);
}

function titleIn(lines: readonly FactLine[]): Found | undefined {
  for (const [at, line] of lines.entries()) {
    const fact = factStart(line);
    if (!line.opens && factStart(lines[at - 1]) !== 0) continue;
    if (!line.closes && factStart(lines[at + 1]) !== 0) continue;
    // "We have updated this policy, effective …" is a sentence about the date.
    if (fact < line.text.length && !/[–—|,;:(·/-]\s?$/u.test(line.text.slice(0, fact))) continue;
    const title = line.text.slice(0, fact).replace(/[\s–—|,;:(·/-]+$/u, '');
    // A sentence, a field, an address or a numbered section is no title.
    if (!/^[\p{L}"«“]/u.test(title) || title.length > MAX_TITLE_LENGTH || /[.,;:!]$|:\s|@|:\/\//u.test(title)) continue;
    return { value: title, line: line.number };
  }
  return undefined;
}

/** Where on the line its date or version begins; 0 where the line is about nothing else, its length where there is none. */
function factStart(line: FactLine | undefined): number {
  if (line === undefined) return -1;
  const label = Array.from(line.text.matchAll(LABEL)).find((match) =>
    standsApart(line, match.index, match.index + match[0].length),
  );
  const before = line.text.slice(0, line.dates[0]?.from ?? line.text.length);
  const dated = line.dates.length > 0 ? before.search(DATE_PHRASE) : -1;
  const starts = [label?.index ?? -1, dated].filter((start) => start >= 0);
  if (line.dates.length > 0 && dated < 0) starts.push(0);
  return Math.min(line.text.length, ...starts);
}
