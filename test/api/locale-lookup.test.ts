import { languageFor } from '../../src/api/languages';
import { inLocale, lookUpLocale } from '../../src/domain/locale-lookup';

test.each([
  ['nb-NO', ['en', 'nb'], 'nb'],
  ['no', ['en', 'nb'], 'nb'],
  ['nb', ['en', 'no'], 'no'],
  ['no-NO', ['nb-NO', 'nb'], 'nb-NO'],
  ['EN-gb', ['en-GB', 'en'], 'en-GB'],
  ['zh-Hant-CN-x-private1', ['zh-Hant', 'zh'], 'zh-Hant'],
  ['zh-Hant-CN-x', ['zh-Hant-CN', 'zh'], 'zh-Hant-CN'],
  ['nn', ['nb'], undefined],
  ['en', ['en-GB'], undefined],
  ['de', [], undefined],
])('looking up %s in %j finds %s', (asked, available, found) => {
  expect(lookUpLocale(available, asked)).toBe(found);
});

test('what is not there in the locale asked for is answered in the default one, else in the first', () => {
  const items = [{ locale: 'fi' }, { locale: 'nb' }];
  expect(inLocale(items, 'de', 'no')).toEqual({ locale: 'nb' });
  expect(inLocale(items, null, 'nb-NO')).toEqual({ locale: 'nb' });
  expect(inLocale(items, 'de', 'sv')).toEqual({ locale: 'fi' });
  expect(inLocale([], 'de', 'sv')).toBeUndefined();
});

test.each([
  ['nn-NO', 'en', 'nb'],
  ['en-US', 'nb', 'en'],
  ['de', 'nn', 'nb'],
  [null, 'no', 'nb'],
  [undefined, 'de', 'en'],
] as const)('the system speaks to %s, else %s, in %s', (asked, fallback, language) => {
  expect(languageFor(asked, fallback)).toBe(language);
});
