import type { PolicyFacts } from '../../domain/policy/policy-facts';
import { type AcceptanceState, acceptanceState } from '../../domain/subject/acceptance-state';
import { type ConsentState, consentStates } from '../../domain/subject/consent-state';
import { type NoticeState, noticeState } from '../../domain/subject/notice-state';
import { type Obligation, obligations } from '../../domain/subject/obligations';
import type { PersonFacts } from '../../domain/subject/person-facts';
import type { Instant } from '../../domain/time';
import type { Moment } from '../../read-models/read-models';
import { ERASED } from '../../vault/vault';

/** How one person stands with one policy at the stamp. */
export interface AuditedPerson {
  readonly subject: string;
  /** The product's own id, where it was asked for; undefined also for the anonymous. */
  readonly externalId: string | undefined;
  /** It was asked for, and the person is erased by now. */
  readonly erased: boolean;
  readonly anonymous: boolean;
  readonly registeredAt: Instant;
  readonly categories: readonly string[];
  readonly customerId: string | undefined;
  /** Slug of the customer. */
  readonly customer: string | undefined;
  /** The version in force for this person. */
  readonly versionId: string | undefined;
  /** Of that version. */
  readonly notice: NoticeState | undefined;
  /** Of terms. */
  readonly acceptance: AcceptanceState | undefined;
  readonly consents: readonly ConsentState[];
  readonly obligations: readonly (Obligation & { readonly overdue: boolean })[];
  /** A blocking obligation is overdue. */
  readonly inBreach: boolean;
}

export function auditedPerson(
  person: PersonFacts,
  policy: PolicyFacts,
  { effectiveAt: at }: Moment,
  externalId: string | typeof ERASED | undefined,
): AuditedPerson {
  const inForce = policy.inForce(at, person.registeredAt);
  const versionId = inForce.code === 'VERSION_IN_FORCE' ? inForce.version.id : undefined;
  const { categories, customerId } = person.profileAt(at);
  const { items, blocked } = obligations(person, [policy], at);
  return {
    subject: person.subjectId,
    externalId: externalId === ERASED ? undefined : externalId,
    erased: externalId === ERASED,
    anonymous: person.anonymous,
    registeredAt: person.registeredAt,
    categories,
    customerId,
    customer: undefined,
    versionId,
    notice: versionId === undefined ? undefined : noticeState(person, policy, versionId, at),
    acceptance: policy.kind === 'TERMS' ? acceptanceState(person, policy, at) : undefined,
    consents: consentStates(person, policy, at),
    obligations: items.map((item) => ({ ...item, overdue: item.deadline <= at })),
    inBreach: blocked,
  };
}
