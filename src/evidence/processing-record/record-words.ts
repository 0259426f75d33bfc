import type { InBoth } from '../../domain/languages';
import type { LegalBasis } from '../../domain/policy/processing-statement';
import { STAMP_WORDS } from '../stamp-words';
import type { LeftOutCode } from './processing-record';

/** What the readable record says beside what it shows. */
export const RECORD_WORDS = {
  ...STAMP_WORDS,
  title: { nb: 'Protokoll over behandlingsaktiviteter', en: 'Record of processing activities' },
  intro: {
    nb: 'Protokollen etter personvernforordningen artikkel 30, slik behandlingserklæringene som gjaldt da, oppgir den.',
    en: 'The record under Article 30 of the General Data Protection Regulation, as the processing statements in force then tell it.',
  },
  CONTROLLER: { nb: 'Som behandlingsansvarlig', en: 'As controller' },
  PROCESSOR: { nb: 'Som databehandler', en: 'As processor' },
  none: { nb: 'Ingen behandlingsaktivitet er oppgitt.', en: 'No processing activity is stated.' },
  statement: { nb: 'Erklæring', en: 'Statement' },
  controller: { nb: 'Behandlingsansvarlig', en: 'Controller' },
  processors: { nb: 'Databehandlere', en: 'Processors' },
  contact: { nb: 'Kontakt', en: 'Contact' },
  dataProtectionOfficer: { nb: 'Personvernombud', en: 'Data protection officer' },
  bases: { nb: 'Registrerte og behandlingsgrunnlag', en: 'Data subjects and legal bases' },
  dataCategories: { nb: 'Personopplysninger', en: 'Personal data' },
  recipients: { nb: 'Mottakere', en: 'Recipients' },
  transfers: { nb: 'Overføring til tredjeland', en: 'Transfers to third countries' },
  retention: { nb: 'Lagringstid', en: 'Retention' },
  securityMeasures: { nb: 'Sikkerhetstiltak', en: 'Security measures' },
  nobody: { nb: 'ingen', en: 'none' },
  leftOut: { nb: 'Ikke med i protokollen', en: 'Not in the record' },
} as const satisfies { readonly [word: string]: InBoth };

/** Why no activity stands for a policy. */
export const LEFT_OUT: { readonly [code in LeftOutCode]: InBoth } = {
  RETIRED: { nb: 'Dokumentet var tatt ut av bruk.', en: 'The policy was retired.' },
  ALL_WITHDRAWN: {
    nb: 'Alle versjoner som hadde trådt i kraft, var trukket tilbake.',
    en: 'Every version that had taken effect was withdrawn.',
  },
  TEXT_ONLY: {
    nb: 'Versjonen som gjaldt, er en importert tekst uten behandlingserklæring. Hva den oppgir, må leses i teksten.',
    en: 'The version in force is an imported text without a processing statement. What it states has to be read in the text.',
  },
  PURPOSES_ABSENT: {
    nb: 'Behandlingserklæringen som gjaldt, oppgir ingen formål.',
    en: 'The processing statement in force names no purpose.',
  },
};

/** GDPR Art. 6(1)(a) to (f). */
export const LEGAL_BASIS_WORDS: { readonly [basis in LegalBasis]: InBoth } = {
  CONSENT: { nb: 'samtykke', en: 'consent' },
  CONTRACT: { nb: 'avtale', en: 'contract' },
  LEGAL_OBLIGATION: { nb: 'rettslig forpliktelse', en: 'legal obligation' },
  VITAL_INTERESTS: { nb: 'vitale interesser', en: 'vital interests' },
  PUBLIC_TASK: { nb: 'oppgave i allmennhetens interesse', en: 'public task' },
  LEGITIMATE_INTERESTS: { nb: 'berettiget interesse', en: 'legitimate interests' },
};
