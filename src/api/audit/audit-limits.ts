import type { PolicyFacts } from '../../domain/policy/policy-facts';
import { isKnownCategory } from '../../read-models/known-category';
import type { ApiContext } from '../context';
import { badUserInput, notFound } from '../errors';
import { momentOf, type Scope } from '../scope';
import type { AuditLimits } from './audit.type';

/**
 * True for an organisation that people of this one may belong to, or of which this one has the policies: its customer,
 * or the customer itself where the policy is its own (rule O1).
 */
export function isCustomerOf({ readModels }: ApiContext, scope: Scope, customer: string, organisation: string) {
  const row = readModels.organisationById(customer, scope.head);
  return row !== undefined && (row.customerOf === organisation || row.id === organisation);
}

/** @throws NOT_FOUND the organisation has no such customer */
export function assertCustomer(context: ApiContext, scope: Scope, customer: string, organisation: string): void {
  if (!isCustomerOf(context, scope, customer, organisation)) throw notFound();
}

/**
 * A category that no version of the policies names and nobody is in reads as if nobody were concerned.
 * @throws BAD_USER_INPUT
 */
export function assertCategory(
  context: ApiContext,
  scope: Scope,
  category: string,
  policies: readonly Pick<PolicyFacts, 'policyId' | 'organisationId'>[],
): void {
  const at = momentOf(context, scope);
  if (policies.some((policy) => isKnownCategory(context.readModels, policy, category, at))) return;
  throw badUserInput('No version names this category of people, and nobody is in it.');
}

/** Arguments as limits: null is as good as absent. */
export function limitsOf(customer: string | null | undefined, category: string | null | undefined): AuditLimits {
  return { ...(customer != null && { customer }), ...(category != null && { category }) };
}
