import type { TokenRange } from './compare-tokens';
import type { TextToken } from './text-tokens';

/** SAME stands in both texts (with the new one's characters), REMOVED in the old one only, ADDED in the new one only. */
export type WordOp = 'SAME' | 'ADDED' | 'REMOVED';

export interface WordRun {
  readonly op: WordOp;
  readonly text: string;
}

/**
 * Compared ranges as runs of characters. SAME and ADDED runs give the new text without the white space at its end, to
 * the character; SAME and REMOVED ones the old text up to white space and NFC. Neighbours have different ops, no run is empty.
 */
export function wordRuns(
  ranges: readonly TokenRange[],
  before: readonly TextToken[],
  after: readonly TextToken[],
): WordRun[] {
  const runs = new Runs();
  for (const { kept, oldFrom, oldTo, newFrom, newTo } of ranges) {
    if (!kept) {
      runs.exchange(textOf(before.slice(oldFrom, oldTo)), textOf(after.slice(newFrom, newTo)));
      continue;
    }
    for (let newAt = newFrom; newAt < newTo; newAt += 1) {
      const oldAt = oldFrom + newAt - newFrom;
      const [oldToken, newToken] = [before[oldAt], after[newAt]];
      if (oldToken === undefined || newToken === undefined) continue;
      // The same word may stand apart in one text and close in the other ("a,b" and "a, b"): then the space is a change.
      const spacedAlike = (oldToken.space === '') === (newToken.space === '') || (oldAt === 0 && newAt === 0);
      if (!spacedAlike) runs.exchange(oldToken.space, newToken.space);
      runs.keep(spacedAlike ? newToken.space + newToken.text : newToken.text);
    }
  }
  return runs.finished();
}

function textOf(tokens: readonly TextToken[]): string {
  return tokens.map((token) => token.space + token.text).join('');
}

/** Owns the runs under construction; exchanged text waits until the next kept one. */
class Runs {
  private readonly runs: WordRun[] = [];
  private removed = '';
  private added = '';

  exchange(removed: string, added: string): void {
    this.removed += removed;
    this.added += added;
  }

  keep(text: string): void {
    this.flush();
    this.push('SAME', text);
  }

  finished(): WordRun[] {
    this.flush();
    return this.runs;
  }

  private flush(): void {
    // Words exchanged after a space: the space stays.
    const space = /^\s/u.test(this.removed) ? (/^\s+/u.exec(this.added)?.[0] ?? '') : '';
    this.push('SAME', space);
    this.push('REMOVED', space === '' ? this.removed : this.removed.trimStart());
    this.push('ADDED', this.added.slice(space.length));
    this.removed = '';
    this.added = '';
  }

  private push(op: WordOp, text: string): void {
    const last = this.runs.at(-1);
    if (text === '') return;
    if (last?.op === op) this.runs[this.runs.length - 1] = { op, text: last.text + text };
    else this.runs.push({ op, text });
  }
}
