import { acceptanceState } from '../../domain/subject/acceptance-state';
import { concerns, isApart } from '../../domain/subject/concerns';
import { type ConsentState, consentState, consentStates } from '../../domain/subject/consent-state';
import { type NoticeState, noticeState, noticeStates } from '../../domain/subject/notice-state';
import { type Obligation, obligations, type ThingToDo } from '../../domain/subject/obligations';
import type { ApiContext } from '../context';
import { found } from '../members';
import { presentMoment, type Scope } from '../scope';
import {
  type PersonAt,
  type PolicyOfPerson,
  policiesOfPerson,
  policyOfPerson,
  reasonOf,
  stampView,
  versionNode,
} from './person-at';
import type {
  AcceptanceStateView,
  ConsentStateView,
  NoticeStateView,
  ObligationsView,
  ObligationView,
} from './person-state.type';

/** A person's standing on every purpose of a policy, or of all policies that have to do with them. */
export function consentsOf(context: ApiContext, at: PersonAt, policy: string | null | undefined): ConsentStateView[] {
  return policiesOfPerson(context, at, policy).flatMap((each) =>
    consentStates(at.person, each.facts, at.at).map((state) => consentView(context, at, each, state)),
  );
}

/** The standing on one purpose, whether or not it was ever decided. */
export function consentOf(context: ApiContext, at: PersonAt, policy: PolicyOfPerson, purpose: string) {
  return consentView(context, at, policy, consentState(at.person, policy.facts, purpose, at.at));
}

export function consentView(
  context: ApiContext,
  at: PersonAt,
  policy: PolicyOfPerson,
  state: ConsentState,
): ConsentStateView {
  const { purpose, status, valid, legalBasis, text, decidedAt, expiresAt, reason } = state;
  return {
    subject: at.person.subjectId,
    policy: policy.node,
    purpose,
    status,
    valid,
    legalBasis: legalBasis ?? null,
    version: versionNode(context, at, policy, text?.versionId),
    locale: text?.locale ?? null,
    contentSha256: text?.contentSha256 ?? null,
    decidedAt: decidedAt ?? null,
    expiresAt: expiresAt ?? null,
    reason: reasonOf(at, reason),
    asOf: stampView(context, at),
  };
}

export function noticesOf(context: ApiContext, at: PersonAt, policy: string | null | undefined): NoticeStateView[] {
  return policiesOfPerson(context, at, policy).flatMap((each) =>
    noticeStates(at.person, each.facts, at.at).map((state) => noticeView(context, at, each, state)),
  );
}

export function noticeOf(context: ApiContext, at: PersonAt, policy: PolicyOfPerson, versionId: string) {
  return noticeView(context, at, policy, noticeState(at.person, policy.facts, versionId, at.at));
}

export function noticeView(
  context: ApiContext,
  at: PersonAt,
  policy: PolicyOfPerson,
  state: NoticeState,
): NoticeStateView {
  return {
    version: found(versionNode(context, at, policy, state.versionId) ?? undefined),
    step: state.step,
    channel: state.channel ?? null,
    at: state.at ?? null,
    reason: reasonOf(at, state.reason),
    asOf: stampView(context, at),
  };
}

/** One for each of the person's terms. */
export function acceptancesOf(
  context: ApiContext,
  at: PersonAt,
  policy: string | null | undefined,
): AcceptanceStateView[] {
  return policiesOfPerson(context, at, policy)
    .filter(({ facts }) => facts.kind === 'TERMS')
    .map((each) => acceptanceOf(context, at, each));
}

export function acceptanceOf(context: ApiContext, at: PersonAt, policy: PolicyOfPerson): AcceptanceStateView {
  const state = acceptanceState(at.person, policy.facts, at.at);
  return {
    version: versionNode(context, at, policy, state.versionId),
    accepted: state.accepted,
    current: state.current,
    at: state.at ?? null,
    refusedAt: state.refusedAt ?? null,
    reason: reasonOf(at, state.reason),
    asOf: stampView(context, at),
  };
}

/** What the person must still do (rules O1, O2). */
export function obligationsOf(context: ApiContext, at: PersonAt): ObligationsView {
  const { readModels } = context;
  const facts = readModels
    .policiesThatMayConcern(at.person.subjectId, at.scope.stamp)
    .flatMap((id) => readModels.policyFacts(id, at.prefix) ?? []);
  const { items, blocked, unchangedUntil } = obligations(at.person, facts, at.at);
  const asOf = stampView(context, at);
  return {
    items: items.map((item) => obligationView(context, at, item)),
    blocked,
    cursor: asOf.cursor,
    asOf,
    unchangedUntil: unchangedUntil ?? null,
  };
}

export function obligationView(context: ApiContext, at: PersonAt, obligation: Obligation): ObligationView {
  const canActNow = isOfferedNow(context, at.person.subjectId, obligation, at.scope);
  return {
    ...obligationOfAnybody(context, at, obligation, canActNow),
    reason: reasonOf(at, obligation.reason),
  };
}

/** What is the same for all who have to do the same: all of it but why, which is each person's own. */
export function obligationOfAnybody(
  context: ApiContext,
  at: Pick<PersonAt, 'scope' | 'prefix'>,
  obligation: ThingToDo,
  canActNow: boolean,
): Omit<ObligationView, 'reason'> {
  const policy = found(policyOfPerson(context, at, obligation.policyId));
  const version = found(versionNode(context, at, policy, obligation.versionId) ?? undefined);
  const { kind, purposes, since, deadline, blocking, rootVersionId } = obligation;
  const root = versionNode(context, at, policy, rootVersionId) ?? version;
  return { kind, policy: policy.node, version, root, purposes, since, deadline, blocking, canActNow };
}

/** Whether the version can be decided on at present, ahead of its day too (rule C2): a past stamp may ask for more. */
export function isOfferedNow(
  context: Pick<ApiContext, 'readModels'>,
  subjectId: string,
  { policyId, versionId }: Pick<Obligation, 'policyId' | 'versionId'>,
  present: Pick<Scope, 'nowMs' | 'head'>,
): boolean {
  const { readModels } = context;
  const { effectiveAt } = presentMoment(context, present);
  const known = readModels.personFacts(subjectId, present.head);
  const policy = readModels.policyFacts(policyId, present.head);
  if (!known || !policy || isApart(known, effectiveAt)) return false;
  const inForce = policy.inForce(effectiveAt, known.registeredAt);
  if (inForce.code === 'VERSION_IN_FORCE' && inForce.version.id === versionId) return true;
  return policy.scheduled(effectiveAt, known.registeredAt).some(({ id }) => id === versionId);
}

/** Policies that concern the person at the stamp (rule O1). */
export function concerningPolicies(context: ApiContext, at: PersonAt): readonly PolicyOfPerson[] {
  return context.readModels
    .policiesThatMayConcern(at.person.subjectId, at.scope.stamp)
    .flatMap((id) => policyOfPerson(context, at, id) ?? [])
    .filter(({ facts }) => concerns(at.person, facts, at.at));
}
