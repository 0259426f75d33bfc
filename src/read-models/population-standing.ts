import type { PolicyFacts } from '../domain/policy/policy-facts';
import { acceptanceState } from '../domain/subject/acceptance-state';
import { type ConsentStatus, consentStates } from '../domain/subject/consent-state';
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
  const versionId = inForce.code === 'VERSION_IN_FORCE' ? inForce.version.id : undefined;
  const step = versionId === undefined ? undefined : noticeState(person, policy, versionId, at).step;
  const acceptance = policy.kind === 'TERMS' ? acceptanceState(person, policy, at) : undefined;
  const consents = consentStates(person, policy, at).map(({ purpose, status, valid }) => {
    return { key: `${purpose} ${status}`, purpose, status, valid };
  });
  return {
    notice:
      versionId === undefined || step === undefined ? undefined : { key: `${versionId} ${step}`, versionId, step },
    accepted: acceptance?.accepted ? acceptance.versionId : undefined,
    consents,
  };
}
