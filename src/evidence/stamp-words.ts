import type { InBoth } from '../domain/languages';

/** What every readable file says of whom it is about, and of which moment. */
export const STAMP_WORDS = {
  organisation: { nb: 'Virksomhet', en: 'Organisation' },
  effectiveAt: { nb: 'Viser hva som gjaldt', en: 'Shows what was true at' },
  recordedAt: { nb: 'Etter det som var notert', en: 'By what had been recorded by' },
  requestedAt: { nb: 'Bestilt', en: 'Asked for' },
  rules: { nb: 'Regelversjon', en: 'Version of the rules' },
  position: { nb: 'Sted i loggen', en: 'Place in the log' },
} as const satisfies { readonly [word: string]: InBoth };
