import type { PolicyRow } from '../../read-models/read-models';
import type { ApiContext } from '../context';
import { policyInForce } from '../policies/policy-in-force';
import type { PolicyInForceView } from '../policies/policy-in-force.type';
import { type AskedAsOf, type Scope, scopeAsOf } from '../scope';
import { readableSubject } from './visible-subject';

/**
 * Which text was in force for a person, by their cohort's date (rule V1); public without one.
 * @throws NOT_FOUND there is no such person for the caller
 */
export function policyInForceFor(
  context: ApiContext,
  above: Scope,
  policy: PolicyRow,
  asOf: AskedAsOf,
  subject: string | null | undefined,
): PolicyInForceView {
  if (subject == null) return policyInForce(context, above, policy, asOf);
  const { registeredAt } = readableSubject(context, subject, scopeAsOf(context, above, policy.organisation, asOf));
  return policyInForce(context, above, policy, asOf, registeredAt);
}
