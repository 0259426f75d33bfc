import { type AlignedPair, type AlignmentBudget, alignmentBudget } from './align-tokens';
import { compareTokens } from './compare-tokens';
import { matchSections } from './match-sections';
import { placesOf, type SectionPlace } from './section-places';
import { countOf, sharedCount, wordPairsOf } from './section-similarity';
import { sectionsOf, type TextSection, wholeAsSection } from './text-sections';
import { normaliseText, type TextToken, tokenise } from './text-tokens';
import { tidyRanges } from './tidy-ranges';
import { type WordOp, type WordRun, wordRuns } from './word-runs';

/** CHANGED: a section of both texts whose words differ, be it only in the heading's number. */
export type SectionOp = 'SAME' | 'ADDED' | 'REMOVED' | 'CHANGED';

export interface SectionComparison {
  /** The new text's heading, the old one's for a removed section; empty for text before the first heading. */
  readonly heading: string;
  readonly op: SectionOp;
  /** The whole section, its heading included. */
  readonly words: readonly WordRun[];
}

/**
 * Compares two texts section by section, across renumbering and moving, and then word by word (issue 3, §7).
 *
 * Sections come in the new text's order; a removed one stands after the section it followed. Then holds, for any two strings:
 *
 * 1. The SAME and ADDED runs, one after the other, are `to`, character for character.
 * 2. The SAME and REMOVED runs of one comparison are a section of `from`, and each section of `from` is in exactly one,
 *    up to {@link normaliseText}: every run of white space counts as one space, none at the ends, and NFC. (A SAME run
 *    has the new text's characters, so that a line broken elsewhere or another normal form shows no change.)
 * 3. Where no section moved, these one after the other are `from`, up to {@link normaliseText}.
 * 4. A section is SAME exactly when all its runs are: texts alike up to {@link normaliseText} have SAME sections only.
 *
 * Deterministic. The work is bounded by `MAX_ALIGNMENT_STEPS`: beyond it the runs grow coarser (more is shown as
 * removed and added than need be), the properties stay.
 */
export function compareTexts(from: string, to: string): SectionComparison[] {
  const before = sectionsOf(from);
  const after = sectionsOf(to);
  if (normaliseText(from) === normaliseText(to)) {
    return after.length === 0
      ? blankComparison(to, 'SAME')
      : after.map((section) => comparison(section, 'SAME', [{ op: 'SAME', text: section.text }]));
  }
  if (after.length === 0) return [...comparisonsOf(placesOf(before, [], [])), ...blankComparison(to, 'ADDED')];
  const pairs = matchSections(before, after);
  if (haveOtherStructure(before, after, pairs)) {
    return comparisonsOf([{ before: wholeAsSection(from), after: wholeAsSection(to) }]);
  }
  return comparisonsOf(placesOf(before, after, pairs));
}

function blankComparison(text: string, op: WordOp): SectionComparison[] {
  return text === '' ? [] : [{ heading: '', op, words: [{ op, text }] }];
}

/** Where matched sections hold less than this share of what the texts have in common, sections say nothing. 0 to 1. */
const MIN_SHARE_IN_MATCHED_SECTIONS = 0.5;
/** Texts with less in common are different texts, whatever their structure. Share of the shorter one's word pairs. */
const MIN_SHARE_IN_COMMON = 0.5;

/** Texts with fewer word pairs in common are too short to tell. */
const MIN_PAIRS_IN_COMMON = 20;
/** A title and what stands before it are no structure. */
const FEW_SECTIONS = 2;

/**
 * The same text with headings put in, taken out or lost to other line breaks: section by section nearly everything
 * would be shown as removed and added. Such texts are compared as one section.
 */
function haveOtherStructure(
  before: readonly TextSection[],
  after: readonly TextSection[],
  pairs: readonly AlignedPair[],
): boolean {
  const fewer = Math.min(before.length, after.length);
  if (fewer > FEW_SECTIONS && pairs.length >= fewer * MIN_SHARE_IN_MATCHED_SECTIONS) return false;
  const matchedOld = pairs.map(([old]) => before[old]?.text ?? '');
  const matchedNew = pairs.map(([, now]) => after[now]?.text ?? '');
  const half = (part: readonly string[], whole: readonly TextSection[]): boolean =>
    lengthOf(part) >= lengthOf(whole.map((section) => section.text)) * MIN_SHARE_IN_MATCHED_SECTIONS;
  if (half(matchedOld, before) && half(matchedNew, after)) return false;
  const oldWords = wordPairsOf(before.map((section) => section.text).join(''));
  const newWords = wordPairsOf(after.map((section) => section.text).join(''));
  const common = sharedCount(oldWords, newWords);
  const least = Math.max(MIN_PAIRS_IN_COMMON, Math.min(countOf(oldWords), countOf(newWords)) * MIN_SHARE_IN_COMMON);
  if (common < least) return false;
  const inMatched = matchedOld.reduce(
    (sum, text, at) => sum + sharedCount(wordPairsOf(text), wordPairsOf(matchedNew[at] ?? '')),
    0,
  );
  return inMatched < common * MIN_SHARE_IN_MATCHED_SECTIONS;
}

function lengthOf(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + text.length, 0);
}

function comparisonsOf(places: readonly SectionPlace[]): SectionComparison[] {
  const tokenised = places.map(tokensOf);
  const budget = alignmentBudget(tokenised.reduce((sum, both) => sum + sizeOf(both), 0));
  let carried = '';
  return places.map(({ before, after }, at) => {
    const lead = carried;
    carried = '';
    if (before === undefined) return comparison(after, 'ADDED', [{ op: 'ADDED', text: lead + (after?.text ?? '') }]);
    if (after === undefined) return comparison(before, 'REMOVED', [{ op: 'REMOVED', text: lead + before.text }]);
    const both = tokenised[at];
    const runs = both === undefined ? sameRun(after) : runsOf(both, budget);
    const tail = tailOf(before.text, after.text, places[at + 1]);
    carried = tail.carried;
    const words = withTail(runs, tail.kept);
    return comparison(after, words.every((run) => run.op === 'SAME') ? 'SAME' : 'CHANGED', words);
  });
}

function runsOf({ before, after }: TokensOfBoth, budget: AlignmentBudget): WordRun[] {
  return wordRuns(tidyRanges(compareTokens(before, after, budget), before, after), before, after);
}

interface TokensOfBoth {
  readonly before: readonly TextToken[];
  readonly after: readonly TextToken[];
}

/** Undefined where no word needs to be compared. */
function tokensOf({ before, after }: SectionPlace): TokensOfBoth | undefined {
  if (before === undefined || after === undefined || before.normalised === after.normalised) return undefined;
  return { before: tokenise(before.text), after: tokenise(after.text) };
}

function sizeOf(both: TokensOfBoth | undefined): number {
  return both === undefined ? 0 : both.before.length + both.after.length;
}

/**
 * The white space after a section of both texts. What only the new text has, because a section was added behind, is
 * carried into that section, and likewise for a removed one, so that neither text's end is shown where it is not.
 */
function tailOf(before: string, after: string, next: SectionPlace | undefined): { kept: string; carried: string } {
  const oldTail = before.slice(before.trimEnd().length);
  const newTail = after.slice(after.trimEnd().length);
  if (next?.before === undefined && next?.after !== undefined && newTail.startsWith(oldTail)) {
    return { kept: oldTail, carried: newTail.slice(oldTail.length) };
  }
  if (next?.after === undefined && next?.before !== undefined && oldTail.startsWith(newTail)) {
    return { kept: newTail, carried: oldTail.slice(newTail.length) };
  }
  return { kept: newTail, carried: '' };
}

function withTail(runs: readonly WordRun[], tail: string): WordRun[] {
  const last = runs.at(-1);
  if (tail === '') return [...runs];
  if (last?.op !== 'SAME') return [...runs, { op: 'SAME', text: tail }];
  return [...runs.slice(0, -1), { op: 'SAME', text: last.text + tail }];
}

function sameRun(section: TextSection): WordRun[] {
  return [{ op: 'SAME', text: section.text.trimEnd() }];
}

function comparison(section: TextSection | undefined, op: SectionOp, words: readonly WordRun[]): SectionComparison {
  return { heading: section?.heading ?? '', op, words };
}
