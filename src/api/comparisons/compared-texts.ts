import { compareTexts, type SectionComparison } from '../../application/comparison/compare-texts';
import { inLocale, lookUpLocale } from '../../domain/locale-lookup';
import type { ContentRef } from '../../domain/policy/policy.events';
import type { Scope } from '../scope';

/** Texts of one version or draft, and whose they are. */
export interface TextsOf {
  readonly contents: readonly ContentRef[];
  readonly organisation: string;
}

export interface ComparedLocale {
  readonly asked: string | null | undefined;
  /** For whoever asks for none. */
  readonly otherwise: string;
}

/**
 * Compares the texts of one language: the new side's in the locale asked for, against the old side's in the same. What
 * has no text in that language is compared as an empty one.
 */
export async function comparedTexts(
  { loaders }: Scope,
  from: TextsOf | undefined,
  to: TextsOf,
  { asked, otherwise }: ComparedLocale,
): Promise<readonly SectionComparison[]> {
  const after = inLocale(to.contents, asked, otherwise);
  const before = from && inLanguage(from.contents, after?.locale ?? asked ?? otherwise);
  const text = async (content: ContentRef | undefined, organisationId: string) =>
    content ? loaders.texts.load({ organisationId, content }) : '';
  const [old, current] = await Promise.all([text(before, from?.organisation ?? ''), text(after, to.organisation)]);
  return compareTexts(old, current);
}

function inLanguage(contents: readonly ContentRef[], locale: string): ContentRef | undefined {
  const available = contents.map((content) => content.locale);
  const found = lookUpLocale(available, locale) ?? available.find((other) => languageOf(other) === languageOf(locale));
  return contents.find((content) => content.locale === found);
}

function languageOf(locale: string): string {
  const [language = ''] = locale.toLowerCase().split('-');
  return language === 'no' ? 'nb' : language;
}
