import { MAX_SPELLING_WORDS } from '../limits';
import { noticeDuty } from './duties';
import type { Change, ChangeReason, ContentRef } from './policy.events';
import { changeUnderstated, nothingChanged, reasonMissing, spellingTooLarge } from './policy.refusals';
import type { Draft, VersionEntry } from './policy.state';
import type { LocalisedText, ProcessingStatement } from './processing-statement';
import {
  compareStatements,
  impliedReasons,
  impliedRenewals,
  renews,
  type StatementDifference,
} from './statement-comparison';

/** What the comparison with the version before shows that a classification may not fall below (rules P3, V10). */
export interface Implied {
  readonly reasons: readonly ChangeReason[];
  readonly renewalPurposes: readonly string[];
  readonly differences: readonly StatementDifference[];
  /** False where there is no statement on either side to compare. */
  readonly compared: boolean;
}

type Compared = { readonly contents: readonly ContentRef[]; readonly statement?: ProcessingStatement };

/** What it implies that `to` follows `from`; no version before implies a first version. */
export function impliedChange(from: Compared | undefined, to: Compared): Implied {
  if (!from) return { reasons: ['FIRST_VERSION'], renewalPurposes: [], differences: [], compared: false };
  if (!from.statement || !to.statement) return { reasons: [], renewalPurposes: [], differences: [], compared: false };
  const differences = compareStatements(from.statement, to.statement);
  return {
    reasons: impliedReasons(differences),
    renewalPurposes: impliedRenewals(differences, to.statement),
    differences,
    compared: true,
  };
}

export function textsDiffer(from: Compared, to: Compared): boolean {
  const key = ({ locale, format, sha256 }: ContentRef) => `${locale} ${format} ${sha256}`;
  const before = new Set(from.contents.map(key));
  return before.size !== to.contents.length || to.contents.some((content) => !before.has(key(content)));
}

interface Claim {
  readonly reasons: readonly ChangeReason[];
  readonly renewalPurposes: readonly string[];
  readonly changedWords: number;
}

/**
 * Refuses a classification below what the comparisons show, on the link to the version before and on the links from
 * it to scheduled versions after it (rules P3, V5).
 */
export function assertNotUnderstated(
  claim: Claim,
  draft: Draft,
  predecessor: VersionEntry | undefined,
  follower: VersionEntry | undefined,
): void {
  const implied = impliedChange(predecessor, draft);
  refuseLess(implied, claim);
  if (predecessor) assertReasonGiven(claim, draft, predecessor);
  if (claim.reasons.includes('SPELLING') && claim.changedWords > MAX_SPELLING_WORDS) {
    throw spellingTooLarge(claim.changedWords);
  }
  // A version that declares itself the first asks everybody for everything, whatever stands before it.
  if (follower && !follower.change.reasons.includes('FIRST_VERSION')) {
    refuseLess(impliedChange(draft, follower), follower.change);
  }
}

function refuseLess(implied: Implied, claim: Pick<Claim, 'reasons' | 'renewalPurposes'>): void {
  const reasons = implied.reasons.filter((reason) => !claim.reasons.includes(reason));
  const renewals = implied.renewalPurposes.filter((purpose) => !claim.renewalPurposes.includes(purpose));
  if (reasons.length === 0 && renewals.length === 0) return;
  const unclassified = implied.differences.filter(
    (difference) => reasons.includes(difference.reason) || (renews(difference) && concerns(difference, renewals)),
  );
  throw changeUnderstated(implied.reasons, implied.renewalPurposes, unclassified);
}

function concerns({ purpose }: StatementDifference, renewals: readonly string[]): boolean {
  return purpose === undefined ? renewals.length > 0 : renewals.includes(purpose);
}

function assertReasonGiven(claim: Claim, draft: Draft, predecessor: VersionEntry): void {
  if (claim.reasons.length > 0) return;
  if (textsDiffer(predecessor, draft)) throw reasonMissing();
  throw nothingChanged();
}

/** The change as it is stored in the version, with the duties that follow from it. */
export function changeOf(
  claim: Claim & {
    readonly summaries: readonly LocalisedText[];
    readonly blocking: boolean;
    readonly graceDays: number;
  },
  compared: boolean,
  noticeLeadDays: number,
): Change {
  const duty = noticeDuty(claim.reasons);
  return {
    reasons: [...new Set(claim.reasons)],
    summaries: claim.summaries,
    compared,
    noticeDuty: duty,
    noticeLeadDays: duty === 'ACTIVE_IN_ADVANCE' ? noticeLeadDays : 0,
    renewalPurposes: [...new Set(claim.renewalPurposes)],
    blocking: claim.blocking,
    graceDays: claim.graceDays,
  };
}
