import { type Check, fields, flag, list, oneOf, optional, text } from '../event-shapes';
import {
  DATA_SUBJECT_RIGHTS,
  LEGAL_BASES,
  type LocalisedText,
  type Party,
  type ProcessingStatement,
  type Purpose,
  type PurposeBasis,
} from './processing-statement';

export const localisedText: Check = fields<LocalisedText>({ locale: text, text });

const party = fields<Party>({ name: text, number: optional(text), role: text, address: optional(text) });

const basis = fields<PurposeBasis>({
  subjectCategory: text,
  legalBasis: oneOf(LEGAL_BASES),
  legitimateInterest: optional(text),
});

const purpose = fields<Purpose>({
  key: text,
  titles: list(localisedText),
  optional: flag,
  bases: list(basis),
  dataCategories: list(text),
  sources: list(text),
  recipients: list(text),
  processors: list(text),
  retention: text,
  transfers: list(text),
  automatedDecisions: optional(text),
  voluntary: optional(text),
  consentValidFor: optional(text),
});

export const processingStatement: Check = fields<ProcessingStatement>({
  controller: party,
  controllerIsCustomer: flag,
  processors: list(party),
  contact: text,
  dataProtectionOfficer: optional(text),
  purposes: list(purpose),
  rights: list(oneOf(DATA_SUBJECT_RIGHTS)),
  complaintAuthority: optional(text),
  securityMeasures: optional(text),
});
