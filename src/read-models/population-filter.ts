import type { PolicyFacts } from '../domain/policy/policy-facts';
import { acceptanceState } from '../domain/subject/acceptance-state';
import { type ConsentStatus, consentState, purposesOf } from '../domain/subject/consent-state';
import { type NoticeStep, noticeState } from '../domain/subject/notice-state';
import { obligations } from '../domain/subject/obligations';
import type { PersonFacts } from '../domain/subject/person-facts';
import type { Instant } from '../domain/time';

/** How those who are looked for stand; what is absent is not asked. */
export interface LookedFor {
  readonly consent?: { readonly purpose: string; readonly status?: ConsentStatus; readonly valid?: boolean };
  /** Version absent: the one in force for each person. */
  readonly notice?: { readonly steps: readonly NoticeStep[]; readonly versionId?: string };
  /** Of terms, whichever version it was. */
  readonly accepted?: boolean;
  /** With a blocking obligation of this policy that is overdue. */
  readonly inBreach?: boolean;
}

export function isLookedFor(
  person: PersonFacts,
  policy: PolicyFacts,
  { consent, notice, accepted, inBreach }: LookedFor,
  at: Instant,
): boolean {
  if (notice && !isTold(person, policy, notice, at)) return false;
  if (consent && !isDecided(person, policy, consent, at)) return false;
  if (accepted !== undefined && acceptanceState(person, policy, at).accepted !== accepted) return false;
  return inBreach === undefined || obligations(person, [policy], at).blocked === inBreach;
}

function isTold(
  person: PersonFacts,
  policy: PolicyFacts,
  { steps, versionId }: NonNullable<LookedFor['notice']>,
  at: Instant,
): boolean {
  const inForce = policy.inForce(at, person.registeredAt);
  const version = versionId ?? (inForce.code === 'VERSION_IN_FORCE' ? inForce.version.id : undefined);
  return version !== undefined && steps.includes(noticeState(person, policy, version, at).step);
}

function isDecided(
  person: PersonFacts,
  policy: PolicyFacts,
  { purpose, status, valid }: NonNullable<LookedFor['consent']>,
  at: Instant,
): boolean {
  // As in the counts: a purpose that the text lacks is nothing to who never decided on it.
  if (!purposesOf(person, policy, at).includes(purpose)) return false;
  const state = consentState(person, policy, purpose, at);
  return (status === undefined || state.status === status) && (valid === undefined || state.valid === valid);
}
