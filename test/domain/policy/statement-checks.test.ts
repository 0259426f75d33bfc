import type { ProcessingStatement } from '../../../src/domain/policy/processing-statement';
import { assertStatement } from '../../../src/domain/policy/statement-checks';
import { assertSlug } from '../../../src/domain/slug';
import { newsletter, statement, withPurpose } from '../../support/policy-stories';

const purposes = (...keys: readonly string[]): ProcessingStatement => ({
  ...statement,
  purposes: keys.map((key) => ({ ...newsletter, key })),
});

describe('a processing statement that contradicts itself', () => {
  it.each<[string, ProcessingStatement, string]>([
    ['two purposes with one key', purposes('a', 'a'), 'purposes'],
    ['a key with capitals', purposes('Newsletter'), 'purposes.0.key'],
    ['a key with a blank', purposes('news letter'), 'purposes.0.key'],
    ['an empty key', purposes(''), 'purposes.0.key'],
    ['a validity of hours', withPurpose('newsletter', { consentValidFor: 'PT12H' }), 'purposes.0.consentValidFor'],
    ['a validity in words', withPurpose('newsletter', { consentValidFor: 'two years' }), 'purposes.0.consentValidFor'],
    [
      'two titles in one locale',
      withPurpose('newsletter', { titles: [...newsletter.titles, ...newsletter.titles] }),
      'purposes.0.titles',
    ],
    [
      'a basis given twice',
      withPurpose('newsletter', { bases: [...newsletter.bases, ...newsletter.bases] }),
      'purposes.0.bases',
    ],
    [
      'more purposes than there may be',
      purposes(...Array.from({ length: 101 }, (_, index) => `p-${index}`)),
      'purposes',
    ],
    ['more text than there may be', { ...statement, contact: 'x'.repeat(200_000) }, ''],
  ])('%s is refused where it stands', (_, wrong, path) => {
    expect(() => assertStatement(wrong)).toThrow(
      expect.objectContaining({ code: 'STATEMENT_INVALID', path: ['statement', ...path.split('.').filter(Boolean)] }),
    );
  });

  it('one category may have several bases, and several categories one', () => {
    const bases = [
      { subjectCategory: 'customer', legalBasis: 'CONSENT' },
      { subjectCategory: 'customer', legalBasis: 'LEGITIMATE_INTERESTS', legitimateInterest: 'Telling customers' },
      { subjectCategory: 'prospect', legalBasis: 'CONSENT' },
    ] as const;
    expect(() => assertStatement(withPurpose('newsletter', { bases }))).not.toThrow();
  });
});

describe('a slug', () => {
  it.each(['a', 'privacy', 'privacy-2', '2024'])('%s is one', (slug) => {
    expect(() => assertSlug(slug)).not.toThrow();
  });
  it.each(['', '-a', 'a-', 'a--b', 'A', 'æ', 'a b', 'a/b', 'a'.repeat(65), '../a'])('%p is none', (slug) => {
    expect(() => assertSlug(slug)).toThrow(expect.objectContaining({ code: 'SLUG_INVALID' }));
  });
});
