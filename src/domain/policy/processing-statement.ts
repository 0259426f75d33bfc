/** The machine-readable half of a version (GDPR Art. 13, 14 and 30). Absent lists are stored as empty ones. */
export interface ProcessingStatement {
  readonly controller: Party;
  /** The customer that a person belongs to is the controller; `controller` then names the processor's template of it. */
  readonly controllerIsCustomer: boolean;
  readonly processors: readonly Party[];
  readonly contact: string;
  readonly dataProtectionOfficer?: string;
  readonly purposes: readonly Purpose[];
  readonly rights: readonly DataSubjectRight[];
  readonly complaintAuthority?: string;
  readonly securityMeasures?: string;
}

export interface Party {
  readonly name: string;
  readonly number?: string;
  readonly role: string;
  readonly address?: string;
}

export interface Purpose {
  /** Stable name of the purpose within the policy: lower-case words joined by hyphens. */
  readonly key: string;
  readonly titles: readonly LocalisedText[];
  readonly optional: boolean;
  readonly bases: readonly PurposeBasis[];
  readonly dataCategories: readonly string[];
  readonly sources: readonly string[];
  readonly recipients: readonly string[];
  readonly processors: readonly string[];
  /** The period, or the criteria that decide it. */
  readonly retention: string;
  /** Third countries with their safeguards; empty states that there are none. */
  readonly transfers: readonly string[];
  readonly automatedDecisions?: string;
  readonly voluntary?: string;
  /** ISO 8601 duration of whole days or longer after which a yes expires. */
  readonly consentValidFor?: string;
}

export interface PurposeBasis {
  readonly subjectCategory: string;
  readonly legalBasis: LegalBasis;
  readonly legitimateInterest?: string;
}

export interface LocalisedText {
  readonly locale: string;
  readonly text: string;
}

/** GDPR Art. 6(1)(a) to (f), in that order. */
export const LEGAL_BASES = [
  'CONSENT',
  'CONTRACT',
  'LEGAL_OBLIGATION',
  'VITAL_INTERESTS',
  'PUBLIC_TASK',
  'LEGITIMATE_INTERESTS',
] as const;
export type LegalBasis = (typeof LEGAL_BASES)[number];

export const DATA_SUBJECT_RIGHTS = [
  'ACCESS',
  'RECTIFICATION',
  'ERASURE',
  'RESTRICTION',
  'OBJECTION',
  'PORTABILITY',
  'WITHDRAW_CONSENT',
  'NO_AUTOMATED_DECISION',
] as const;
export type DataSubjectRight = (typeof DATA_SUBJECT_RIGHTS)[number];

/** Keys of the purposes for which some category of persons is asked for consent. */
export function consentPurposes(statement: ProcessingStatement | undefined): readonly string[] {
  const asks = (purpose: Purpose) => purpose.bases.some((basis) => basis.legalBasis === 'CONSENT');
  return statement?.purposes.filter(asks).map((purpose) => purpose.key) ?? [];
}

/** Every category of data subject that the purposes name, sorted. */
export function subjectCategories(statement: ProcessingStatement): readonly string[] {
  const named = statement.purposes.flatMap((purpose) => purpose.bases.map((basis) => basis.subjectCategory));
  return [...new Set(named)].sort();
}
