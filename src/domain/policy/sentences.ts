/** A sentence of a text, as it stands there. */
export interface Sentence {
  readonly text: string;
  /** Where it begins in the text. */
  readonly at: number;
  /** Its words and marks, lower case and NFC, without emphasis, link targets and soft hyphens; worked out when asked for. */
  readonly words: () => readonly SentenceWord[];
}

/** A paragraph, a list item or a heading. */
export interface Block {
  readonly text: string;
  /** Where it begins in the text. */
  readonly at: number;
  /** It is a list item. */
  readonly listed: boolean;
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
const OPENING = /^[\p{L}\p{N}"«“'(]/u;
const NUMBER = /^\p{N}+$/u;
const POINT = /^[.)]$/u;
const CLOSING = /^["'»”’)*_\]]$/u;
const LINE = /[^\n\r\u2028\u2029]*(?:\r\n|[\n\r\u2028\u2029]|$)/gu;
/** What an item of a list begins with. */
const ITEM = String.raw`(?:[-*+•·–]\s|\p{N}{1,3}[.)]\s|\p{L}\)\s)`;
const BLOCK_START = new RegExp(String.raw`^\s*(?:[#>|]|${ITEM})`, 'u');
const WHOLE_BLOCK = /^\s*(?:#.*|[=-]{2,}\s*|)$/su;
const LIST_ITEM = new RegExp(String.raw`^\s*${ITEM}`, 'u');
/** An empty line that no item of a list comes after: what leads into a list stays with it. */
const PARAGRAPH_END = new RegExp(String.raw`\n\s*\n(?!\s*${ITEM})`, 'u');
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

/** Parts of a text that can be looked at each by itself: neither a sentence nor what leads into a list goes beyond one. */
export function paragraphsOf(text: string): readonly string[] {
  return text.split(PARAGRAPH_END);
}

/** What a text is made of, in its order: cut at empty lines, list items and headings, not at line ends. */
export function* blocksOf(text: string): Generator<Block, void> {
  for (const [from, to] of placesOf(text)) {
    const block = text.slice(from, to);
    yield { text: block, at: from, listed: LIST_ITEM.test(block.slice(0, MAX_WORD_LENGTH)) };
  }
}

/** Where each paragraph, list item and heading begins and ends. */
function* placesOf(text: string): Generator<readonly [from: number, to: number], void> {
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

/** Where a word or a mark begins and ends in its block. */
interface Piece {
  readonly from: number;
  readonly to: number;
}

/**
 * The sentences of a block in its order: cut at full stops, question and exclamation marks, not at abbreviations or
 * numbers. Time grows with the length alone; one sentence is held at a time, because the words of a text take many
 * times its memory.
 */
export function* sentencesOf({ text, at }: Block): Generator<Sentence, void> {
  let pieces: Piece[] = [];
  let before = '';
  let ended = false;
  for (const match of text.matchAll(PIECE)) {
    const [piece] = match;
    const from = match.index;
    const apart = from > (pieces.at(-1)?.to ?? from);
    if ((ended && apart && !endsInNumber(text, pieces, piece)) || pieces.length >= MAX_SENTENCE_WORDS) {
      yield sentenceOf(text, at, pieces);
      pieces = [];
    }
    ended = (ended && !apart && CLOSING.test(piece)) || endsSentence(piece, before);
    before = piece;
    pieces.push({ from, to: from + piece.length });
  }
  if (pieces.length > 0) yield sentenceOf(text, at, pieces);
}

function endsSentence(piece: string, before: string): boolean {
  if (piece === '!' || piece === '?' || piece === '…') return true;
  if (piece !== '.') return false;
  const word = wordOf(before);
  return !/^\p{L}$/u.test(word) && !ABBREVIATIONS.has(word);
}

/** "1. november": the point belongs to the number. */
function endsInNumber(block: string, pieces: readonly Piece[], next: string): boolean {
  const [number, point] = pieces.slice(-2);
  if (!number || !point || wordAt(block, point) !== '.') return false;
  return NUMBER.test(wordAt(block, number)) && !/^\p{Lu}/u.test(next);
}

const wordAt = (block: string, { from, to }: Piece): string => wordOf(block.slice(from, to));

/** Most words: as they are wanted already. */
const PLAIN_WORD = /^[a-zæøå]{1,40}$/u;

function wordOf(piece: string): string {
  if (PLAIN_WORD.test(piece)) return piece;
  if (UNSAID.test(piece)) return '';
  if (piece === '’' || piece === 'ʼ') return "'";
  return piece.slice(0, MAX_WORD_LENGTH).replace(INVISIBLE, '').normalize('NFC').toLowerCase();
}

function sentenceOf(block: string, at: number, pieces: readonly Piece[]): Sentence {
  const opening = pieces.findIndex((piece) => OPENING.test(wordAt(block, piece)));
  const [first, second] = opening < 0 ? [] : pieces.slice(opening);
  const isNumbered = first && second && NUMBER.test(wordAt(block, first)) && POINT.test(wordAt(block, second));
  const start = pieces[Math.max(0, isNumbered ? opening + 2 : opening)]?.from ?? pieces[0]?.from ?? 0;
  const end = pieces.at(-1)?.to ?? start;
  return {
    text: block.slice(start, end),
    at: at + start,
    words: () =>
      pieces.flatMap((piece) => {
        const word = piece.from < start ? '' : wordAt(block, piece);
        return word === '' ? [] : [{ word, from: piece.from - start, to: piece.to - start }];
      }),
  };
}
