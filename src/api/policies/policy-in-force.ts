import type { Instant } from '../../domain/time';
import type { PolicyRow } from '../../read-models/read-models';
import type { ApiContext } from '../context';
import { type AskedAsOf, prefixOf, type Scope, scopeAsOf } from '../scope';
import { AsOfStampView } from '../time/as-of-stamp.type';
import { ReasonView } from '../time/reason.type';
import { PolicyVersionNode } from '../versions/policy-version.type';
import { PolicyNode } from './policy.type';
import type { PolicyInForceView } from './policy-in-force.type';

/**
 * Which text was in force, with the reason and the stamp; everything below answers at that stamp (rules S1, V1).
 *
 * @param registeredAt when the person asked for registered; absent: by the general dates
 */
export function policyInForce(
  context: ApiContext,
  above: Scope,
  policy: PolicyRow,
  asOf: AskedAsOf,
  registeredAt?: Instant,
): PolicyInForceView {
  const scope = scopeAsOf(context, above, policy.organisation, asOf);
  const inForce = context.readModels.versionInForce(policy.id, scope.stamp, registeredAt);
  const row =
    inForce.code === 'VERSION_IN_FORCE'
      ? context.readModels.versionById(inForce.versionId, prefixOf(context, scope))
      : undefined;
  return {
    policy: new PolicyNode(policy, scope),
    version: row ? new PolicyVersionNode(row, policy, scope) : null,
    reason: new ReasonView(inForce, policy.organisation, scope),
    asOf: new AsOfStampView(scope.stamp, context.app.logId),
  };
}
