import {
  findImpliedConsentClauses,
  MAX_IMPLIED_CONSENT_CLAUSES,
  mentionsAgreement,
} from '../../domain/policy/implied-consent';
import type { TextFlag } from '../../domain/policy/policy.events';
import { paragraphsOf } from '../../domain/policy/sentences';
import { BoundedCache } from '../bounded-cache';

/** Characters of the paragraphs remembered, and what remembering one takes beside them, counted in characters. */
const MAX_REMEMBERED_LENGTH = 3_000_000;
const LENGTH_BESIDE = 300;

/**
 * Flags passages as {@link findImpliedConsentClauses} does, for many texts that have most paragraphs in common:
 * each that may claim something is looked at once.
 */
export function createFlagFinder(): (text: string, locale: string) => readonly TextFlag[] {
  const remembered = new BoundedCache<readonly string[]>(MAX_REMEMBERED_LENGTH);

  function passagesIn(paragraph: string): readonly string[] {
    if (!mentionsAgreement(paragraph)) return [];
    const known = remembered.get(paragraph);
    if (known) return known;
    // A copy: a part of a string keeps the whole alive, and passages are parts of it.
    const copy = Buffer.from(paragraph).toString();
    const passages = findImpliedConsentClauses(copy).map(({ passage }) => passage);
    remembered.set(copy, passages, copy.length + LENGTH_BESIDE);
    return passages;
  }

  return (text, locale) => {
    const passages = new Set(paragraphsOf(text).flatMap(passagesIn));
    return [...passages]
      .slice(0, MAX_IMPLIED_CONSENT_CLAUSES)
      .map((passage) => ({ code: 'IMPLIED_CONSENT_CLAUSE', locale, passage }));
  };
}
