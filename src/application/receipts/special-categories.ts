/**
 * Words by which a statement's category of data is taken for one of GDPR Art. 9(1). Statements name categories freely,
 * so this only flags: a category that says it in other words is not found.
 */
const SPECIAL = new RegExp(
  [
    'helse|health|medisin|medical|syk(dom|e)|diagnos',
    'biometri',
    'geneti',
    'relig|livssyn|tro(ssamfunn)?(?![a-zæøå])',
    'politi(cal|sk)',
    'philosoph|filosof',
    'etnisk|ethnic|rase(?![a-zæøå])|racial',
    'fagforening|trade union|union membership',
    'seksu|sexual|sex life',
  ].join('|'),
  'i',
);

/** Those of the categories that are special ones, in their order. */
export function specialCategories(dataCategories: readonly string[]): readonly string[] {
  return [...new Set(dataCategories)].filter((category) => SPECIAL.test(category));
}
