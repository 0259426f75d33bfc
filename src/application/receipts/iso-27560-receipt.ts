import { v5 as uuidv5 } from 'uuid';
import { canonicalJson } from '../../domain/canonical-json';
import { languageFor } from '../../domain/languages';
import { inLocale } from '../../domain/locale-lookup';
import type { PolicyKind } from '../../domain/policy/policy.events';
import type { DataSubjectRight } from '../../domain/policy/processing-statement';
import type { Act, DecidedPurpose, DecisionRecord, ReceiptParty, ReceiptType } from './decision-record';
import { indicationOf, receiptWords } from './receipt-words';
import { specialCategories } from './special-categories';

/**
 * A decision as ISO/IEC TS 27560:2023 has a consent record with its receipt, in JSON-LD by the terms of the Data
 * Privacy Vocabulary 2 (its guide "Consent Records and Receipts", profile dpv-27560): metadata, notice, processing,
 * parties, events. Canonical JSON: the same decision gives the same bytes.
 *
 * Terms are a contract and no consent (rule C3). Their receipt has the same parts, and calls itself neither a consent
 * receipt nor of that profile.
 */
export function iso27560Receipt(decision: DecisionRecord): string {
  const { id, notedAt } = decision;
  const consent = isConsent(decision.type);
  return canonicalJson({
    '@context': CONTEXT,
    '@id': `urn:uuid:${id}`,
    '@type': consent ? 'dpv:ConsentReceipt' : 'dpv:RecordsOfActivities',
    ...(consent && { 'dct:conformsTo': { '@id': `${PROFILE}receipt-eu-gdpr` } }),
    'dpv:hasIdentifier': id,
    'dct:created': dateTime(notedAt),
    'dpv:hasRecordOfActivity': recordOf(decision, consent),
  });
}

const PROFILE = 'https://w3id.org/dpv/schema/dpv-27560#';

const CONTEXT = {
  dpv: 'https://w3id.org/dpv#',
  'eu-gdpr': 'https://w3id.org/dpv/legal/eu/gdpr#',
  loc: 'https://w3id.org/dpv/loc#',
  dct: 'http://purl.org/dc/terms/',
  rdf: 'http://www.w3.org/1999/02/22-rdf-syntax-ns#',
  schema: 'https://schema.org/',
  xsd: 'http://www.w3.org/2001/XMLSchema#',
};

/** Receipt and record are two things with two identifiers; the record's follows from the receipt's. */
const RECORD = 'consent record';

function recordOf(decision: DecisionRecord, consent: boolean) {
  const { id, subjectId, controller, processor, statement } = decision;
  const recordId = uuidv5(RECORD, id);
  return {
    '@id': `urn:uuid:${recordId}`,
    '@type': consent ? 'dpv:ConsentRecord' : 'dpv:RecordsOfActivities',
    ...(consent && { 'dct:conformsTo': { '@id': `${PROFILE}record-eu-gdpr` } }),
    'dct:identifier': recordId,
    'dpv:hasDataSubject': {
      '@id': `urn:uuid:${subjectId}`,
      '@type': 'dpv:DataSubject',
      'dct:identifier': subjectId,
    },
    'dpv:hasDataController': reference(controller),
    ...(processor && { 'dpv:hasDataProcessor': reference(processor) }),
    'dpv:hasJurisdiction': jurisdictionOf(controller),
    'dpv:hasApplicableLaw': { '@id': 'eu-gdpr:GDPR' },
    'dpv:hasNotice': noticeOf(decision),
    'dct:language': decision.locale,
    'dpv:hasProcess': processesOf(decision),
    ...(consent && { 'dpv:hasConsentControl': controlOf(decision) }),
    'dpv:hasRight': (statement?.rights ?? []).map((right) => rightOf(right, controller)),
    ...(statement?.complaintAuthority && {
      'dpv:hasAuthority': { '@type': 'dpv:DataProtectionAuthority', 'dpv:hasName': statement.complaintAuthority },
    }),
    'dpv:hasEntity': [
      partyOf(controller, 'DataController'),
      ...(processor ? [partyOf(processor, 'DataProcessor')] : []),
    ],
    [consent ? 'dpv:hasConsentStatus' : 'dpv:hasStatus']: eventsOf(decision),
  };
}

const NOTICE_TYPES: { readonly [kind in PolicyKind]: string } = {
  PRIVACY_NOTICE: 'dpv:PrivacyNotice',
  COOKIE_NOTICE: 'dpv:PrivacyNotice',
  CONSENT_NOTICE: 'dpv:ConsentNotice',
  TERMS: 'dpv:Notice',
};

/** What informed the decision. Of a consent it is its consent notice, whatever else the text is. */
function noticeOf({ notice, policy, policyUrl, locale, type }: DecisionRecord) {
  return {
    '@id': `urn:uuid:${notice?.versionId ?? policy.id}`,
    '@type': isConsent(type)
      ? [...new Set(['dpv:ConsentNotice', NOTICE_TYPES[policy.kind]])]
      : NOTICE_TYPES[policy.kind],
    'dct:title': { '@value': policy.title, '@language': locale },
    'dct:language': locale,
    'schema:url': policyUrl,
    ...(notice && {
      'dct:hasVersion': notice.label,
      'dct:identifier': notice.versionId,
      'dct:valid': dateTime(notice.effectiveFrom),
      'schema:position': notice.sequence,
      'schema:sha256': notice.sha256,
    }),
  };
}

function processesOf(decision: DecisionRecord): readonly object[] {
  const { purposes, locale } = decision;
  if (purposes.length > 0) return purposes.map((each) => processOf(decision, each));
  const title = receiptWords(decision).termsPurpose[languageFor(locale, 'en')];
  return [
    {
      '@type': 'dpv:Process',
      'dpv:hasPurpose': { '@type': 'dpv:Purpose', 'dct:title': { '@value': title, '@language': locale } },
      'dpv:hasLegalBasis': { '@id': 'eu-gdpr:A6-1-b' },
      'dpv:hasDataController': reference(decision.controller),
    },
  ];
}

function processOf(decision: DecisionRecord, { key, purpose, expiresAt }: DecidedPurpose) {
  const { locale, controller } = decision;
  const title = inLocale(purpose?.titles ?? [], locale, locale);
  const special = specialCategories(purpose?.dataCategories ?? []);
  return {
    '@type': 'dpv:Process',
    'dpv:hasPurpose': {
      '@type': 'dpv:Purpose',
      'dct:identifier': key,
      'dct:title': { '@value': title?.text ?? key, ...(title && { '@language': title.locale }) },
    },
    'dpv:hasLegalBasis': { '@id': special.length > 0 ? 'eu-gdpr:A9-2-a' : 'eu-gdpr:A6-1-a' },
    'dpv:hasNecessity': { '@id': purpose?.optional === false ? 'dpv:Required' : 'dpv:Optional' },
    'dpv:hasPersonalData': (purpose?.dataCategories ?? [key]).map((category) => ({
      '@type': special.includes(category) ? 'dpv:SpecialCategoryPersonalData' : 'dpv:PersonalData',
      'dct:title': category,
    })),
    ...(purpose &&
      purpose.sources.length > 0 && { 'dpv:hasDataSource': purpose.sources.map(titled('dpv:DataSource')) }),
    'dpv:hasStorageCondition': storageOf(purpose?.retention, purpose?.transfers ?? []),
    'dpv:hasDataController': reference(controller),
    'dpv:hasRecipient': recipientsOf(decision, purpose?.recipients ?? []),
    ...(purpose &&
      purpose.processors.length > 0 && {
        'dpv:hasDataProcessor': purpose.processors.map(titled('dpv:DataProcessor')),
      }),
    ...(purpose &&
      purpose.transfers.length > 0 && {
        'dpv:hasProcessing': purpose.transfers.map((transfer) => ({
          '@type': 'dpv:Transfer',
          'dct:description': transfer,
        })),
      }),
    ...(purpose?.automatedDecisions && {
      'dpv:hasProcessingAutomation': { 'dct:description': purpose.automatedDecisions },
    }),
    ...(expiresAt && { 'dct:valid': dateTime(expiresAt) }),
  };
}

/** A statement without third countries says that there are none: the data stay in the EEA. */
function storageOf(retention: string | undefined, transfers: readonly string[]): readonly object[] {
  return [
    { '@type': 'dpv:StorageLocation', 'dpv:hasLocation': { '@id': 'loc:EEA' } },
    ...transfers.map((transfer) => ({ '@type': 'dpv:StorageLocation', 'dct:description': transfer })),
    {
      '@type': 'dpv:StorageDuration',
      'dpv:hasDuration': { '@type': 'dpv:UntilEventDuration', 'rdf:value': retention ?? 'not stated' },
    },
  ];
}

/** The field may not be empty; the controller is a recipient, too, in the vocabulary's terms. */
function recipientsOf(decision: DecisionRecord, recipients: readonly string[]): readonly object[] {
  if (recipients.length > 0) return recipients.map(titled('dpv:Recipient'));
  const description = receiptWords(decision).noRecipient[languageFor(decision.locale, 'en')];
  return [{ ...reference(decision.controller), 'dct:description': description }];
}

function controlOf(decision: DecisionRecord) {
  const { locale, policyUrl, controller } = decision;
  const language = languageFor(locale, 'en');
  return {
    '@type': 'dpv:WithdrawConsent',
    'dct:description': { '@value': receiptWords(decision).howToWithdraw[language], '@language': language },
    'dpv:isExercisedAt': [policyUrl, controller.contact],
  };
}

/** The right's article of the GDPR. */
const RIGHTS: { readonly [right in DataSubjectRight]: string } = {
  ACCESS: 'A15',
  RECTIFICATION: 'A16',
  ERASURE: 'A17',
  RESTRICTION: 'A18',
  PORTABILITY: 'A20',
  OBJECTION: 'A21',
  NO_AUTOMATED_DECISION: 'A22',
  WITHDRAW_CONSENT: 'A7-3',
};

function rightOf(right: DataSubjectRight, { contact }: ReceiptParty) {
  return {
    '@type': ['dpv:DataSubjectRight', `eu-gdpr:${RIGHTS[right]}`],
    'dct:title': right,
    'dpv:isExercisedAt': contact,
  };
}

function partyOf(party: ReceiptParty, role: 'DataController' | 'DataProcessor') {
  const { id, name, number, address, contact, country } = party;
  return {
    ...reference(party),
    '@type': ['dpv:Organisation', `dpv:${role}`],
    'dpv:hasIdentifier': id,
    'dpv:hasName': name,
    ...(number && { 'dct:identifier': number }),
    'schema:contactPoint': { '@type': 'schema:ContactPoint', 'schema:description': contact },
    'schema:address': {
      '@type': 'schema:PostalAddress',
      ...(address && { 'schema:streetAddress': address }),
      ...(country && { 'schema:addressCountry': country }),
    },
  };
}

/** What a type of decision is in the vocabulary, and whether a yes stands behind it. */
const STATUS: { readonly [type in ReceiptType]: string } = {
  ConsentGiven: 'dpv:ConsentGiven',
  ConsentRefused: 'dpv:ConsentRefused',
  ConsentWithdrawn: 'dpv:ConsentWithdrawn',
  TermsAccepted: 'dpv:ContractSignedByParty',
  TermsRefused: 'dpv:ContractRejected',
};

function eventsOf({ type, act, takenBack, purposes, subjectId }: DecisionRecord): readonly object[] {
  const before = takenBack ? [eventOf('ConsentGiven', takenBack, subjectId, undefined)] : [];
  const expiries = purposes.flatMap(({ expiresAt }) => expiresAt ?? []).sort();
  return [...before, eventOf(type, act, subjectId, expiries[0])];
}

/** The earliest expiry bounds the whole event; each purpose says its own. */
function eventOf(type: ReceiptType, act: Act, subjectId: string, expiresAt: string | undefined) {
  return {
    '@type': type === 'ConsentGiven' ? [STATUS[type], 'dpv:ExplicitlyExpressedConsent'] : STATUS[type],
    'dpv:isIndicatedAtTime': dateTime(act.at),
    'dpv:isIndicatedBy':
      act.decidedBy === 'GUARDIAN' ? { '@type': 'dpv:GuardianOfDataSubject' } : { '@id': `urn:uuid:${subjectId}` },
    'dpv:hasIndicationMethod': indicationOf(act),
    'dpv:hasDuration': expiresAt
      ? { '@type': 'dpv:UntilTimeDuration', 'rdf:value': dateTime(expiresAt) }
      : { '@type': 'dpv:UntilEventDuration', 'rdf:value': UNTIL[type] },
  };
}

/** What ends the standing of a decision that has no date of its own. */
const UNTIL: { readonly [type in ReceiptType]: string } = {
  ConsentGiven: 'withdrawal, renewal or end of the purpose',
  ConsentRefused: 'another decision',
  ConsentWithdrawn: 'another decision',
  TermsAccepted: 'end of the agreement',
  TermsRefused: 'another decision',
};

function isConsent(type: ReceiptType): boolean {
  return type !== 'TermsAccepted' && type !== 'TermsRefused';
}

function jurisdictionOf({ country }: ReceiptParty) {
  return { '@id': country ? `loc:${country}` : 'loc:EEA' };
}

const reference = ({ id }: ReceiptParty) => ({ '@id': `urn:uuid:${id}` });

const dateTime = (instant: string) => ({ '@type': 'xsd:dateTime', '@value': instant });

const titled = (type: string) => (title: string) => ({ '@type': type, 'dct:title': title });
