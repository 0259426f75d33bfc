import { type AlignedPair, alignmentBudget, alignTokens, longestRising, MAX_ALIGNMENT_STEPS } from './align-tokens';
import { similarityOf, similarSections, tellingSimilarity, wordPairsOf } from './section-similarity';
import type { TextSection } from './text-sections';

/**
 * Which section of the old text became which of the new one, in the new text's order. In turn: identical sections and
 * sections of the same title (heading without number) that stand in the same order; then identical and equally titled
 * ones that moved; then those whose text is alike although heading and place are not; last those less alike in text and
 * heading that stand between the same neighbours.
 */
export function matchSections(before: readonly TextSection[], after: readonly TextSection[]): AlignedPair[] {
  const matching = new Matching(before, after);
  inOrder(matching, (section) => section.normalised);
  inOrder(matching, (section) => section.title ?? (section.heading === '' ? '' : undefined));
  anywhere(matching, (section) => section.normalised);
  anywhere(matching, (section) => section.title);
  const similar = similarSections(matching.unmatchedOld(), matching.unmatchedNew());
  for (const pair of similar) matching.match(pair.old, pair.new);
  betweenNeighbours(matching);
  return matching.pairs();
}

/** Work on each way of matching sections in order. Steps, as in {@link MAX_ALIGNMENT_STEPS}. */
const MAX_MATCHING_STEPS = MAX_ALIGNMENT_STEPS / 4;

type KeyOf = (section: TextSection) => string | undefined;

/** Owns which sections are taken. */
class Matching {
  private readonly newOfOld = new Map<number, number>();
  private readonly oldOfNew = new Map<number, number>();

  constructor(
    readonly before: readonly TextSection[],
    readonly after: readonly TextSection[],
  ) {}

  /** Does nothing when one of the two is taken. */
  match(old: number, now: number): void {
    if (this.newOfOld.has(old) || this.oldOfNew.has(now)) return;
    this.newOfOld.set(old, now);
    this.oldOfNew.set(now, old);
  }

  pairs(): AlignedPair[] {
    return [...this.oldOfNew].map(([now, old]): AlignedPair => [old, now]).sort((a, b) => a[1] - b[1]);
  }

  unmatchedOldBetween(from: number, to: number): number[] {
    return numbersBetween(from, to).filter((at) => !this.newOfOld.has(at));
  }

  unmatchedNewBetween(from: number, to: number): number[] {
    return numbersBetween(from, to).filter((at) => !this.oldOfNew.has(at));
  }

  unmatchedOld(): Map<number, TextSection> {
    return new Map([...this.before.entries()].filter(([at]) => !this.newOfOld.has(at)));
  }

  unmatchedNew(): Map<number, TextSection> {
    return new Map([...this.after.entries()].filter(([at]) => !this.oldOfNew.has(at)));
  }
}

function numbersBetween(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, offset) => from + offset);
}

/** Matches equal keys within each gap between the sections matched so far, keeping the order. */
function inOrder(matching: Matching, keyOf: KeyOf): void {
  const key = keyNumbers(keyOf);
  const old = matching.before.map(key);
  const now = matching.after.map(key);
  const budget = alignmentBudget(old.length + now.length, MAX_MATCHING_STEPS);
  let oldFrom = 0;
  let newFrom = 0;
  for (const [oldTo, newTo] of [...matching.pairs(), [old.length, now.length] as const]) {
    for (const [a, b] of alignTokens(old.slice(oldFrom, oldTo), now.slice(newFrom, newTo), budget)) {
      matching.match(oldFrom + a, newFrom + b);
    }
    oldFrom = oldTo + 1;
    newFrom = newTo + 1;
  }
}

/** A number for each key; a section without key gets one of its own. */
function keyNumbers(keyOf: KeyOf): (section: TextSection) => number {
  const numbers = new Map<string, number>();
  let next = 0;
  return (section) => {
    const key = keyOf(section);
    const known = key === undefined ? undefined : numbers.get(key);
    if (known !== undefined) return known;
    next += 1;
    if (key !== undefined) numbers.set(key, next);
    return next;
  };
}

/** Matches equal keys wherever they stand, first with first. */
function anywhere(matching: Matching, keyOf: KeyOf): void {
  const waiting = new Map<string, number[]>();
  for (const [at, section] of matching.unmatchedOld()) {
    const key = keyOf(section);
    if (key === undefined) continue;
    const list = waiting.get(key);
    if (list === undefined) waiting.set(key, [at]);
    else list.push(at);
  }
  for (const list of waiting.values()) list.reverse();
  for (const [at, section] of matching.unmatchedNew()) {
    const old = waiting.get(keyOf(section) ?? '')?.pop();
    if (old !== undefined) matching.match(old, at);
  }
}

/** Neighbours are looked at in gaps of so many sections on each side. */
const MAX_GAP = 6;
/** Between the same neighbours sections are one whose words are alike to this share, 0 to 1, */
const MIN_SIMILARITY_OF_NEIGHBOURS = 0.25;
/** or to this one if most words of the heading are. */
const MIN_SIMILARITY_UNDER_ALIKE_HEADINGS = 0.1;
const MIN_SIMILARITY_OF_HEADINGS = 0.6;

function betweenNeighbours(matching: Matching): void {
  const { before, after } = matching;
  const ends: AlignedPair = [before.length, after.length];
  let [oldFrom, newFrom] = [0, 0];
  for (const [oldTo, newTo] of [...longestRising(matching.pairs()), ends]) {
    const old = matching.unmatchedOldBetween(oldFrom, oldTo);
    const now = matching.unmatchedNewBetween(newFrom, newTo);
    if (old.length > 0 && now.length > 0 && old.length <= MAX_GAP && now.length <= MAX_GAP) {
      matchGap(matching, old, now);
    }
    [oldFrom, newFrom] = [oldTo + 1, newTo + 1];
  }
}

/** Each old section in turn with the likest new one behind those already taken. */
function matchGap(matching: Matching, old: readonly number[], now: readonly number[]): void {
  const newPairs = now.map((at) => wordPairsOf(matching.after[at]?.text ?? ''));
  let from = 0;
  for (const oldAt of old) {
    const oldPairs = wordPairsOf(matching.before[oldAt]?.text ?? '');
    let best = 0;
    let bestAt = -1;
    for (let index = from; index < now.length; index += 1) {
      const alike = haveAlikeTitles(matching.before[oldAt], matching.after[now[index] ?? -1]);
      const similarity = (alike ? similarityOf : tellingSimilarity)(oldPairs, newPairs[index] ?? new Map());
      if (similarity < (alike ? MIN_SIMILARITY_UNDER_ALIKE_HEADINGS : MIN_SIMILARITY_OF_NEIGHBOURS)) continue;
      if (similarity > best) [best, bestAt] = [similarity, index];
    }
    if (bestAt < 0) continue;
    matching.match(oldAt, now[bestAt] ?? -1);
    from = bestAt + 1;
  }
}

function haveAlikeTitles(a: TextSection | undefined, b: TextSection | undefined): boolean {
  const [one, other] = [wordsOf(a?.title), wordsOf(b?.title)];
  const shared = one.filter((word) => other.includes(word)).length;
  return shared > 0 && (2 * shared) / (one.length + other.length) >= MIN_SIMILARITY_OF_HEADINGS;
}

function wordsOf(title = ''): string[] {
  return title.split(' ');
}
