import { canonicalJson } from '../../domain/canonical-json';
import { languageFor } from '../../domain/languages';
import { inLocale } from '../../domain/locale-lookup';
import { epochMsOf } from '../../domain/time';
import type { DecidedPurpose, DecisionRecord, ReceiptParty } from './decision-record';
import { indicationOf, receiptWords } from './receipt-words';
import { specialCategories } from './special-categories';

/**
 * A decision as a Kantara Consent Receipt 1.1.0 (Kantara Initiative, 20 February 2018, §4), in canonical JSON: the same
 * decision gives the same bytes. That format knows consents alone; what was refused, withdrawn or is no consent at all
 * says so in `consentType`, as §4.5.6 has it for whatever is not explicit consent.
 */
export function kantaraReceipt(decision: DecisionRecord): string {
  const { id, subjectId, act, controller, processor, policyUrl, locale, purposes } = decision;
  const special = specialCategories(purposes.flatMap(({ purpose }) => purpose?.dataCategories ?? []));
  return canonicalJson({
    version: 'KI-CR-v1.1.0',
    jurisdiction: controller.country ?? 'EU/EEA',
    consentTimestamp: Math.floor(epochMsOf(act.at) / 1_000),
    collectionMethod: indicationOf(act),
    consentReceiptID: id,
    language: locale.split('-')[0],
    piiPrincipalId: subjectId,
    piiControllers: [controllerOf(controller, false), ...(processor ? [controllerOf(processor, true)] : [])],
    policyUrl,
    services: [{ service: decision.policy.title, purposes: purposesOf(decision) }],
    sensitive: special.length > 0,
    spiCat: special,
  });
}

/** E-mail and telephone are taken out of the contact; what it does not give is empty, as the schema asks for both. */
function controllerOf({ name, contact, address, country }: ReceiptParty, onBehalf: boolean) {
  return {
    piiController: name,
    onBehalf,
    contact,
    address: { ...(address && { streetAddress: address }), ...(country && { addressCountry: country }) },
    email: /[^\s<>,;:()]+@[^\s<>,;:()]+\.[^\s<>,;:().]+/.exec(contact)?.[0] ?? '',
    phone: /\+?\d(?:[\d ]{4,18})\d/.exec(contact)?.[0].replaceAll(' ', '-') ?? '',
  };
}

function purposesOf(decision: DecisionRecord): readonly object[] {
  const { purposes, locale } = decision;
  if (purposes.length > 0) return purposes.map((each) => purposeOf(decision, each));
  const language = languageFor(locale, 'en');
  return [
    {
      purpose: receiptWords(decision).termsPurpose[language],
      purposeCategory: ['CONTRACT'],
      consentType: CONSENT_TYPES[decision.type],
      piiCategory: [],
      primaryPurpose: true,
      termination: decision.policyUrl,
      thirdPartyDisclosure: false,
    },
  ];
}

function purposeOf(decision: DecisionRecord, { key, purpose, expiresAt }: DecidedPurpose) {
  const { locale, type } = decision;
  const howToWithdraw = receiptWords(decision).howToWithdraw[languageFor(locale, 'en')];
  const recipients = [...(purpose?.recipients ?? []), ...(purpose?.processors ?? [])];
  return {
    purpose: inLocale(purpose?.titles ?? [], locale, locale)?.text ?? key,
    purposeCategory: [key],
    consentType: CONSENT_TYPES[type],
    piiCategory: purpose?.dataCategories ?? [],
    primaryPurpose: purpose?.optional === false,
    termination: [expiresAt, purpose?.retention, howToWithdraw].filter((part) => part).join(' | '),
    thirdPartyDisclosure: recipients.length > 0,
    ...(recipients.length > 0 && { thirdPartyName: recipients.join('; ') }),
  };
}

const CONSENT_TYPES: { readonly [type in DecisionRecord['type']]: string } = {
  ConsentGiven: 'EXPLICIT',
  ConsentRefused: 'NONE: consent was refused',
  ConsentWithdrawn: 'NONE: consent was withdrawn',
  TermsAccepted: 'NONE: terms were accepted, which is a contract and no consent',
  TermsRefused: 'NONE: terms were refused',
};
