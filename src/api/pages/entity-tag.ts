import { createHash } from 'node:crypto';

/** The tag of a text's exact bytes: their hash, which the log and every decision name too. */
export function bytesTag(sha256: string): string {
  return `"${sha256}"`;
}

/**
 * The tag of a page: the hash of its text, then one of all that stands around it. The same text may return under
 * another label, and a page kept by the hash of its text alone would go on naming the old one.
 */
export function pageTag(sha256: string, html: string): string {
  const around = createHash('sha256').update(html).digest('hex').slice(0, AROUND_LENGTH);
  return `"${sha256}-${around}"`;
}

const AROUND_LENGTH = 16;

/**
 * True when `If-None-Match` names the tag, or the text by its bare hash: whoever has only that asks whether the text
 * is another one.
 */
export function isUnchanged(ifNoneMatch: string | undefined, tag: string, sha256: string): boolean {
  if (ifNoneMatch === undefined) return false;
  const named = ifNoneMatch.split(',').map((each) => each.trim().replace(/^W\//, ''));
  return named.some((each) => each === '*' || each === tag || each === bytesTag(sha256));
}
