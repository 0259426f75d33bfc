import type { InBoth } from '../../domain/languages';
import { STAMP_WORDS } from '../stamp-words';

/** What the readable audit says beside what it shows. */
export const AUDIT_WORDS = {
  ...STAMP_WORDS,
  title: { nb: 'Revisjonsuttrekk', en: 'Audit' },
  intro: {
    nb: 'Hvem som var varslet, hadde lest, godtatt og samtykket til hva, etter versjonene og reglene som gjaldt da.',
    en: 'Who had been told, had read, accepted and consented to what, by the versions and rules in force then.',
  },
  nothing: { nb: 'Ingen dokumenter var publisert.', en: 'No policy was published.' },
  inForce: { nb: 'Gjeldende versjon', en: 'Version in force' },
  noneInForce: { nb: 'ingen', en: 'none' },
  subjects: { nb: 'Personer det gjelder', en: 'People concerned' },
  inBreach: { nb: 'Med forfalt, sperrende plikt', en: 'With an overdue blocking obligation' },
  notices: { nb: 'Varsling', en: 'Notices' },
  acceptances: { nb: 'Godtatt', en: 'Accepted' },
  consents: { nb: 'Samtykke', en: 'Consent' },
  valid: { nb: 'gyldig', en: 'valid' },
  people: { nb: 'Personene', en: 'The people' },
  registered: { nb: 'registrert', en: 'registered' },
  overdue: { nb: 'forfalt', en: 'overdue' },
  by: { nb: 'innen', en: 'by' },
  notice: { nb: 'varsling', en: 'notice' },
  acceptance: { nb: 'vilkår', en: 'terms' },
  erased: { nb: 'slettet', en: 'erased' },
} as const satisfies { readonly [word: string]: InBoth };
