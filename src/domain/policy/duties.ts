import type { ChangeReason, NoticeDuty } from './policy.events';

/**
 * The duty to tell people that a reason brings (rule V10; WP260 rev.01 §29-30, GDPR Art. 13(3)). A compile error
 * here means that a reason was added without saying what follows from it.
 */
const NOTICE_BY_REASON: { readonly [reason in ChangeReason]: NoticeDuty } = {
  FIRST_VERSION: 'ACTIVE',
  PURPOSE: 'ACTIVE',
  CONTROLLER_IDENTITY: 'ACTIVE',
  LEGAL_BASIS: 'ACTIVE',
  EXERCISE_OF_RIGHTS: 'ACTIVE',
  RECIPIENTS: 'ACTIVE_IN_ADVANCE',
  THIRD_COUNTRY_TRANSFER: 'ACTIVE_IN_ADVANCE',
  RETENTION: 'ACTIVE',
  DATA_CATEGORIES: 'ACTIVE',
  AUTOMATED_DECISIONS: 'ACTIVE_IN_ADVANCE',
  WORDING: 'NONE',
  SPELLING: 'NONE',
  TRANSLATION: 'NONE',
};

const STRICTNESS: readonly NoticeDuty[] = ['NONE', 'ACTIVE', 'ACTIVE_IN_ADVANCE'];

/** The strictest duty that any of the reasons brings. */
export function noticeDuty(reasons: readonly ChangeReason[]): NoticeDuty {
  const strictest = Math.max(0, ...reasons.map((reason) => STRICTNESS.indexOf(NOTICE_BY_REASON[reason])));
  return STRICTNESS[strictest] ?? 'NONE';
}
