/**
 * True for text that is not blank, on one line, without control characters or half a surrogate pair, and of at most
 * `max` UTF-16 code units: what a name or a label must be, whichever door it came in by.
 */
export function isOneLine(text: string, max: number): boolean {
  return text.trim() !== '' && text.length <= max && !/[\p{Control}\p{Surrogate}\u2028\u2029]/u.test(text);
}
