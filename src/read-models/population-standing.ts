import type { PolicyFacts } from '../domain/policy/policy-facts';
import { acceptanceState } from '../domain/subject/acceptance-state';
import { type ConsentState, type ConsentStatus, consentStates } from '../domain/subject/consent-state';
import { type NoticeStep, noticeState } from '../domain/subject/notice-state';
import type { PersonFacts } from '../domain/subject/person-facts';
import type { Instant } from '../domain/time';

/** What counts of a person whom a policy concerns. */
export interface Standing {
  /** Of the version in force for them. */
  readonly notice: { readonly key: string; readonly versionId: string; readonly step: NoticeStep } | undefined;
  /** Of terms: the version accepted last. */
  readonly accepted: string | undefined;
  readonly consents: readonly CountedConsent[];
}

export interface CountedConsent {
  readonly key: string;
  readonly purpose: string;
  readonly status: ConsentStatus;
  readonly valid: boolean;
}

export function standingOf(person: PersonFacts, policy: PolicyFacts, at: Instant): Standing {
  const inForce = policy.inForce(at, person.registeredAt);
  return {
    notice: inForce.code === 'VERSION_IN_FORCE' ? countedNotice(person, policy, inForce.version.id, at) : undefined,
    accepted: countedAcceptance(person, policy, at),
    consents: consentStates(person, policy, at).map(countedConsent),
  };
}

export function countedNotice(
  person: PersonFacts,
  policy: PolicyFacts,
  versionId: string,
  at: Instant,
): NonNullable<Standing['notice']> {
  const { step } = noticeState(person, policy, versionId, at);
  return { key: `${versionId} ${step}`, versionId, step };
}

export function countedAcceptance(person: PersonFacts, policy: PolicyFacts, at: Instant): Standing['accepted'] {
  if (policy.kind !== 'TERMS') return undefined;
  const { accepted, versionId } = acceptanceState(person, policy, at);
  return accepted ? versionId : undefined;
}

export function countedConsent({ purpose, status, valid }: ConsentState): CountedConsent {
  return { key: `${purpose} ${status}`, purpose, status, valid };
}
