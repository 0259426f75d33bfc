import type { KnownText } from '../../application/comparison/compare-known-texts';
import type { SectionComparison } from '../../application/comparison/compare-texts';
import { inLocale, lookUpLocale } from '../../domain/locale-lookup';
import type { ContentRef } from '../../domain/policy/policy.events';
import type { Loaders, TextKey } from '../loaders';
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
  const [old, current] = await Promise.all([
    before && knownText(loaders, { organisationId: from.organisation, content: before }),
    after && knownText(loaders, { organisationId: to.organisation, content: after }),
  ]);
  return loaders.compare(old, current);
}

/** Loads a text to be compared. @throws TOO_COMPLEX */
export async function knownText(loaders: Loaders, key: TextKey): Promise<KnownText> {
  const { sha256, charset } = key.content;
  return { organisationId: key.organisationId, sha256, charset, text: await loaders.texts.load(key) };
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
