/** Everything but line break and tab that moves a terminal's cursor, colours it, or turns the direction of writing. */
const COMMANDS = /[^\P{Cc}\n\t]|[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/**
 * Words for a terminal, in which names and passages stand that others wrote: of files in a repository, of a text that
 * is imported. What would command the terminal is shown by its number.
 */
export function safeWords(words: string): string {
  return words.replace(COMMANDS, (each) => `\\u{${each.codePointAt(0)?.toString(16)}}`);
}
