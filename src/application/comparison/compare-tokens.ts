import { type AlignmentBudget, alignTokens } from './align-tokens';
import { interner, type TextToken } from './text-tokens';

/** A stretch of tokens kept (then as long in both texts) or exchanged. Upper bounds exclusive. */
export interface TokenRange {
  readonly kept: boolean;
  readonly oldFrom: number;
  readonly oldTo: number;
  readonly newFrom: number;
  readonly newTo: number;
}

/** Both texts as kept and exchanged ranges in turn, none of them empty. */
export function compareTokens(
  before: readonly TextToken[],
  after: readonly TextToken[],
  budget: AlignmentBudget,
): TokenRange[] {
  const intern = interner();
  const pairs = alignTokens(
    before.map((token) => intern(token.text)),
    after.map((token) => intern(token.text)),
    budget,
  );
  const ranges: TokenRange[] = [];
  let oldFrom = 0;
  let newFrom = 0;
  let length = 0;
  const close = (oldTo: number, newTo: number): void => {
    const oldKept = oldFrom + length;
    const newKept = newFrom + length;
    if (length > 0) ranges.push({ kept: true, oldFrom, oldTo: oldKept, newFrom, newTo: newKept });
    if (oldKept < oldTo || newKept < newTo) {
      ranges.push({ kept: false, oldFrom: oldKept, oldTo, newFrom: newKept, newTo });
    }
    oldFrom = oldTo;
    newFrom = newTo;
    length = 0;
  };
  for (const [oldAt, newAt] of pairs) {
    if (oldAt !== oldFrom + length || newAt !== newFrom + length) close(oldAt, newAt);
    length += 1;
  }
  close(before.length, after.length);
  return ranges;
}
