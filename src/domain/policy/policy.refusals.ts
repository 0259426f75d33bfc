import { MAX_SPELLING_WORDS } from '../limits';
import { Refusal } from '../refusal';
import type { PolicyKind } from './policy.events';
import type { StatementDifference } from './statement-comparison';

/** Every refusal of the policy decider, each with its code, its rule and the source of the rule. */

export const policyAlreadyExists = () =>
  new Refusal('POLICY_ALREADY_EXISTS', 'The organisation already has a policy with this slug.', 'P1', {
    path: ['slug'],
  });

/** V9: `revision` counts draft edits; the writer saw an older draft. */
export const staleDraft = (currentVersion: number) =>
  new Refusal('STALE_VERSION', `The draft has moved on to revision ${currentVersion}.`, 'V9', {
    path: ['expectedVersion'],
    details: { kind: 'stale-version', currentVersion },
  });

export const draftEmpty = () =>
  new Refusal('POLICY_DRAFT_EMPTY', 'The draft has no text in any locale.', 'P1', { path: ['policy'] });

export const localeNotInDraft = (locale: string) =>
  new Refusal('LOCALE_NOT_IN_DRAFT', `The draft has no text in ${locale}.`, 'P6', { path: ['locale'] });

export const tooManyLocales = (limit: number) =>
  new Refusal('TOO_MANY_LOCALES', `A policy may have texts in at most ${limit} locales.`, 'P6', { path: ['locale'] });

/** P7: approval is bound to the hash of what the approver read. */
export const draftHashDiffers = () =>
  new Refusal('DRAFT_HASH_DIFFERS', 'The draft is no longer the one that this hash names.', 'P7', {
    path: ['draftHash'],
  });

/** P7, V9: an approver wrote none of the draft since the last publication. */
export const approverIsAuthor = () =>
  new Refusal('APPROVER_IS_AUTHOR', 'Somebody who wrote none of the draft has to approve it.', 'P7');

export const alreadyApproved = () =>
  new Refusal('ALREADY_APPROVED', 'This person has approved the draft as it stands.', 'P7');

export const approvalMissing = () =>
  new Refusal('APPROVAL_MISSING', 'Nobody has approved the draft as it stands.', 'P7', { path: ['policy'] });

/** P7: where approval is required, an author of the version may not add a text to it past the approver. */
export const localeAddedByAuthor = () =>
  new Refusal('LOCALE_ADDED_BY_AUTHOR', 'Somebody who wrote none of the version has to add a locale to it.', 'P7');

/** P4: `effectiveFrom` may not lie in the past, except in an import. */
export const effectiveInPast = (path: string) =>
  new Refusal('EFFECTIVE_IN_PAST', 'A version may not take effect in the past.', 'P4', { path: [path] });

export const effectiveTooFarAhead = (path: string, days: number) =>
  new Refusal('EFFECTIVE_TOO_FAR_AHEAD', `A version may be scheduled at most ${days} days ahead.`, 'P4', {
    path: [path],
  });

/** S3: a date means the first instant of its local day, so that of a day that never was it would mean another day. */
export const dayAbsent = (path: string) =>
  new Refusal('DAY_ABSENT', 'The clocks of that zone left this day out.', 'S3', { path: [path] });

export const effectiveAmbiguous = (instant: string, date: string) =>
  new Refusal('EFFECTIVE_AMBIGUOUS', `Give ${instant} or ${date}, not both.`, 'P4', { path: [date] });

/** V1: the cohort date is never earlier than effectiveFrom. */
export const cohortBeforeEffective = (path: string) =>
  new Refusal('COHORT_BEFORE_EFFECTIVE', 'For existing subjects a version may not take effect earlier.', 'V1', {
    path: [path],
  });

/** V10, WP260 rev.01 §30: a change that people must be told of in advance leaves them that time. */
export const noticeTooShort = (days: number, path: string) =>
  new Refusal('NOTICE_TOO_SHORT', `This change has to be announced at least ${days} days ahead.`, 'V10', {
    path: [path],
  });

/** P5, V11: GDPR Art. 13 and 14. */
export const statementIncomplete = (missing: readonly string[]) =>
  new Refusal('STATEMENT_INCOMPLETE', `The processing statement lacks ${missing.join(', ')}.`, 'P5', {
    path: ['policy'],
    details: { kind: 'statement-incomplete', missing },
  });

/** P3, V10: the classification may ask for more than the comparison shows, never for less. */
export const changeUnderstated = (
  impliedReasons: readonly string[],
  impliedRenewalPurposes: readonly string[],
  differences: readonly StatementDifference[],
) =>
  new Refusal('CHANGE_UNDERSTATED', understatement(impliedReasons, impliedRenewalPurposes, differences), 'P3', {
    path: ['reasons'],
    details: {
      kind: 'change-understated',
      impliedReasons,
      impliedRenewalPurposes,
      differences: differences.map(({ path, from, to, reason }) => ({ path, from, to, reason })),
    },
  });

function understatement(
  reasons: readonly string[],
  renewals: readonly string[],
  differences: readonly StatementDifference[],
): string {
  const where = differences.slice(0, 5).map(({ path, reason }) => `${path} (${reason})`);
  const parts = [
    reasons.length > 0 ? `reasons ${reasons.join(', ')}` : '',
    renewals.length > 0 ? `renewal of ${renewals.join(', ')}` : '',
  ].filter(Boolean);
  return `The change implies ${parts.join(' and ')}${where.length > 0 ? `: ${where.join(', ')}` : ''}.`;
}

/** V10: a changed text needs some reason. */
export const reasonMissing = () =>
  new Refusal('CHANGE_REASON_MISSING', 'A changed text needs a reason.', 'V10', { path: ['reasons'] });

export const nothingChanged = () =>
  new Refusal('NOTHING_CHANGED', 'The draft equals the version it would replace, and no reason is given.', 'V10', {
    path: ['reasons'],
  });

/** V5: more than a slip of the pen. */
export const spellingTooLarge = (words: number) =>
  new Refusal(
    'SPELLING_TOO_LARGE',
    `${words} words differ; SPELLING may be claimed for at most ${MAX_SPELLING_WORDS}.`,
    'V5',
    { path: ['reasons'] },
  );

export const unknownRenewalPurpose = (purpose: string) =>
  new Refusal('UNKNOWN_PURPOSE', `No purpose ${purpose} of the statement has consent as its basis.`, 'P2', {
    path: ['renewalPurposes'],
  });

/** V7: the only way into the past leads before the policy's own history. */
export const importNotInPast = (path: string) =>
  new Refusal('IMPORT_NOT_IN_PAST', 'An import has to take effect in the past.', 'V7', { path: [path] });

export const importAfterOwnPublication = (path: string) =>
  new Refusal('IMPORT_AFTER_PUBLICATION', 'An import has to lie before the first own publication.', 'V7', {
    path: [path],
  });

export const importDateMissing = () =>
  new Refusal('IMPORT_DATE_MISSING', 'An import needs effectiveFrom or effectiveOn.', 'V7', {
    path: ['effectiveFrom'],
  });

export const versionNotFound = () =>
  new Refusal('VERSION_NOT_FOUND', 'The policy has no such version.', 'P1', { path: ['version'] });

export const notAnImport = () =>
  new Refusal('NOT_AN_IMPORT', 'Only an imported version can be revoked; withdraw this one.', 'V7', {
    path: ['version'],
  });

/** P6: adding a locale is no new version, changing the text of one is. */
export const localeAlreadyPublished = (locale: string) =>
  new Refusal('LOCALE_ALREADY_PUBLISHED', `The version already has a text in ${locale}.`, 'P6', { path: ['locale'] });

/** V3: a withdrawal cannot be taken back. */
export const versionAlreadyWithdrawn = () =>
  new Refusal('VERSION_ALREADY_WITHDRAWN', 'The version has been withdrawn.', 'V3', { path: ['version'] });

/** V3, V4: a withdrawal or retirement takes effect at its recording at the earliest. */
export const fromInPast = () =>
  new Refusal('FROM_IN_PAST', 'This may not take effect in the past.', 'V3', { path: ['from'] });

/** V4: nothing is in force or scheduled that could be retired. */
export const nothingToRetire = () =>
  new Refusal('NOTHING_TO_RETIRE', 'The policy has no version in force.', 'V4', { path: ['policy'] });

/** V4: a retirement cannot be taken back, nor be moved. */
export const alreadyRetired = () =>
  new Refusal('ALREADY_RETIRED', 'The policy is retired, or will be.', 'V4', { path: ['policy'] });

/** V4: a scheduled version would bring the policy back. */
export const versionScheduled = () =>
  new Refusal('VERSION_SCHEDULED', 'A version is scheduled; withdraw it in the same command.', 'V4', {
    path: ['withdrawScheduled'],
  });

/** P8: the policy was made from no template, or from another. */
export const templateNotUsed = () =>
  new Refusal('TEMPLATE_NOT_USED', 'The policy is not made from this template.', 'P8', { path: ['policy'] });

/** P8: what is made from a template is of the template's kind. */
export const templateOfOtherKind = (kind: PolicyKind) =>
  new Refusal('TEMPLATE_OF_OTHER_KIND', `The template is for policies of the kind ${kind}.`, 'P8', {
    path: ['kind'],
  });

export const templateRevisionNotOffered = (currentVersion: number) =>
  new Refusal('STALE_VERSION', `The template is at revision ${currentVersion}.`, 'P8', {
    path: ['templateRevision'],
    details: { kind: 'stale-version', currentVersion },
  });

export const templateVariableMissing = (name: string) =>
  new Refusal('TEMPLATE_VARIABLE_MISSING', `The template needs a value for ${name}.`, 'P8', { path: ['variables'] });
