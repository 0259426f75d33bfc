import type { TokenRange } from './compare-tokens';
import { isWord, normalForm, type TextToken } from './text-tokens';

/**
 * The same comparison, easier to read: an addition or removal that could as well begin a few words earlier or later
 * begins where a line or sentence does, and a word or two kept by chance in a rewritten passage go with the passage.
 */
export function tidyRanges(
  ranges: readonly TokenRange[],
  before: readonly TextToken[],
  after: readonly TextToken[],
): TokenRange[] {
  return joinAcrossChance(slideToBoundaries(ranges, before, after), before, after);
}

/** An addition is slid at most so far. Tokens. */
const MAX_SLIDE = 60;

function slideToBoundaries(
  ranges: readonly TokenRange[],
  before: readonly TextToken[],
  after: readonly TextToken[],
): TokenRange[] {
  const slid: TokenRange[] = [...ranges];
  for (let at = 1; at + 1 < slid.length; at += 1) {
    const [left, middle, right] = [slid[at - 1], slid[at], slid[at + 1]];
    if (left === undefined || middle === undefined || right === undefined || middle.kept) continue;
    const added = middle.oldFrom === middle.oldTo;
    if (!added && middle.newFrom < middle.newTo) continue;
    const side = added ? after : before;
    const [from, to] = added ? [middle.newFrom, middle.newTo] : [middle.oldFrom, middle.oldTo];
    const shift = bestShift(side, from, to, left.newTo - left.newFrom - 1, right.newTo - right.newFrom - 1);
    slid[at - 1] = { ...left, oldTo: left.oldTo + shift, newTo: left.newTo + shift };
    slid[at] = moved(middle, shift);
    slid[at + 1] = { ...right, oldFrom: right.oldFrom + shift, newFrom: right.newFrom + shift };
  }
  return slid;
}

function moved(range: TokenRange, by: number): TokenRange {
  return {
    kept: range.kept,
    oldFrom: range.oldFrom + by,
    oldTo: range.oldTo + by,
    newFrom: range.newFrom + by,
    newTo: range.newTo + by,
  };
}

/** By how many tokens the stretch moves best; negative to the left. At most `room` each way. */
function bestShift(side: readonly TextToken[], from: number, to: number, roomLeft: number, roomRight: number): number {
  let best = 0;
  let bestScore = boundaryAt(side, from) + boundaryAt(side, to);
  const consider = (shift: number): void => {
    const score = boundaryAt(side, from + shift) + boundaryAt(side, to + shift);
    if (score > bestScore) [best, bestScore] = [shift, score];
  };
  for (let shift = 1; shift <= Math.min(MAX_SLIDE, roomLeft); shift += 1) {
    if (!alike(side[from - shift], side[to - shift])) break;
    consider(-shift);
  }
  for (let shift = 1; shift <= Math.min(MAX_SLIDE, roomRight); shift += 1) {
    if (!alike(side[from + shift - 1], side[to + shift - 1])) break;
    consider(shift);
  }
  return best;
}

function alike(a: TextToken | undefined, b: TextToken | undefined): boolean {
  return a !== undefined && b !== undefined && normalForm(a.text) === normalForm(b.text);
}

/** How well a text may be cut before a token: 4 new line, 3 sentence, 2 clause, 1 word, 0 within a word and its marks. */
function boundaryAt(side: readonly TextToken[], at: number): number {
  const token = side[at];
  const previous = side[at - 1];
  if (token === undefined || previous === undefined || /[\n\r]/u.test(token.space)) return 4;
  if (token.space === '') return 0;
  if (/[.!?]$/u.test(previous.text)) return 3;
  return /\p{P}$/u.test(previous.text) ? 2 : 1;
}

/** Kept words that stand between two exchanged passages at least so many times as long belong to neither text's sense. */
const CHANCE_FACTOR = 3;
/** More kept words are never by chance. */
const MAX_CHANCE_WORDS = 3;
/** Marks alone are by chance between passages of this many words. */
const MIN_WORDS_AROUND_MARKS = 2;

function joinAcrossChance(
  ranges: readonly TokenRange[],
  before: readonly TextToken[],
  after: readonly TextToken[],
): TokenRange[] {
  const oldWords = wordsUpTo(before);
  const newWords = wordsUpTo(after);
  const sizeOf = (range: TokenRange): number =>
    Math.max(
      (oldWords[range.oldTo] ?? 0) - (oldWords[range.oldFrom] ?? 0),
      (newWords[range.newTo] ?? 0) - (newWords[range.newFrom] ?? 0),
    );
  const joined: TokenRange[] = [];
  for (const range of ranges) {
    let last = range;
    while (!last.kept) {
      const [left, kept] = [joined.at(-2), joined.at(-1)];
      if (left === undefined || kept === undefined || !isByChance(sizeOf(kept), sizeOf(left), sizeOf(last))) break;
      joined.length -= 2;
      last = { kept: false, oldFrom: left.oldFrom, oldTo: last.oldTo, newFrom: left.newFrom, newTo: last.newTo };
    }
    joined.push(last);
  }
  return joined;
}

function isByChance(kept: number, left: number, right: number): boolean {
  const around = Math.min(left, right);
  return kept === 0 ? around >= MIN_WORDS_AROUND_MARKS : kept <= MAX_CHANCE_WORDS && kept * CHANCE_FACTOR <= around;
}

/** For each place, how many words stand before it. */
function wordsUpTo(tokens: readonly TextToken[]): number[] {
  const counts = [0];
  let count = 0;
  for (const token of tokens) {
    if (isWord(token)) count += 1;
    counts.push(count);
  }
  return counts;
}
