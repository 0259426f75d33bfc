import type { PolicyFacts } from '../policy/policy-facts';
import type { Instant } from '../time';
import type { AcceptanceFact, PersonFacts } from './person-facts';
import { because, type StateReason } from './state-reason';
import { lastOfAccountElseLinked, type Told } from './told';
import { type AskingVersion, isInLine, isVoided, neverStood } from './version-line';

/** Whether a person has agreed to terms: a contract, never a consent (rule C3). */
export interface AcceptanceState {
  readonly policyId: string;
  /** The version that was accepted or refused. */
  readonly versionId: string | undefined;
  readonly accepted: boolean;
  /** The version in force says what was decided on: it has the same acceptance root (rule V6). */
  readonly current: boolean;
  /** From when the acceptance counts. */
  readonly at: Instant | undefined;
  readonly refusedAt: Instant | undefined;
  readonly reason: StateReason;
}

/** By the version in force then: the last word on what it says, else the last on what came before (rules V6, D7). */
export function acceptanceState(person: PersonFacts, policy: PolicyFacts, at: Instant): AcceptanceState {
  const { registeredAt } = person;
  const inForce = policy.inForce(at, registeredAt);
  if (inForce.code !== 'VERSION_IN_FORCE') return acceptedEarlier(person, { policy, at, registeredAt });
  return acceptanceStateUnder(person, { policy, version: inForce.version, at, registeredAt });
}

/** As if that version were in force: also of one still to come, which may have been accepted ahead (rule C2). */
export function acceptanceStateUnder(person: PersonFacts, asking: AskingVersion): AcceptanceState {
  const { policy, version, at } = asking;
  const root = policy.rootsAt(version.id, at)?.acceptance;
  const told = lastWord(person, asking, (versionId) => policy.rootsAt(versionId, at)?.acceptance === root);
  if (!told) return acceptedEarlier(person, asking);
  const isYes = told.fact.kind === 'ACCEPTED';
  return { current: true, reason: because(isYes ? 'ACCEPTED' : 'TERMS_REFUSED', told), ...decidedBy(told, policy) };
}

function acceptedEarlier(
  person: PersonFacts,
  asking: Omit<AskingVersion, 'version'> & Partial<Pick<AskingVersion, 'version'>>,
): AcceptanceState {
  const { policy } = asking;
  const told = lastWord(person, asking, (versionId) => {
    const decidedOn = policy.version(versionId);
    return decidedOn !== undefined && isInLine(decidedOn, asking);
  });
  if (!told) {
    const nothing = { versionId: undefined, accepted: false, current: false, at: undefined, refusedAt: undefined };
    return { policyId: policy.policyId, ...nothing, reason: because('NOT_ACCEPTED') };
  }
  const isYes = told.fact.kind === 'ACCEPTED';
  const reason = because(isYes ? 'ACCEPTED_EARLIER_TERMS' : 'TERMS_REFUSED', told);
  return { current: false, reason, ...decidedBy(told, policy) };
}

function lastWord(
  person: PersonFacts,
  { policy, at, registeredAt }: Pick<AskingVersion, 'policy' | 'at' | 'registeredAt'>,
  isAbout: (versionId: string) => boolean,
): Told<AcceptanceFact> | undefined {
  const acceptances = (of: PersonFacts) => of.acceptances(policy.policyId, at);
  return lastOfAccountElseLinked(person, acceptances, ({ versionId }) => {
    const decidedOn = policy.version(versionId);
    if (decidedOn === undefined || isVoided(decidedOn, at) || neverStood(decidedOn, { at, registeredAt })) return false;
    return isAbout(versionId);
  });
}

function decidedBy({ fact }: Told<AcceptanceFact>, { policyId }: PolicyFacts) {
  const { versionId, validFrom } = fact;
  return fact.kind === 'ACCEPTED'
    ? { policyId, versionId, accepted: true, at: validFrom, refusedAt: undefined }
    : { policyId, versionId, accepted: false, at: undefined, refusedAt: validFrom };
}
