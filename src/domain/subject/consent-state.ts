import type { PolicyFacts, VersionTerms } from '../policy/policy-facts';
import type { Purpose } from '../policy/processing-statement';
import type { Instant } from '../time';
import { type StandingDecision, standingDecision } from './consent-decision';
import { governingBasis, isObjectable } from './governing-basis';
import type { ConsentDecision, GoverningBasis, OnText, PersonFacts } from './person-facts';
import { standingObjection, standingRestriction } from './processing-layers';
import { because, type StateReason } from './state-reason';
import { lastOfAll, latestFirst, type Told } from './told';
import { type AskingVersion, isVoided, neverStood } from './version-line';

/** As DPV names them; objected and restricted belong to the other bases (rule C6). */
export const CONSENT_STATUSES = [
  'GIVEN',
  'RENEWED',
  'UNKNOWN',
  'REQUESTED',
  'DEFERRED',
  'REFUSED',
  'WITHDRAWN',
  'EXPIRED',
  'TERMINATED',
  'INVALIDATED',
  'OBJECTED',
  'RESTRICTED',
  'NOT_REQUIRED',
] as const;
export type ConsentStatus = (typeof CONSENT_STATUSES)[number];

/** Where a person stands on one purpose of a policy at an instant. */
export interface ConsentState {
  readonly policyId: string;
  readonly purpose: string;
  readonly status: ConsentStatus;
  /** May this purpose be processed for this person at the instant? */
  readonly valid: boolean;
  /** What governs for the person's categories; undefined: no basis names them, or the purpose is in no text in force. */
  readonly legalBasis: GoverningBasis;
  /** In force for this person at the instant. */
  readonly versionInForce: string | undefined;
  /** The decision that the state comes from, also of a yes that no longer counts. */
  readonly decision: Told<ConsentDecision> | undefined;
  /** The text that was decided on; a withdrawal names none. */
  readonly text: OnText | undefined;
  /** From when the decision counts. */
  readonly decidedAt: Instant | undefined;
  /** Of a yes. */
  readonly expiresAt: Instant | undefined;
  readonly reason: StateReason;
}

/**
 * The state of a purpose at an instant, by the version in force for the person then (rules D1 to D5). Any purpose may
 * be asked for; whether the policy ever had it is {@link PolicyFacts.knowsPurpose}.
 */
export function consentState(person: PersonFacts, policy: PolicyFacts, purpose: string, at: Instant): ConsentState {
  const { registeredAt } = person;
  const inForce = policy.inForce(at, registeredAt);
  if (inForce.code === 'VERSION_IN_FORCE') {
    return consentStateUnder(person, purpose, { policy, version: inForce.version, at, registeredAt });
  }
  const none = { policyId: policy.policyId, purpose, legalBasis: undefined, versionInForce: undefined };
  const status = inForce.code === 'RETIRED' ? 'TERMINATED' : 'UNKNOWN';
  return { ...none, ...undecided(status, because(inForce.code)) };
}

/** The states of every purpose that concerns the person, see {@link purposesOf}. */
export function consentStates(person: PersonFacts, policy: PolicyFacts, at: Instant): readonly ConsentState[] {
  return purposesOf(person, policy, at).map((purpose) => consentState(person, policy, purpose, at));
}

/** Every purpose that the version in force states, in its order, then others that facts of the person name. */
export function purposesOf(person: PersonFacts, policy: PolicyFacts, at: Instant): readonly string[] {
  const inForce = policy.inForce(at, person.registeredAt);
  const statement = inForce.code === 'VERSION_IN_FORCE' ? inForce.version.statement : undefined;
  const stated = statement?.purposes.map(({ key }) => key) ?? [];
  const touched = [person, ...person.linked].flatMap((of) => of.purposesTouched(policy.policyId, at)).sort();
  return [...new Set([...stated, ...touched])];
}

/** The state as if that version were in force: also of one still to come, which may have been decided ahead (rule C2). */
export function consentStateUnder(person: PersonFacts, purpose: string, asking: AskingVersion): ConsentState {
  const { policy, version, at } = asking;
  const stated = version.statement?.purposes.find(({ key }) => key === purpose);
  const legalBasis = stated && governingBasis(stated, person.profileAt(at).categories);
  return {
    policyId: policy.policyId,
    purpose,
    legalBasis,
    versionInForce: version.id,
    ...outcome(person, purpose, asking, stated, legalBasis),
  };
}

type Outcome = Omit<ConsentState, 'policyId' | 'purpose' | 'legalBasis' | 'versionInForce'>;

/** What lies uppermost: the text, then restriction, then the basis with what stands against it, then the decision. */
function outcome(
  person: PersonFacts,
  purpose: string,
  asking: AskingVersion,
  stated: Purpose | undefined,
  basis: GoverningBasis,
): Outcome {
  if (!asking.version.statement) return undecided('UNKNOWN', because('TEXT_ONLY'));
  if (!stated) return undecided('TERMINATED', because('PURPOSE_ABSENT'));
  const restriction = standingRestriction(person, purpose, asking);
  if (restriction) return undecided('RESTRICTED', because('RESTRICTED', restriction));
  if (basis === undefined) return undecided('NOT_REQUIRED', because('NO_BASIS'));
  const objection = isObjectable(basis) ? standingObjection(person, purpose, asking) : undefined;
  if (objection) return undecided('OBJECTED', because(objection.reason, objection.told));
  if (basis !== 'CONSENT') return { ...undecided('NOT_REQUIRED', because('OTHER_BASIS')), valid: true };
  return byDecision(standingDecision(person, purpose, asking), asking.at) ?? asked(person, purpose, asking);
}

function undecided(status: ConsentStatus, reason: StateReason): Outcome {
  const nothing = { decision: undefined, text: undefined, decidedAt: undefined, expiresAt: undefined };
  return { status, valid: false, ...nothing, reason };
}

function byDecision(standing: StandingDecision, at: Instant): Outcome | undefined {
  switch (standing.kind) {
    case 'NONE':
      return undefined;
    case 'LAPSED':
      return {
        status: 'INVALIDATED',
        valid: false,
        reason: because(standing.why, standing.told),
        ...decidedBy(standing.told),
      };
    case 'DECIDED': {
      const status = decidedStatus(standing.told.fact, standing.renewed, at);
      const valid = status === 'GIVEN' || status === 'RENEWED';
      return { status, valid, reason: because(status, standing.told), ...decidedBy(standing.told) };
    }
  }
}

function decidedBy(told: Told<ConsentDecision>): Pick<Outcome, 'decision' | 'text' | 'decidedAt' | 'expiresAt'> {
  const { fact } = told;
  const text = fact.kind === 'WITHDRAWN' ? undefined : textOf(fact);
  const expiresAt = fact.kind === 'GIVEN' ? fact.expiresAt : undefined;
  return { decision: told, text, decidedAt: fact.validFrom, expiresAt };
}

function textOf({ versionId, locale, contentSha256 }: OnText): OnText {
  return { versionId, locale, contentSha256 };
}

function decidedStatus(decision: ConsentDecision, renewed: boolean, at: Instant) {
  if (decision.kind !== 'GIVEN') return decision.kind;
  if (decision.expiresAt !== undefined && decision.expiresAt <= at) return 'EXPIRED';
  return renewed ? 'RENEWED' : 'GIVEN';
}

/** Nothing was decided: whether the person was asked by a version of this root, and put it off (rules D1, C5). */
function asked(person: PersonFacts, purpose: string, asking: AskingVersion): Outcome {
  const { policy, version, at } = asking;
  const root = policy.rootsAt(version.id, at)?.consent[purpose];
  const asksForIt = (versionId: string) => {
    const askedBy = policy.version(versionId);
    const stood = askedBy !== undefined && !neverStood(askedBy, asking);
    return stood && policy.rootsAt(versionId, at)?.consent[purpose] === root;
  };
  const deferred = lastOfAll(
    person,
    (of) => of.deferrals(policy.policyId, purpose, at),
    ({ versionId }) => asksForIt(versionId) && !isVoidedIn(policy.version(versionId), at),
  );
  const shown = lastOfAll(
    person,
    (of) => of.noticeEnds(policy.policyId, at),
    ({ step, versionId }) => (step === 'SHOWN' || step === 'ACKNOWLEDGED') && asksForIt(versionId),
  );
  if (deferred && (!shown || latestFirst(deferred, shown) < 0)) {
    return undecided('DEFERRED', because('DEFERRED', deferred));
  }
  return shown ? undecided('REQUESTED', because('REQUESTED', shown)) : undecided('UNKNOWN', because('NOT_DECIDED'));
}

function isVoidedIn(version: VersionTerms | undefined, at: Instant): boolean {
  return version !== undefined && isVoided(version, at);
}
