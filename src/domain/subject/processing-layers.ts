import { countedDecisions, isOnRoot } from './counted-decisions';
import type { ConsentDecision, PersonFacts, Placed, ProcessingLayer } from './person-facts';
import { lastOfAccountElseLinked, latestFirst, type Told } from './told';
import { type AskingVersion, isInLine } from './version-line';

type LayerKind = ProcessingLayer['kind'];

/** The restriction of a purpose that stands, if one does: layers lie over the decision (rule D2; GDPR Art. 18). */
export function standingRestriction(
  person: PersonFacts,
  purpose: string,
  { policy, at }: Pick<AskingVersion, 'policy' | 'at'>,
): Told<Placed> | undefined {
  const last = lastLayer(person, policy.policyId, purpose, at, ['RESTRICTED', 'RESTRICTION_LIFTED']);
  return last?.fact.kind === 'RESTRICTED' ? last : undefined;
}

/**
 * What stands against a purpose that one may object to: an objection, or a refusal or withdrawal of consent from when
 * the purpose rested on that (rules D2, D5; GDPR Art. 21). Lifting an objection takes back either; a later yes takes
 * back a no, never an objection in so many words.
 */
export function standingObjection(person: PersonFacts, purpose: string, asking: AskingVersion): Objection | undefined {
  const { policy, at } = asking;
  const layer = lastLayer(person, policy.policyId, purpose, at, ['OBJECTED', 'OBJECTION_LIFTED']);
  if (layer?.fact.kind === 'OBJECTED') return { told: layer, reason: 'OBJECTED' };
  const decision = lastDecision(person, purpose, asking);
  if (!decision || decision.fact.kind === 'GIVEN') return undefined;
  const lifted = layer !== undefined && latestFirst(layer, decision) < 0;
  return lifted ? undefined : { told: decision, reason: 'DECIDED_AGAINST' };
}

export interface Objection {
  readonly told: Told<Placed>;
  readonly reason: 'OBJECTED' | 'DECIDED_AGAINST';
}

/** Of the account, else of the anonymous persons linked to it, as with decisions (rule D7). */
function lastLayer(
  person: PersonFacts,
  policyId: string,
  purpose: string,
  at: AskingVersion['at'],
  kinds: readonly LayerKind[],
): Told<ProcessingLayer> | undefined {
  const layers = (of: PersonFacts) => of.layers(policyId, purpose, at);
  return lastOfAccountElseLinked(person, layers, ({ kind }) => kinds.includes(kind));
}

/** Of those that count by rule D7; on a version still to come nothing was decided for today. */
function lastDecision(person: PersonFacts, purpose: string, asking: AskingVersion): Told<ConsentDecision> | undefined {
  for (const { told, weight } of countedDecisions(person, purpose, asking)) {
    if (!isOnRoot(weight)) continue;
    const decidedOn = told.fact.kind === 'WITHDRAWN' ? undefined : asking.policy.version(told.fact.versionId);
    if (!decidedOn || isInLine(decidedOn, asking)) return told;
  }
  return undefined;
}
