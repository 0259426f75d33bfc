/** A word or a mark, with the white space before it. */
export interface TextToken {
  readonly space: string;
  readonly text: string;
}

/**
 * A word keeps marks inside it (e-post, 2.1, personvern@example.no, https://example.no), so that an address or a date
 * is exchanged whole; every other mark stands alone.
 */
const TOKEN = /(\s*)([\p{L}\p{N}\p{M}]+(?:[.@/:_'’\-‑]{1,3}[\p{L}\p{N}\p{M}]+)*|\S\p{M}*)/gu;

/** The spaces and texts one after the other are the text without the white space at its end. */
export function tokenise(text: string): TextToken[] {
  const tokens: TextToken[] = [];
  for (const match of text.trimEnd().matchAll(TOKEN)) tokens.push({ space: match[1] ?? '', text: match[2] ?? '' });
  return tokens;
}

/** Anything but punctuation: also an amount, a currency sign, an emoji. */
export function isWord(token: TextToken): boolean {
  return !/^[\p{P}\p{M}]+$/u.test(token.text);
}

/** Numbers that are equal exactly when the tokens are the same but for their Unicode normal form. */
type Interner = (token: string) => number;

export function interner(): Interner {
  const numbers = new Map<string, number>();
  return (token) => {
    const key = normalForm(token);
    const known = numbers.get(key);
    if (known !== undefined) return known;
    numbers.set(key, numbers.size);
    return numbers.size - 1;
  };
}

/** Normalising a longer run of combining marks takes time with its square (UAX #15 calls 30 enough for any language). */
const MAX_MARKS_NORMALISED_TOGETHER = 30;
const TOO_MANY_MARKS = new RegExp(`\\p{M}{${MAX_MARKS_NORMALISED_TOGETHER + 1}}`, 'u');
const NORMALISABLE = new RegExp(`\\P{M}*\\p{M}{0,${MAX_MARKS_NORMALISED_TOGETHER}}`, 'gu');

/** Unicode's normal form C; a run of more than 30 combining marks, which no language has, is normalised in parts. */
export function normalForm(text: string): string {
  if (!TOO_MANY_MARKS.test(text)) return text.normalize('NFC');
  return text.replace(NORMALISABLE, (part) => part.normalize('NFC'));
}

/** What counts as the same text: white space of any length and kind is one space, at the ends none; NFC. */
export function normaliseText(text: string): string {
  return normalForm(text.replace(/\s+/gu, ' ').trim());
}
