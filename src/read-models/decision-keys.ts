import type { VersionBearing } from '../domain/subject/counted-decisions';
import type { Word } from './population-divided-states';

/** What a version is to the one in force. */
export interface Spelling {
  /** The same for versions that are the same to it; of a special one the number. */
  readonly letter: string;
  /** Of consent. */
  readonly root: string | undefined;
  /** Whether something is decided by an account's decision on it. */
  readonly decides: boolean;
}

export const LETTERS: Readonly<Partial<Record<VersionBearing, string>>> = {
  COUNTS: 'c',
  RENEWAL_DUE: 'r',
  NONE: '',
};

export const OF_NO_VERSION: Spelling = { letter: '-', root: undefined, decides: false };

/**
 * Of the decisions that count by rule D7 the last word under another root, the last one that counts, and whether a yes
 * of the same side came before it: no rule looks further where every version is an ordinary one and no objection was
 * lifted in between.
 */
export function keyOfDecisions(
  decided: readonly Word[],
  spelling: (version: number) => Spelling,
  root: string | undefined,
): string {
  const isDecided = rootsOfAccount(decided, spelling);
  const words: string[] = [];
  for (const [what, version] of decided) {
    const { letter, root: on } = spelling(version);
    if (isLinked(what) && isDecided(on)) continue;
    // A visitor's withdrawal entered the roots that the account left open.
    const isElsewhere = what === 'W1' && isDecided(root);
    if (letter !== '') words.push(what + (isElsewhere ? LETTERS.RENEWAL_DUE : letter));
  }
  const isOrdinary = words.every((word) => !word.includes('#') && !word.startsWith('L'));
  return isOrdinary ? lastWords(words) : words.join();
}

/** Roots that an account decided on, whose visitors did, too. */
function rootsOfAccount(
  decided: readonly Word[],
  spelling: (version: number) => Spelling,
): (root: string | undefined) => boolean {
  const roots = new Set<string>();
  if (!decided.some(([what]) => isLinked(what))) return () => false;
  for (const [what, version] of decided) {
    const { root, decides } = spelling(version);
    if (decides && root !== undefined && !isLinked(what)) roots.add(root);
  }
  return (root) => root !== undefined && roots.has(root);
}

/** A word of a visitor, by itself or with a letter. */
function isLinked(word: string): boolean {
  return word[1] === '1';
}

function lastWords(words: readonly string[]): string {
  const counting = words.findIndex((word) => !word.endsWith('r'));
  const [first = ''] = words;
  const word = words[counting];
  if (word === undefined) return first;
  const before = words.slice(counting + 1).find((each) => isLinked(each) === isLinked(word)) ?? '';
  const isRenewing = before.startsWith('G') || before.startsWith('X') ? '+' : '';
  return `${counting > 0 ? first : ''}${word}${isRenewing}`;
}
