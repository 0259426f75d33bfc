/**
 * Finds the best of the locales there are, as RFC 4647 §3.4 (lookup) does: the tag asked for, then ever shorter ones.
 * Norwegian without more means bokmål, so `no` and `nb` find each other.
 */
export function lookUpLocale(available: readonly string[], asked: string): string | undefined {
  const wanted = folded(asked).split('-');
  while (wanted.length > 0) {
    const range = wanted.join('-');
    // A text tagged exactly as it was asked for comes before one that only means the same.
    const found = available.find((locale) => locale === asked) ?? available.find((locale) => folded(locale) === range);
    if (found !== undefined) return found;
    wanted.pop();
    // A single letter only introduces what follows it.
    if (wanted.at(-1)?.length === 1) wanted.pop();
  }
  return undefined;
}

/** True for two tags of one language: `no` without more is bokmål. */
export function sameLocale(a: string, b: string): boolean {
  return folded(a) === folded(b);
}

function folded(locale: string): string {
  return locale.toLowerCase().replace(/^no(?=-|$)/, 'nb');
}

/** What is in the locale asked for, else in the default one, else the first (never nothing of something). */
export function inLocale<Item extends { readonly locale: string }>(
  items: readonly Item[],
  asked: string | null | undefined,
  fallback: string,
): Item | undefined {
  const available = items.map(({ locale }) => locale);
  const found = (asked && lookUpLocale(available, asked)) || lookUpLocale(available, fallback);
  return items.find(({ locale }) => locale === found) ?? items[0];
}
