import type { TextSection } from './text-sections';
import { normalForm, tokenise } from './text-tokens';

/** Pairs of words that follow each other; comparing them tells a reworded section from one on another matter. */
type WordPairs = ReadonlyMap<string, number>;

export function wordPairsOf(text: string): WordPairs {
  const pairs = new Map<string, number>();
  let previous: string | undefined;
  for (const token of tokenise(normalForm(text))) {
    if (!/[\p{L}\p{N}]/u.test(token.text)) continue;
    const word = token.text.toLowerCase();
    if (previous !== undefined) {
      const pair = `${previous} ${word}`;
      pairs.set(pair, (pairs.get(pair) ?? 0) + 1);
    }
    previous = word;
  }
  return pairs;
}

export function countOf(pairs: WordPairs): number {
  let count = 0;
  for (const times of pairs.values()) count += times;
  return count;
}

export function sharedCount(a: WordPairs, b: WordPairs): number {
  const [small, large] = a.size <= b.size ? [a, b] : [b, a];
  let shared = 0;
  for (const [pair, times] of small) shared += Math.min(times, large.get(pair) ?? 0);
  return shared;
}

/** A pair of words in more sections than this says nothing about which section is which. */
const MAX_SECTIONS_OF_A_TELLING_PAIR = 8;
/** So many of the likeliest counterparts of a section are compared in full. */
const MAX_CANDIDATES = 4;
/** Of all word pairs of two sections with different headings, this share must be common to call them one. 0 to 1. */
const MIN_SIMILARITY = 0.4;
/** Shorter sections must have more in common, and the shortest say nothing. Word pairs of the smaller one. */
const MIN_COMPARABLE_PAIRS = 8;
const MIN_PAIRS = 3;
const MIN_SIMILARITY_OF_SHORT_SECTIONS = 0.7;

interface SimilarPair {
  readonly old: number;
  readonly new: number;
  readonly similarity: number;
}

/** Pairs of sections with enough in common, the likest first; each section may stand in several. */
export function similarSections(
  before: ReadonlyMap<number, TextSection>,
  after: ReadonlyMap<number, TextSection>,
): SimilarPair[] {
  const oldPairs = new Map([...before].map(([at, section]) => [at, wordPairsOf(section.text)]));
  const sectionsWith = new Map<string, number[]>();
  for (const [at, pairs] of oldPairs) {
    for (const pair of pairs.keys()) {
      const list = sectionsWith.get(pair);
      if (list === undefined) sectionsWith.set(pair, [at]);
      else if (list.length <= MAX_SECTIONS_OF_A_TELLING_PAIR) list.push(at);
    }
  }
  const similar: SimilarPair[] = [];
  for (const [at, section] of after) {
    const pairs = wordPairsOf(section.text);
    for (const candidate of likeliest(pairs, sectionsWith)) {
      const similarity = tellingSimilarity(oldPairs.get(candidate) ?? new Map(), pairs);
      if (similarity >= MIN_SIMILARITY) similar.push({ old: candidate, new: at, similarity });
    }
  }
  return similar.sort((a, b) => b.similarity - a.similarity || a.new - b.new || a.old - b.old);
}

function likeliest(pairs: WordPairs, sectionsWith: ReadonlyMap<string, readonly number[]>): number[] {
  const votes = new Map<number, number>();
  for (const pair of pairs.keys()) {
    const list = sectionsWith.get(pair) ?? [];
    if (list.length > MAX_SECTIONS_OF_A_TELLING_PAIR) continue;
    for (const at of list) votes.set(at, (votes.get(at) ?? 0) + 1);
  }
  return [...votes]
    .sort((a, b) => b[1] - a[1] || a[0] - b[0])
    .slice(0, MAX_CANDIDATES)
    .map(([at]) => at);
}

/** Share of the word pairs of both that both have (Dice), 0 to 1. */
export function similarityOf(a: WordPairs, b: WordPairs): number {
  return (2 * sharedCount(a, b)) / Math.max(1, countOf(a) + countOf(b));
}

/** As {@link similarityOf}, but 0 where two sections are so short that they may be alike by chance. */
export function tellingSimilarity(a: WordPairs, b: WordPairs): number {
  const similarity = similarityOf(a, b);
  const smaller = Math.min(countOf(a), countOf(b));
  if (smaller >= MIN_COMPARABLE_PAIRS) return similarity;
  return smaller >= MIN_PAIRS && similarity >= MIN_SIMILARITY_OF_SHORT_SECTIONS ? similarity : 0;
}
