import type { Instant, TimeZone } from '../time';
import type { ContentRef, PolicyKind, Roots } from './policy.events';
import type { VersionEntry } from './policy.state';

/**
 * What the rules of states and obligations ask about one policy, on one prefix of the log. The fold of the policy's
 * stream answers it (the oracle), and so do the read models; both must give the same.
 */
export interface PolicyFacts {
  readonly policyId: string;
  readonly organisationId: string;
  readonly kind: PolicyKind;
  /** The organisation's, as known on this prefix: deadlines end with its days (rule O2). */
  readonly timeZone: TimeZone;
  /** Rule V1, for a person who registered then. */
  inForce(at: Instant, registeredAt: Instant): VersionDeciding;
  version(id: string): VersionTerms | undefined;
  /** Versions published by `at` that come into force for this person only later and are not withdrawn at `at`; soonest first. */
  scheduled(at: Instant, registeredAt: Instant): readonly VersionTerms[];
  /** The roots that hold for a version at an instant (rule V6). */
  rootsAt(versionId: string, at: Instant): Roots | undefined;
  /** True when the version is withdrawn at that instant so that decisions on it count nowhere any more (rule D3). */
  voidsDecisions(versionId: string, at: Instant): boolean;
  /** The first instant after `at` at which the clock alone may change what holds for this person. */
  nextChangeAfter(at: Instant, registeredAt: Instant): Instant | undefined;
}

export type VersionDeciding =
  | { readonly code: 'VERSION_IN_FORCE'; readonly version: VersionTerms }
  | { readonly code: 'RETIRED' | 'NOT_YET_PUBLISHED' | 'ALL_WITHDRAWN' };

/** A version as states and obligations need it. */
export type VersionTerms = Pick<
  VersionEntry,
  'id' | 'order' | 'effectiveFrom' | 'effectiveFromForExisting' | 'publishedAt' | 'imported' | 'audience' | 'change'
> & {
  readonly statement: VersionEntry['statement'] | undefined;
  readonly contents: readonly ContentRef[];
};
