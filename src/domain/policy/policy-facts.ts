import type { Instant } from '../time';
import type { PolicyKind, Roots } from './policy.events';
import type { VersionEntry, Withdrawal } from './policy.state';

/**
 * What the rules of states and obligations ask about one policy, on one prefix of the log. The fold of the policy's
 * stream answers it (the oracle), and so do the read models; both must give the same. Answers that look ahead of `at`
 * know only what had been decided by `at`: nothing decided later changes them (rule T3).
 */
export interface PolicyFacts {
  readonly policyId: string;
  readonly organisationId: string;
  readonly kind: PolicyKind;
  /** Rule V1, for a person who registered then. */
  inForce(at: Instant, registeredAt: Instant): VersionDeciding;
  /** Undefined for one that this policy never had, or a revoked import. */
  version(id: string): VersionTerms | undefined;
  /**
   * Versions that come into force for this person only after `at`, by what was decided by then (publishedAt,
   * withdrawnAt, retiredAt ≤ at); the one that comes first stands first. Left out is what is withdrawn by its date, or
   * then stands behind a version or retirement later in the order of effect (rule V1).
   */
  scheduled(at: Instant, registeredAt: Instant): readonly VersionTerms[];
  /** The roots that hold for a version at an instant (rule V6). */
  rootsAt(versionId: string, at: Instant): Roots | undefined;
  /** True for a purpose that the statement of any version of this prefix names. */
  knowsPurpose(purpose: string): boolean;
  /**
   * The first instant after `at` at which the clock alone may change what holds for this person: the least of those
   * after `at` among the effectiveFrom, the date for this person and the `from` of the withdrawal (if withdrawnAt ≤ at)
   * of versions with publishedAt ≤ at, and the effectiveFrom of retirements with retiredAt ≤ at.
   */
  nextChangeAfter(at: Instant, registeredAt: Instant): Instant | undefined;
}

export type VersionDeciding =
  | { readonly code: 'VERSION_IN_FORCE'; readonly version: VersionTerms }
  | { readonly code: 'RETIRED' | 'NOT_YET_PUBLISHED' | 'ALL_WITHDRAWN' };

/** A version as states and obligations need it. */
export interface VersionTerms
  extends Pick<
    VersionEntry,
    'id' | 'order' | 'effectiveFrom' | 'publishedAt' | 'timeZone' | 'imported' | 'audience' | 'contents' | 'change'
  > {
  readonly effectiveFromForExisting: Instant | undefined;
  readonly statement: VersionEntry['statement'] | undefined;
  /** As known on this prefix, also one still to come at the instant asked about. */
  readonly withdrawal: Withdrawal | undefined;
}
