import type { PolicyFacts } from '../policy/policy-facts';
import type { Instant } from '../time';
import { acceptanceState } from './acceptance-state';
import { concerns } from './concerns';
import { type ConsentStatus, consentStates } from './consent-state';
import type { ObligationKind } from './demands';
import { type NoticeStep, noticeState } from './notice-state';
import { obligations } from './obligations';
import type { PersonFacts } from './person-facts';
import type { StateReasonCode } from './reason-sentences';

/** One thing that may be said about a person and a policy at an instant, with the reason (rule C6). */
export type StandingItem =
  /** Whether the policy concerns the person (rule O1). */
  | { readonly about: 'CONCERN'; readonly concerned: boolean }
  /** Which version is in force for the person; none: the reason says why. */
  | { readonly about: 'VERSION'; readonly versionId: string | undefined; readonly reason: StandingReason }
  | { readonly about: 'NOTICE'; readonly step: NoticeStep; readonly reason: StandingReason }
  | { readonly about: 'ACCEPTANCE'; readonly accepted: boolean; readonly reason: StandingReason }
  | {
      readonly about: 'CONSENT';
      readonly purpose: string;
      readonly status: ConsentStatus;
      readonly valid: boolean;
      readonly reason: StandingReason;
    }
  | {
      readonly about: 'OBLIGATION';
      readonly kind: ObligationKind;
      /** The version that asked for it. */
      readonly rootVersionId: string;
      readonly purposes: readonly string[];
      readonly deadline: Instant;
      readonly blocking: boolean;
      /** Its deadline is over; of a version still to come: not yet. */
      readonly pressing: 'UPCOMING' | 'DUE' | 'OVERDUE';
      readonly reason: StandingReason;
    };

export type StandingReason = 'VERSION_IN_FORCE' | StateReasonCode;

export const STANDING_KINDS = [
  'CONCERN',
  'VERSION',
  'NOTICE',
  'ACCEPTANCE',
  'CONSENT',
  'OBLIGATION',
] as const satisfies readonly StandingItem['about'][];

/** Where a person stands with a policy: everything that the rules say about the two at an instant. */
export type Standing = readonly StandingItem[];

/** Nothing is known of a person before the registration, or of a policy before it was made. */
export const NO_STANDING: Standing = [];

export function standingOf(person: PersonFacts | undefined, policy: PolicyFacts | undefined, at: Instant): Standing {
  if (!person || !policy) return NO_STANDING;
  const inForce = policy.inForce(at, person.registeredAt);
  const version = inForce.code === 'VERSION_IN_FORCE' ? inForce.version.id : undefined;
  const concerned = concerns(person, policy, at);
  if (!concerned && !isTouched(person, policy, at)) {
    return [
      { about: 'CONCERN', concerned },
      { about: 'VERSION', versionId: version, reason: inForce.code },
    ];
  }
  return [
    { about: 'CONCERN', concerned },
    { about: 'VERSION', versionId: version, reason: inForce.code },
    ...(version === undefined ? [] : [noticeItem(person, policy, version, at)]),
    ...(policy.kind === 'TERMS' ? [acceptanceItem(person, policy, at)] : []),
    ...consentStates(person, policy, at).map(
      ({ purpose, status, valid, reason }): StandingItem => ({
        about: 'CONSENT',
        purpose,
        status,
        valid,
        reason: reason.code,
      }),
    ),
    ...obligations(person, [policy], at).items.map(
      ({ kind, rootVersionId, purposes, deadline, blocking, upcoming, reason }): StandingItem => ({
        about: 'OBLIGATION',
        kind,
        rootVersionId,
        purposes,
        deadline,
        blocking,
        pressing: upcoming ? 'UPCOMING' : deadline <= at ? 'OVERDUE' : 'DUE',
        reason: reason.code,
      }),
    ),
  ];
}

function isTouched(person: PersonFacts, { policyId }: PolicyFacts, at: Instant): boolean {
  return [person, ...person.linked].some((each) => each.policiesTouched(at).includes(policyId));
}

function noticeItem(person: PersonFacts, policy: PolicyFacts, versionId: string, at: Instant): StandingItem {
  const { step, reason } = noticeState(person, policy, versionId, at);
  return { about: 'NOTICE', step, reason: reason.code };
}

function acceptanceItem(person: PersonFacts, policy: PolicyFacts, at: Instant): StandingItem {
  const { accepted, reason } = acceptanceState(person, policy, at);
  return { about: 'ACCEPTANCE', accepted, reason: reason.code };
}

/** What became of one thing; absent before: it was not there, absent after: it is no more. */
export interface StandingChange {
  readonly before: StandingItem | undefined;
  readonly after: StandingItem | undefined;
}

/** What differs between two standings, in the order of the later one, then what is gone. */
export function changesBetween(before: Standing, after: Standing): readonly StandingChange[] {
  const earlier = new Map(before.map((item) => [nameOf(item), item]));
  const later = new Set(after.map(nameOf));
  const changed = after.flatMap((item): readonly StandingChange[] => {
    const was = earlier.get(nameOf(item));
    return was && isSame(was, item) ? [] : [{ before: was, after: item }];
  });
  const gone = before.filter((item) => !later.has(nameOf(item)));
  return [...changed, ...gone.map((item) => ({ before: item, after: undefined }))];
}

function nameOf(item: StandingItem): string {
  switch (item.about) {
    case 'CONSENT':
      return `${item.about} ${item.purpose}`;
    case 'OBLIGATION':
      return `${item.about} ${item.kind} ${item.rootVersionId} ${item.purposes.join(' ')}`;
    case 'CONCERN':
    case 'VERSION':
    case 'NOTICE':
    case 'ACCEPTANCE':
      return item.about;
  }
}

function isSame(a: StandingItem, b: StandingItem): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** The state of one thing as a code: a status, a step, a version's id, or why none is in force. */
export function stateCodeOf(item: StandingItem): string {
  switch (item.about) {
    case 'CONCERN':
      return item.concerned ? 'CONCERNED' : 'NOT_CONCERNED';
    case 'VERSION':
      return item.versionId ?? item.reason;
    case 'NOTICE':
      return item.step;
    case 'ACCEPTANCE':
      return item.accepted ? 'ACCEPTED' : 'NOT_ACCEPTED';
    case 'CONSENT':
      return item.status;
    case 'OBLIGATION':
      return item.pressing;
  }
}
