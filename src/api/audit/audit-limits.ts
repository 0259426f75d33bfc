import type { PolicyFacts } from '../../domain/policy/policy-facts';
import type { Moment } from '../../read-models/read-models';
import type { ApiContext } from '../context';
import { badUserInput, notFound } from '../errors';
import { momentOf, prefixOf, type Scope } from '../scope';
import type { AuditLimits } from './audit.type';

/** Versions of a policy looked at for the categories that they name. */
const MAX_VERSIONS_LOOKED_AT = 100;

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
 * A category that neither a version of the policies nor anybody then knows is a slip of the pen, and would read as if
 * nobody were concerned.
 * @throws BAD_USER_INPUT
 */
export function assertCategory(
  context: ApiContext,
  scope: Scope,
  category: string,
  policies: readonly Pick<PolicyFacts, 'policyId' | 'organisationId'>[],
): void {
  const known = policies.some(
    (policy) => isNamed(context, scope, category, policy.policyId) || isHeld(context, scope, category, policy),
  );
  if (!known) throw badUserInput('No version names this category of people, and nobody is in it.');
}

function isNamed(context: ApiContext, scope: Scope, category: string, policy: string): boolean {
  const moment = momentOf(context, scope);
  const prefix = prefixOf(context, scope);
  const versions = context.readModels.versionsPage({ policy, limit: MAX_VERSIONS_LOOKED_AT }, moment);
  const inForce = context.readModels.versionInForce(policy, moment);
  const decisive =
    inForce.code === 'VERSION_IN_FORCE' ? context.readModels.versionById(inForce.versionId, prefix) : undefined;
  return [...(decisive ? [decisive] : []), ...versions.rows].some(
    ({ audience, statement }) =>
      audience.includes(category) ||
      statement?.purposes.some(({ bases }) => bases.some(({ subjectCategory }) => subjectCategory === category)),
  );
}

/** Whoever cannot be found among very many may still be there: that counts as known. */
function isHeld(
  context: ApiContext,
  scope: Scope,
  category: string,
  { organisationId }: Pick<PolicyFacts, 'organisationId'>,
): boolean {
  const moment: Moment = momentOf(context, scope);
  return [{ organisation: organisationId }, { customer: organisationId }].some((of) => {
    const page = context.readModels.subjectsPage({ of, category, limit: 1 }, moment);
    return page.rows.length > 0 || page.next !== undefined;
  });
}

/** Arguments as limits: null is as good as absent. */
export function limitsOf(customer: string | null | undefined, category: string | null | undefined): AuditLimits {
  return { ...(customer != null && { customer }), ...(category != null && { category }) };
}
