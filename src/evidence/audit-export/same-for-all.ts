import type { PolicyFacts } from '../../domain/policy/policy-facts';
import type { Instant } from '../../domain/time';
import type { Standing } from '../../read-models/standing-versions';

/**
 * The same policy, which finds out its version in force at an instant once, where that is the same for everybody: while no
 * cohort date is still to come (rule V1).
 */
export function sameForAll(policy: PolicyFacts, { versions }: Standing, at: Instant): PolicyFacts {
  const [version, another] = versions;
  const cohortDate = version?.effectiveFromForExisting;
  if (another || (cohortDate !== undefined && cohortDate > at)) return policy;
  const forAll = policy.inForce(at, at);
  return { ...policy, inForce: (asked, registeredAt) => (asked === at ? forAll : policy.inForce(asked, registeredAt)) };
}
