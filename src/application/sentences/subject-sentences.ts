import type { InBoth } from '../../domain/languages';
import type { Channel, SubjectEvent } from '../../domain/subject/subject.events';
import { clock, onText, type SentencesOf } from './sentence-parts';

const CHANNELS: { readonly [channel in Channel]: InBoth } = {
  APP: { nb: 'i appen', en: 'in the app' },
  EMAIL: { nb: 'på e-post', en: 'by e-mail' },
  LETTER: { nb: 'i brev', en: 'by letter' },
  SMS: { nb: 'på SMS', en: 'by text message' },
  API: { nb: 'gjennom et annet system', en: 'through another system' },
};

/** What the facts of people tell. */
export const SUBJECT_SENTENCES: SentencesOf<SubjectEvent> = {
  SubjectRegistered: ({ anonymous, categories }) => ({
    nb: `Ble registrert${anonymous ? ' anonymt' : ''}${listed(categories, ' som ')}.`,
    en: `Was registered${anonymous ? ' anonymously' : ''}${listed(categories, ' as ')}.`,
  }),
  SubjectClassified: ({ categories, customerId, customerEnded, exempt }) => ({
    nb: `Ble endret: ${[
      categories && `kategorier${listed(categories, ' ') || ' ingen'}`,
      customerId && 'en annen kunde',
      customerEnded && 'ingen kunde lenger',
      exempt !== undefined && (exempt ? 'tjenestekonto' : 'ikke tjenestekonto'),
    ]
      .filter(Boolean)
      .join(', ')}.`,
    en: `Was classified anew: ${[
      categories && `categories${listed(categories, ' ') || ' none'}`,
      customerId && 'another customer',
      customerEnded && 'no customer any more',
      exempt !== undefined && (exempt ? 'a service account' : 'no service account'),
    ]
      .filter(Boolean)
      .join(', ')}.`,
  }),
  SubjectLinked: () => ({
    nb: 'Viste seg å være en registrert konto.',
    en: 'Turned out to be a registered account.',
  }),
  SubjectLinkReceived: () => ({
    nb: 'Fikk knyttet til seg det som var notert anonymt.',
    en: 'Was linked with what had been recorded anonymously.',
  }),
  SubjectTokensRevoked: () => ({
    nb: 'Alle innloggingsbevis ble trukket tilbake.',
    en: 'Every token of the person was revoked.',
  }),
  NoticeNotified: ({ channel, versionId, locale }, telling) => ({
    nb: `Ble varslet om en versjon ${CHANNELS[channel].nb} ${onText(telling, versionId, locale)}.`,
    en: `Was notified of a version ${CHANNELS[channel].en} ${onText(telling, versionId, locale)}.`,
  }),
  NoticeShown: ({ channel, versionId, locale }, telling) => ({
    nb: `Fikk se en versjon ${CHANNELS[channel].nb} ${onText(telling, versionId, locale)}.`,
    en: `Was shown a version ${CHANNELS[channel].en} ${onText(telling, versionId, locale)}.`,
  }),
  NoticeAcknowledged: ({ channel, versionId, locale }, telling) => ({
    nb: `Bekreftet å ha lest en versjon ${CHANNELS[channel].nb} ${onText(telling, versionId, locale)}.`,
    en: `Acknowledged a version ${CHANNELS[channel].en} ${onText(telling, versionId, locale)}.`,
  }),
  NoticeDeferred: ({ versionId }, { labelOf }) => ({
    nb: `Utsatte å lese ${labelOf?.(versionId) ?? 'en versjon'}.`,
    en: `Put off reading ${labelOf?.(versionId) ?? 'a version'}.`,
  }),
  TermsAccepted: ({ versionId, locale }, telling) => ({
    nb: `Godtok vilkårene ${onText(telling, versionId, locale)}.`,
    en: `Accepted the terms ${onText(telling, versionId, locale)}.`,
  }),
  TermsRefused: ({ versionId, locale }, telling) => ({
    nb: `Avslo vilkårene ${onText(telling, versionId, locale)}.`,
    en: `Refused the terms ${onText(telling, versionId, locale)}.`,
  }),
  ConsentGiven: ({ purposes, versionId, locale }, telling) => ({
    nb: `Samtykket til ${purposes.map(({ purpose, expiresAt }) => until(purpose, expiresAt && `til ${clock(expiresAt, telling.zone)}`)).join(', ')} ${onText(telling, versionId, locale)}.`,
    en: `Consented to ${purposes.map(({ purpose, expiresAt }) => until(purpose, expiresAt && `until ${clock(expiresAt, telling.zone)}`)).join(', ')} ${onText(telling, versionId, locale)}.`,
  }),
  ConsentRefused: ({ purposes, versionId, locale }, telling) => ({
    nb: `Avslo samtykke til ${purposes.join(', ')} ${onText(telling, versionId, locale)}.`,
    en: `Refused consent to ${purposes.join(', ')} ${onText(telling, versionId, locale)}.`,
  }),
  ConsentDeferred: ({ purposes }) => ({
    nb: `Utsatte valget om ${purposes.join(', ')}.`,
    en: `Put off deciding on ${purposes.join(', ')}.`,
  }),
  ConsentWithdrawn: ({ purposes }) => ({
    nb: `Trakk samtykket til ${purposes.join(', ')} tilbake.`,
    en: `Withdrew consent to ${purposes.join(', ')}.`,
  }),
  ProcessingObjected: ({ purposes }) => ({
    nb: `Protesterte mot behandling for ${purposes.join(', ')}.`,
    en: `Objected to processing for ${purposes.join(', ')}.`,
  }),
  ProcessingObjectionLifted: ({ purposes }) => ({
    nb: `Tok tilbake protesten mot behandling for ${purposes.join(', ')}.`,
    en: `Lifted the objection to processing for ${purposes.join(', ')}.`,
  }),
  ProcessingRestricted: ({ purposes }) => ({
    nb: `Krevde begrenset behandling for ${purposes.join(', ')}.`,
    en: `Had processing restricted for ${purposes.join(', ')}.`,
  }),
  ProcessingRestrictionLifted: ({ purposes }) => ({
    nb: `Opphevet begrensningen av behandling for ${purposes.join(', ')}.`,
    en: `Lifted the restriction of processing for ${purposes.join(', ')}.`,
  }),
  FactCorrected: ({ void: isVoid, corrects }) => ({
    nb: isVoid ? `Opplysning nr. ${corrects} ble strøket.` : `Opplysning nr. ${corrects} ble rettet.`,
    en: isVoid ? `Fact number ${corrects} was voided.` : `Fact number ${corrects} was corrected.`,
  }),
  SubjectErasureRequested: () => ({ nb: 'Ba om å bli slettet.', en: 'Asked to be erased.' }),
  SubjectErasureDeclined: () => ({
    nb: 'Kravet om sletting ble avslått.',
    en: 'The request for erasure was declined.',
  }),
  SubjectErasureDecided: () => ({ nb: 'Det ble besluttet å slette personen.', en: 'Erasure was decided on.' }),
  LegalHoldPlaced: ({ until: end }, { zone }) => ({
    nb: `Sletting ble sperret av rettslige grunner${end ? ` til ${clock(end, zone)}` : ''}.`,
    en: `A legal hold was placed${end ? ` until ${clock(end, zone)}` : ''}.`,
  }),
  LegalHoldLifted: () => ({ nb: 'Sperringen av sletting ble opphevet.', en: 'The legal hold was lifted.' }),
  SubjectErasureStarted: () => ({ nb: 'Slettingen ble påbegynt.', en: 'The erasure was begun.' }),
  SubjectErased: ({ finalOn }) => ({
    nb: `Personen er slettet; endelig fra ${finalOn}.`,
    en: `The person is erased; finally from ${finalOn} on.`,
  }),
};

function listed(words: readonly string[], before: string): string {
  return words.length === 0 ? '' : `${before}${words.join(', ')}`;
}

function until(purpose: string, end: string | undefined): string {
  return end === undefined || end === '' ? purpose : `${purpose} (${end})`;
}
