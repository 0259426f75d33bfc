import { lookUpLocale } from './locale-lookup';

/** The languages that the system itself speaks: in reasons, in sentences about facts, in receipts and copies. */
export type Language = 'nb' | 'en';

export type InBoth = { readonly [language in Language]: string };

/** Norwegian of either form gets bokmål; whoever asks for neither gets the organisation's language, else English. */
export function languageFor(asked: string | null | undefined, fallback: string): Language {
  return (asked && spoken(asked)) || spoken(fallback) || 'en';
}

function spoken(locale: string): Language | undefined {
  if (/^nn(-|$)/i.test(locale)) return 'nb';
  const found = lookUpLocale(['nb', 'en'], locale);
  return found === 'nb' || found === 'en' ? found : undefined;
}
