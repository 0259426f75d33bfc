import { diffArrays } from 'diff';

/** Index in the old sequence and index in the new sequence of a token that both have, in rising order of both. */
export type AlignedPair = readonly [old: number, new: number];

/**
 * How much work the words of one comparison may take, in steps of the difference algorithm: a comparison stays well
 * below a second on texts of 200 kB (bench/comparison.ts). Counted in steps and not in time: the same two texts give
 * the same answer on every machine.
 */
export const MAX_ALIGNMENT_STEPS = 3_000_000;

/** How often a stretch too different for the exact algorithm is cut at the tokens that occur in it once. */
const MAX_CUTS = 6;

/** Mutable: what is left of {@link MAX_ALIGNMENT_STEPS}, shared by all stretches of one comparison. */
export interface AlignmentBudget {
  steps: number;
  /** Tokens of both sides that have not been aligned yet: each stretch takes its share of the steps. */
  tokens: number;
}

/** @param tokens how many there are to align, on both sides together */
export function alignmentBudget(tokens: number, steps = MAX_ALIGNMENT_STEPS): AlignmentBudget {
  return { steps, tokens };
}

/**
 * The longest common subsequence of two sequences of interned tokens, while the budget allows it; beyond, a common
 * subsequence found by cutting at the tokens that occur once on each side (a stretch without any counts as replaced).
 */
export function alignTokens(
  before: readonly number[],
  after: readonly number[],
  budget: AlignmentBudget,
): AlignedPair[] {
  const pairs: AlignedPair[] = [];
  align({ before, after, oldFrom: 0, oldTo: before.length, newFrom: 0, newTo: after.length }, budget, pairs, 0);
  budget.tokens -= before.length + after.length;
  return pairs;
}

/** A rectangle of the two sequences; upper bounds exclusive. */
interface Stretch {
  readonly before: readonly number[];
  readonly after: readonly number[];
  readonly oldFrom: number;
  readonly oldTo: number;
  readonly newFrom: number;
  readonly newTo: number;
}

function align(whole: Stretch, budget: AlignmentBudget, pairs: AlignedPair[], cuts: number): void {
  const stretch = trimmed(whole, pairs);
  const tail = whole.oldTo - stretch.oldTo;
  if (stretch.oldFrom < stretch.oldTo && stretch.newFrom < stretch.newTo) {
    const exact = alignExactly(stretch, budget);
    if (exact !== undefined) {
      for (const pair of exact) pairs.push(pair);
    } else if (cuts < MAX_CUTS) {
      alignBetweenAnchors(stretch, budget, pairs, cuts + 1);
    }
  }
  for (let offset = 0; offset < tail; offset += 1) pairs.push([stretch.oldTo + offset, stretch.newTo + offset]);
}

/** Takes the common start off (into `pairs`) and the common end (left to the caller). */
function trimmed(stretch: Stretch, pairs: AlignedPair[]): Stretch {
  const { before, after } = stretch;
  let { oldFrom, oldTo, newFrom, newTo } = stretch;
  while (oldFrom < oldTo && newFrom < newTo && before[oldFrom] === after[newFrom]) {
    pairs.push([oldFrom, newFrom]);
    oldFrom += 1;
    newFrom += 1;
  }
  while (oldTo > oldFrom && newTo > newFrom && before[oldTo - 1] === after[newTo - 1]) {
    oldTo -= 1;
    newTo -= 1;
  }
  return { before, after, oldFrom, oldTo, newFrom, newTo };
}

/** Undefined when the stretch differs more than its share of the budget can follow. */
function alignExactly(stretch: Stretch, budget: AlignmentBudget): AlignedPair[] | undefined {
  // A token of one side only cannot be in a common subsequence: leaving it out changes no result and saves its edits.
  const oldAt = positionsOfCommon(
    stretch.before,
    stretch.oldFrom,
    stretch.oldTo,
    stretch.after,
    stretch.newFrom,
    stretch.newTo,
  );
  const newAt = positionsOfCommon(
    stretch.after,
    stretch.newFrom,
    stretch.newTo,
    stretch.before,
    stretch.oldFrom,
    stretch.oldTo,
  );
  const size = oldAt.length + newAt.length;
  if (size === 0) return [];
  const maxEditLength = editsWithin(size, budget);
  const changes = diffArrays(
    oldAt.map((at) => stretch.before[at] ?? -1),
    newAt.map((at) => stretch.after[at] ?? -1),
    { maxEditLength },
  );
  if (changes === undefined) {
    budget.steps -= stepsOf(maxEditLength, size);
    return undefined;
  }
  const pairs: AlignedPair[] = [];
  let oldIndex = 0;
  let newIndex = 0;
  let edits = 0;
  for (const change of changes) {
    if (change.removed) oldIndex += change.count;
    else if (change.added) newIndex += change.count;
    else {
      for (let offset = 0; offset < change.count; offset += 1) {
        pairs.push([oldAt[oldIndex + offset] ?? -1, newAt[newIndex + offset] ?? -1]);
      }
      oldIndex += change.count;
      newIndex += change.count;
      continue;
    }
    edits += change.count;
  }
  budget.steps -= stepsOf(edits, size);
  return pairs;
}

function positionsOfCommon(
  side: readonly number[],
  from: number,
  to: number,
  other: readonly number[],
  otherFrom: number,
  otherTo: number,
): number[] {
  const known = new Set<number>();
  for (let at = otherFrom; at < otherTo; at += 1) known.add(other[at] ?? -1);
  const positions: number[] = [];
  for (let at = from; at < to; at += 1) if (known.has(side[at] ?? -1)) positions.push(at);
  return positions;
}

/** Following `edits` edits visits edits²/2 places, and each diagonal once runs along the whole stretch at worst. */
function stepsOf(edits: number, size: number): number {
  return (edits * edits) / 2 + (edits * size) / STEPS_PER_COMPARED_TOKEN;
}

/** Running along equal tokens is that much cheaper than a place where the ways part. */
const STEPS_PER_COMPARED_TOKEN = 16;

/** The largest number of edits whose steps fit half the stretch's share: the other half is for its cuts. */
function editsWithin(size: number, budget: AlignmentBudget): number {
  const share = Math.min(1, size / Math.max(1, budget.tokens));
  const steps = Math.max(0, (budget.steps * share) / 2);
  const run = size / STEPS_PER_COMPARED_TOKEN;
  return Math.floor(Math.sqrt(run * run + 2 * steps) - run);
}

function alignBetweenAnchors(stretch: Stretch, budget: AlignmentBudget, pairs: AlignedPair[], cuts: number): void {
  const anchors = longestRising(tokensOnceOnEachSide(stretch));
  if (anchors.length === 0) return;
  let { oldFrom, newFrom } = stretch;
  for (const [oldTo, newTo] of anchors) {
    align({ ...stretch, oldFrom, oldTo, newFrom, newTo }, budget, pairs, cuts);
    pairs.push([oldTo, newTo]);
    oldFrom = oldTo + 1;
    newFrom = newTo + 1;
  }
  align({ ...stretch, oldFrom, newFrom }, budget, pairs, cuts);
}

/** In the new side's order. */
function tokensOnceOnEachSide(stretch: Stretch): AlignedPair[] {
  const oldPlace = placeOfSingles(stretch.before, stretch.oldFrom, stretch.oldTo);
  const newPlace = placeOfSingles(stretch.after, stretch.newFrom, stretch.newTo);
  const both: AlignedPair[] = [];
  for (const [token, newAt] of newPlace) {
    const oldAt = oldPlace.get(token);
    if (oldAt !== undefined && oldAt >= 0 && newAt >= 0) both.push([oldAt, newAt]);
  }
  return both.sort((a, b) => a[1] - b[1]);
}

/** Place of each token; -1 for one that occurs more than once. */
function placeOfSingles(side: readonly number[], from: number, to: number): Map<number, number> {
  const places = new Map<number, number>();
  for (let at = from; at < to; at += 1) {
    const token = side[at] ?? -1;
    places.set(token, places.has(token) ? -1 : at);
  }
  return places;
}

/** The longest run of pairs, given in the new side's order, whose old places rise too. */
export function longestRising(pairs: readonly AlignedPair[]): AlignedPair[] {
  const tails: number[] = [];
  const previous: number[] = [];
  pairs.forEach(([old], index) => {
    let low = 0;
    let high = tails.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const tail = pairs[tails[middle] ?? 0];
      if (tail !== undefined && tail[0] < old) low = middle + 1;
      else high = middle;
    }
    previous.push(low > 0 ? (tails[low - 1] ?? -1) : -1);
    tails[low] = index;
  });
  const rising: AlignedPair[] = [];
  for (let index = tails.at(-1) ?? -1; index >= 0; index = previous[index] ?? -1) {
    const pair = pairs[index];
    if (pair !== undefined) rising.push(pair);
  }
  return rising.reverse();
}
