import type { LocalDate, TimeZone } from '../../domain/time';
import type { Language } from '../languages';
import type { NoText, VersionPlace } from './policy-page';

/** What the page itself says around a text, in the language of that text. */
export interface PageWords {
  readonly skipToText: string;
  readonly contents: string;
  readonly effectiveFrom: (date: string) => string;
  readonly version: (number: string) => string;
  readonly languages: string;
  readonly whatChanged: string;
  readonly versions: string;
  readonly unlisted: (count: number) => string;
  readonly place: Readonly<Record<VersionPlace, string>>;
  readonly readOnDay: string;
  readonly show: string;
  readonly shownAsOn: (date: string) => string;
  readonly forecast: (date: string) => string;
  readonly readToday: string;
  readonly scheduled: (date: string) => string;
  readonly readScheduled: string;
  readonly retired: string;
  readonly noText: Readonly<Record<NoText, (date: string | undefined) => string>>;
  readonly exactText: string;
  readonly fingerprint: string;
  readonly daysIn: (zone: TimeZone) => string;
  readonly notFound: string;
  readonly notFoundMore: string;
  readonly badAddress: string;
  readonly fault: string;
}

const NB: PageWords = {
  skipToText: 'Gå til teksten',
  contents: 'Innhold',
  effectiveFrom: (date) => `Gjelder fra ${date}`,
  version: (number) => `Versjon ${number}`,
  languages: 'Språk',
  whatChanged: 'Hva er endret?',
  versions: 'Versjoner',
  unlisted: (count) => `… og ${count} eldre`,
  place: {
    SCHEDULED: 'kommer',
    IN_FORCE: 'gjelder nå',
    SUPERSEDED: '',
    WITHDRAWN: 'trukket tilbake',
    RETIRED: 'siste',
  },
  readOnDay: 'Les teksten som gjaldt en bestemt dag',
  show: 'Vis',
  shownAsOn: (date) => `Du leser teksten slik den gjaldt ved utgangen av ${date}.`,
  forecast: (date) => `Dette er teksten som etter det vi vet i dag, skal gjelde ${date}.`,
  readToday: 'Les teksten som gjelder i dag',
  scheduled: (date) => `En ny versjon trer i kraft ${date}.`,
  readScheduled: 'Les den nye versjonen',
  retired: 'Dokumentet er ikke lenger i bruk. Her står den siste teksten som gjaldt.',
  noText: {
    NOT_YET_PUBLISHED: (date) =>
      date === undefined ? 'Dokumentet gjelder ikke ennå.' : `Dokumentet gjaldt ikke ennå ${date}.`,
    ALL_WITHDRAWN: (date) =>
      date === undefined
        ? 'Teksten er trukket tilbake, og ingen annen gjelder nå.'
        : `Teksten var trukket tilbake ${date}, og ingen annen gjaldt.`,
    RETIRED: () => 'Dokumentet er ikke lenger i bruk.',
  },
  exactText: 'Teksten tegn for tegn',
  fingerprint: 'Fingeravtrykk (SHA-256)',
  daysIn: (zone) => `Dager regnes i tidssonen ${zone}.`,
  notFound: 'Her er det ingenting',
  notFoundMore: 'Det finnes ikke noe publisert dokument på denne adressen.',
  badAddress: 'Adressen kan ikke leses. En dag skrives som 2024-01-31.',
  fault: 'Noe gikk galt hos oss. Prøv igjen om litt.',
};

const EN: PageWords = {
  skipToText: 'Skip to the text',
  contents: 'Contents',
  effectiveFrom: (date) => `In force from ${date}`,
  version: (number) => `Version ${number}`,
  languages: 'Languages',
  whatChanged: 'What has changed?',
  versions: 'Versions',
  unlisted: (count) => `… and ${count} older`,
  place: {
    SCHEDULED: 'to come',
    IN_FORCE: 'in force now',
    SUPERSEDED: '',
    WITHDRAWN: 'withdrawn',
    RETIRED: 'last',
  },
  readOnDay: 'Read the text that was in force on a day',
  show: 'Show',
  shownAsOn: (date) => `You are reading the text as it was in force at the end of ${date}.`,
  forecast: (date) => `By what is known today, this is the text that will be in force on ${date}.`,
  readToday: 'Read the text in force today',
  scheduled: (date) => `A new version comes into force on ${date}.`,
  readScheduled: 'Read the new version',
  retired: 'This document is no longer in use. This is the last text that was in force.',
  noText: {
    NOT_YET_PUBLISHED: (date) =>
      date === undefined ? 'This document is not in force yet.' : `This document was not in force yet on ${date}.`,
    ALL_WITHDRAWN: (date) =>
      date === undefined
        ? 'The text has been withdrawn, and no other is in force.'
        : `The text had been withdrawn by ${date}, and no other was in force.`,
    RETIRED: () => 'This document is no longer in use.',
  },
  exactText: 'The text, character by character',
  fingerprint: 'Fingerprint (SHA-256)',
  daysIn: (zone) => `Days are days in the time zone ${zone}.`,
  notFound: 'There is nothing here',
  notFoundMore: 'No document has been published at this address.',
  badAddress: 'This address cannot be read. A day is written like 2024-01-31.',
  fault: 'Something went wrong on our side. Try again in a moment.',
};

export const PAGE_WORDS: Readonly<Record<Language, PageWords>> = { nb: NB, en: EN };

/** A civil date in words: "1. november 2023". */
export function dateInWords(day: LocalDate, language: Language): string {
  // A civil date has no zone; noon in UTC stands for it, and is read in UTC.
  return FORMATS[language].format(new Date(`${day}T12:00:00Z`));
}

const FORMATS: Readonly<Record<Language, Intl.DateTimeFormat>> = {
  nb: new Intl.DateTimeFormat('nb', { dateStyle: 'long', timeZone: 'UTC' }),
  en: new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'UTC' }),
};
