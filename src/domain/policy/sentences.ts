/** A sentence of a text, as it stands there. */
export interface Sentence {
  readonly text: string;
  /** Where it begins in the text. */
  readonly at: number;
  /** It stands in a list item. */
  readonly listed: boolean;
  /** Its words and marks, lower case and NFC, without emphasis, link targets and soft hyphens. */
  readonly words: readonly SentenceWord[];
}

interface SentenceWord {
  readonly word: string;
  /** Where it begins and ends in the sentence. */
  readonly from: number;
  readonly to: number;
}

/** A longer sentence is cut. Words and marks; the longest clause looked for is far shorter. */
const MAX_SENTENCE_WORDS = 400;
/** A longer word is no word of a clause; only its beginning is kept. Characters. */
const MAX_WORD_LENGTH = 40;

const PIECE = /\]\([^\s)]{0,200}\)|[\p{L}\p{M}\p{N}\u00ad\u200b-\u200d\u2060]+|\S/gu;
const INVISIBLE = /[\u00ad\u200b-\u200d\u2060]/gu;
/** Emphasis, brackets and link targets are no part of what a sentence says. */
const UNSAID = /^(?:[*_`#[\]>•·|]|\]\(.*\))$/su;
const CLOSING = /^["'»”’)*_\]]$/u;
const LINE = /[^\n\r\u2028\u2029]*(?:\r\n|[\n\r\u2028\u2029]|$)/gu;
const BLOCK_START = /^\s*(?:[-*+•·–]\s|[#>|]|\p{N}{1,3}[.)]\s|\p{L}\)\s)/u;
const WHOLE_BLOCK = /^\s*(?:#.*|[=-]{2,}\s*|)$/su;
const LIST_ITEM = /^\s*(?:[-*+•·–]\s|\p{N}{1,3}[.)]\s|\p{L}\)\s)/u;
const ABBREVIATIONS: ReadonlySet<string> = new Set([
  ...[
    'org',
    'nr',
    'eks',
    'ev',
    'evt',
    'bl',
    'mv',
    'osv',
    'ca',
    'jf',
    'jfr',
    'pkt',
    'kap',
    'kl',
    'tlf',
    'art',
    'dvs',
    'ift',
  ],
  ...['mht', 'mfl', 'pga', 'inkl', 'eg', 'ie', 'etc', 'inc', 'ltd', 'co', 'corp', 'no', 'sec', 'vs', 'mr', 'ms', 'dr'],
]);

/**
 * The sentences of a text in its order: cut at full stops, question and exclamation marks, empty lines, list items and
 * headings, not at line ends, abbreviations or numbers. Time grows with the text's length alone; one sentence is held at
 * a time, because the words of a text take many times its memory.
 */
export function* sentencesOf(text: string): Generator<Sentence, void> {
  for (const [from, to] of blocksOf(text)) {
    const block = text.slice(from, to);
    const listed = LIST_ITEM.test(block.slice(0, MAX_WORD_LENGTH));
    for (const sentence of sentencesIn(block)) yield { ...sentence, at: sentence.at + from, listed };
  }
}

/** Where each paragraph, list item and heading begins and ends. */
function* blocksOf(text: string): Generator<readonly [from: number, to: number], void> {
  let open: readonly [number, number] | undefined;
  for (const match of text.matchAll(LINE)) {
    const line = match[0];
    if (line === '') continue;
    const to = match.index + line.length;
    const head = line.slice(0, MAX_WORD_LENGTH);
    const whole = WHOLE_BLOCK.test(head) && (line.length <= MAX_WORD_LENGTH || /^\s*#/u.test(head));
    if (open !== undefined && (whole || BLOCK_START.test(head))) {
      yield open;
      open = undefined;
    }
    open = [open?.[0] ?? match.index, to];
    if (!whole) continue;
    yield open;
    open = undefined;
  }
  if (open !== undefined) yield open;
}

function* sentencesIn(block: string): Generator<Omit<Sentence, 'listed'>, void> {
  let words: SentenceWord[] = [];
  let said: SentenceWord | undefined;
  let ended = false;
  for (const match of block.matchAll(PIECE)) {
    const from = match.index;
    const to = from + match[0].length;
    const apart = from > (said?.to ?? from);
    if (ended && apart && !endsInNumber(words, match[0])) {
      yield sentenceOf(block, words);
      words = [];
    }
    if (words.length >= MAX_SENTENCE_WORDS) {
      yield sentenceOf(block, words);
      words = [];
    }
    ended = (ended && !apart && CLOSING.test(match[0])) || endsSentence(match[0], said?.word ?? '');
    said = { word: wordOf(match[0]), from, to };
    words.push(said);
  }
  if (words.length > 0) yield sentenceOf(block, words);
}

function endsSentence(piece: string, previous: string): boolean {
  if (piece === '!' || piece === '?' || piece === '…') return true;
  return piece === '.' && !/^\p{L}$/u.test(previous) && !ABBREVIATIONS.has(previous);
}

/** "1. november": the point belongs to the number. */
function endsInNumber(words: readonly SentenceWord[], next: string): boolean {
  const [number, point] = words.slice(-2);
  return point?.word === '.' && /^\p{N}+$/u.test(number?.word ?? '') && !/^\p{Lu}/u.test(next);
}

function wordOf(piece: string): string {
  if (UNSAID.test(piece)) return '';
  if (piece === '’' || piece === 'ʼ') return "'";
  return piece.slice(0, MAX_WORD_LENGTH).replace(INVISIBLE, '').normalize('NFC').toLowerCase();
}

function sentenceOf(block: string, words: readonly SentenceWord[]): Omit<Sentence, 'listed'> {
  const opening = words.findIndex((word) => /^[\p{L}\p{N}"«“'(]/u.test(word.word));
  const numbered = /^\p{N}+$/u.test(words[opening]?.word ?? '') && /^[.)]$/u.test(words[opening + 1]?.word ?? '');
  const start = words[Math.max(0, numbered ? opening + 2 : opening)]?.from ?? words[0]?.from ?? 0;
  const end = words.at(-1)?.to ?? start;
  const said = words.filter((word) => word.word !== '' && word.from >= start);
  return {
    text: block.slice(start, end),
    at: start,
    words: said.map(({ word, from, to }) => ({ word, from: from - start, to: to - start })),
  };
}
