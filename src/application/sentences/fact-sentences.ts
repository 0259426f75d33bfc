import type { EvidenceKind } from '../../domain/evidence/evidence.events';
import type { InBoth } from '../../domain/languages';
import type { KnownEvent } from '../../domain/stored-events';
import { clock, counted, type SentencesOf, type Telling } from './sentence-parts';
import { SUBJECT_SENTENCES } from './subject-sentences';

type Sentences = SentencesOf<KnownEvent>;

const EVIDENCE: { readonly [kind in EvidenceKind]: InBoth } = {
  AUDIT: { nb: 'et revisjonsuttrekk', en: 'an audit export' },
  PROCESSING_RECORD: { nb: 'behandlingsprotokollen', en: 'the record of processing activities' },
  BUNDLE: { nb: 'en bevispakke', en: 'an evidence bundle' },
  SUBJECT_COPY: { nb: 'en kopi av alt som er lagret om personen', en: 'a copy of all that is held about the person' },
};

/**
 * One sentence for each kind of event, in both languages, without anybody's name. A compile error here means that an
 * event was added without saying what it tells.
 */
const SENTENCES: Sentences = {
  ...SUBJECT_SENTENCES,
  OrganisationRegistered: ({ name }) => ({
    nb: `Registrerte virksomheten ${name}.`,
    en: `Registered the organisation ${name}.`,
  }),
  OrganisationNamed: ({ name }) => ({
    nb: `Ga virksomheten navnet ${name}.`,
    en: `Named the organisation ${name}.`,
  }),
  OrganisationIdentified: ({ number, foreignId }) => ({
    nb: `Registrerte virksomhetens nummer ${number ?? foreignId ?? ''}.`,
    en: `Recorded the organisation's number ${number ?? foreignId ?? ''}.`,
  }),
  OrganisationTimeZoneSet: ({ timeZone }) => ({
    nb: `Satte tidssonen til ${timeZone}.`,
    en: `Set the time zone to ${timeZone}.`,
  }),
  OrganisationDefaultLocaleSet: ({ defaultLocale }) => ({
    nb: `Satte standardspråket til ${defaultLocale}.`,
    en: `Set the default locale to ${defaultLocale}.`,
  }),
  OrganisationApprovalRequirementSet: ({ approvalRequired }) => ({
    nb: approvalRequired ? 'Krevde godkjenning før publisering.' : 'Sluttet å kreve godkjenning før publisering.',
    en: approvalRequired ? 'Required approval before publishing.' : 'No longer required approval before publishing.',
  }),
  OrganisationNoticeLeadSet: ({ noticeLeadDays }) => ({
    nb: `Satte varslingstiden til ${noticeLeadDays} dager.`,
    en: `Set the notice in advance to ${noticeLeadDays} days.`,
  }),
  OrganisationRetentionSet: ({ retention: { loginAndDeliveryDays, operationalDays } }) => ({
    nb: `Satte lagringstiden til ${loginAndDeliveryDays} dager for innlogging og levering, ${operationalDays} dager for drift.`,
    en: `Set retention to ${loginAndDeliveryDays} days for logins and deliveries, ${operationalDays} days for operations.`,
  }),
  OperationalRecordsRemoved: ({ logins, deliveries, before }, { zone }) => ({
    nb: `Fjernet ${logins} innlogginger og ${deliveries} leveringer fra før ${clock(before, zone)}.`,
    en: `Removed ${counted(logins, 'login')} and ${deliveries} deliveries from before ${clock(before, zone)}.`,
  }),
  PolicyCreated: ({ title, slug }) => ({
    nb: `Opprettet dokumentet «${title.text}» (${slug}).`,
    en: `Created the policy "${title.text}" (${slug}).`,
  }),
  PolicyTitleSet: ({ title }) => ({
    nb: `Satte tittelen «${title.text}» (${title.locale}).`,
    en: `Set the title "${title.text}" (${title.locale}).`,
  }),
  PolicyDraftTextEdited: ({ content, revision }) => ({
    nb: `Redigerte utkastets tekst (${content.locale}), revisjon ${revision}.`,
    en: `Edited the draft's text (${content.locale}), revision ${revision}.`,
  }),
  PolicyDraftLocaleRemoved: ({ locale, revision }) => ({
    nb: `Fjernet utkastets tekst (${locale}), revisjon ${revision}.`,
    en: `Removed the draft's text (${locale}), revision ${revision}.`,
  }),
  PolicyDraftStatementSet: ({ statement, revision }) => ({
    nb: `Satte behandlingserklæringen med ${statement.purposes.length} formål, revisjon ${revision}.`,
    en: `Set the processing statement with ${counted(statement.purposes.length, 'purpose')}, revision ${revision}.`,
  }),
  PolicyDraftTemplateApplied: ({ templateRevision, revision }) => ({
    nb: `Tok over malens revisjon ${templateRevision} i utkastet, revisjon ${revision}.`,
    en: `Took the template's revision ${templateRevision} over into the draft, revision ${revision}.`,
  }),
  PolicyDraftDiscarded: ({ revision }) => ({
    nb: `Forkastet utkastet, revisjon ${revision}.`,
    en: `Discarded the draft, revision ${revision}.`,
  }),
  PolicyDraftApproved: ({ revision }) => ({
    nb: `Godkjente utkastets revisjon ${revision}.`,
    en: `Approved the draft's revision ${revision}.`,
  }),
  PolicyVersionPublished: ({ sequence, label, effectiveFrom, effectiveOn, timeZone }) => ({
    nb: `Publiserte versjon ${sequence} (${label}), gjeldende fra ${effectiveOn ?? clock(effectiveFrom, timeZone)}.`,
    en: `Published version ${sequence} (${label}), effective from ${effectiveOn ?? clock(effectiveFrom, timeZone)}.`,
  }),
  PolicyVersionImported: ({ sequence, label, effectiveFrom, effectiveOn, timeZone }) => ({
    nb: `Importerte versjon ${sequence} (${label}), gjeldende fra ${effectiveOn ?? clock(effectiveFrom, timeZone)}.`,
    en: `Imported version ${sequence} (${label}), effective from ${effectiveOn ?? clock(effectiveFrom, timeZone)}.`,
  }),
  PolicyVersionImportRevoked: ({ reason }) => ({
    nb: `Tok en importert versjon ut igjen${because(reason)}`,
    en: `Took an imported version out again${because(reason)}`,
  }),
  PolicyVersionLocaleAdded: ({ content }) => ({
    nb: `La til en tekst på ${content.locale} i en publisert versjon.`,
    en: `Added a text in ${content.locale} to a published version.`,
  }),
  PolicyVersionWithdrawn: ({ from, reason }, { zone }) => ({
    nb: `Trakk en versjon tilbake fra ${clock(from, zone)}${because(reason)}`,
    en: `Withdrew a version from ${clock(from, zone)}${because(reason)}`,
  }),
  PolicyRetired: ({ from, reason }, { zone }) => ({
    nb: `Tok dokumentet ut av bruk fra ${clock(from, zone)}${because(reason)}`,
    en: `Retired the policy from ${clock(from, zone)}${because(reason)}`,
  }),
  PolicyRetirementImported: ({ from }, { zone }) => ({
    nb: `Importerte at dokumentet var tatt ut av bruk fra ${clock(from, zone)}.`,
    en: `Imported that the policy was retired from ${clock(from, zone)}.`,
  }),
  PolicyRetirementImportRevoked: ({ reason }) => ({
    nb: `Tok en importert avslutning ut igjen${because(reason)}`,
    en: `Took an imported retirement out again${because(reason)}`,
  }),
  EvidencePrepared: ({ kind, format, personalValues, subjectId, effectiveAt }, { zone }) => {
    const ofMany = personalValues === true && subjectId === undefined;
    return {
      nb: `Fikk laget ${EVIDENCE[kind].nb} (${format})${ofMany ? ' med personenes egne id-er,' : ''} slik det var ${clock(effectiveAt, zone)}.`,
      en: `Had ${EVIDENCE[kind].en} prepared (${format})${ofMany ? " with the people's own ids," : ''} as of ${clock(effectiveAt, zone)}.`,
    };
  },
  LogReplayed: ({ personalValues, effectiveAt }, { zone }) => ({
    nb: `Fikk loggen spilt av til en fil, ${personalValues ? 'med' : 'uten'} personopplysninger i klartekst, slik det var ${clock(effectiveAt, zone)}.`,
    en: `Had the log replayed into a file, ${personalValues ? 'with' : 'without'} personal values in clear, as of ${clock(effectiveAt, zone)}.`,
  }),
  DecisionsImportCompleted: ({ rows }) => ({
    nb: `Fullførte importen av ${rows} eldre opplysninger om personer.`,
    en: `Completed the import of ${counted(rows, 'earlier fact')} about people.`,
  }),
  LogOpened: () => ({ nb: 'Loggen ble åpnet.', en: 'The log was opened.' }),
  ClockFaultRecorded: () => ({
    nb: 'Det ble notert at loggens klokke hadde gått feil.',
    en: "It was recorded that the log's clock had been wrong.",
  }),
  TextChunkStored: ({ index, count }) => ({
    nb: `Lagret del ${index + 1} av ${count} av en tekst.`,
    en: `Stored part ${index + 1} of ${count} of a text.`,
  }),
  PolicyTemplateCreated: ({ slug }) => ({ nb: `Opprettet malen ${slug}.`, en: `Created the template ${slug}.` }),
  PolicyTemplateTextEdited: ({ content, revision }) => ({
    nb: `Redigerte malens tekst (${content.locale}), revisjon ${revision}.`,
    en: `Edited the template's text (${content.locale}), revision ${revision}.`,
  }),
};

/** A reason as it was written; where it is sealed, the sentence ends without it. */
const because = (reason: string | undefined) => (reason === undefined ? '.' : `: ${reason}`);

/** What an event tells, for people to read, without anybody's name. */
export function sentenceOf(event: KnownEvent, telling: Telling): InBoth {
  return say(event, telling);
}

function say<Type extends KnownEvent['type']>(
  { type, data }: { readonly type: Type; readonly data: Parameters<Sentences[Type]>[0] },
  telling: Telling,
): InBoth {
  return SENTENCES[type](data as never, telling);
}
