import { alignmentBudget } from './align-tokens';
import { compareTokens } from './compare-tokens';
import { isWord, tokenise } from './text-tokens';

/**
 * How many words differ between two texts, for the limit of the reason SPELLING (rule V5). A word exchanged for another
 * counts once, one added or removed once, moved text as removed and added. White space, normal form (NFC) and
 * punctuation do not count. Never less than the texts differ; more than need be where they differ so much that the work
 * is cut short.
 */
export function countChangedWords(from: string, to: string): number {
  const before = tokenise(from).filter(isWord);
  const after = tokenise(to).filter(isWord);
  let changed = 0;
  for (const range of compareTokens(before, after, alignmentBudget(before.length + after.length))) {
    if (!range.kept) changed += Math.max(range.oldTo - range.oldFrom, range.newTo - range.newFrom);
  }
  return changed;
}
