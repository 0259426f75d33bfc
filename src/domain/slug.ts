import { MAX_SLUG_LENGTH } from './limits';
import { Refusal } from './refusal';

const SLUG = /^[a-z0-9]+(-[a-z0-9]+)*$/;

/** A slug is part of addresses and never changes: lower-case letters a-z and digits, words joined by single hyphens. */
export function assertSlug(slug: string): void {
  if (SLUG.test(slug) && slug.length <= MAX_SLUG_LENGTH) return;
  throw new Refusal(
    'SLUG_INVALID',
    `A slug has at most ${MAX_SLUG_LENGTH} characters: a-z, 0-9 and single hyphens between them.`,
    'words: handle',
    { path: ['slug'] },
  );
}
