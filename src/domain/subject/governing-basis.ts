import type { LegalBasis, Purpose } from '../policy/processing-statement';
import type { GoverningBasis } from './person-facts';

/** Consent governs, then what one may object to (GDPR Art. 21(1)), then the rest. */
const PRECEDENCE: readonly LegalBasis[] = [
  'CONSENT',
  'LEGITIMATE_INTERESTS',
  'PUBLIC_TASK',
  'CONTRACT',
  'LEGAL_OBLIGATION',
  'VITAL_INTERESTS',
];

/** The basis that governs a purpose for a person in these categories (rule D5). */
export function governingBasis({ bases }: Pick<Purpose, 'bases'>, categories: readonly string[]): GoverningBasis {
  const applying = bases.filter(({ subjectCategory }) => categories.includes(subjectCategory));
  return PRECEDENCE.find((basis) => applying.some(({ legalBasis }) => legalBasis === basis));
}

/** Whether a person may object: where the basis is legitimate interests or a public task (rule D5; GDPR Art. 21(1)). */
export function isObjectable(basis: GoverningBasis): boolean {
  return basis === 'LEGITIMATE_INTERESTS' || basis === 'PUBLIC_TASK';
}
