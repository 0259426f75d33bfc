import type { Policy } from '../policy/policy.state';
import type { Sealed } from '../sealed';
import type { Instant, LocalDate, TimeZone } from '../time';
import type { Channel, DecisionMaker, Method } from './subject.events';

/**
 * What can be asked of one person's stream. `at` is the command's time. What the rules need of elsewhere comes along:
 * the policy concerned with the time zone of its organisation, the account to link to, ciphertext of what was written.
 */
export type SubjectCommand =
  | RegisterSubject
  | ClassifySubject
  | LinkSubject
  | ReceiveLink
  | RevokeTokens
  | RecordNotice
  | DeferNotice
  | DecideOnTerms
  | DecideOnConsent
  | WithdrawConsent
  | ExerciseRight
  | CorrectFact
  | RequestErasure
  | DeclineErasure
  | DecideErasure
  | PlaceLegalHold
  | LiftLegalHold
  | StartErasure
  | FinishErasure;

interface Command<Type extends string> {
  readonly type: Type;
  readonly at: Instant;
}

/** What a person is said to be; what is absent is not said. */
export interface ProfileAsked {
  readonly categories?: readonly string[];
  /** Null: the person belongs to no customer. */
  readonly customer?: Customer | null;
  readonly exempt?: boolean;
}

export interface Customer {
  readonly id: string;
  /** The processor whose customer this organisation is; undefined: of none, or there is no such organisation. */
  readonly customerOf: string | undefined;
}

/** When a fact occurred, as whoever sends it says (rule S5). */
export interface OccurrenceAsked {
  /** Absent: now. */
  readonly occurredAt?: Instant;
  /** True: sent with the person's own token, which may tell of nothing old. */
  readonly ownToken?: boolean;
  /** True: it comes by an import of old decisions (rule I3). */
  readonly imported?: boolean;
}

/** Registering again with other values is a classification from now on. */
export interface RegisterSubject extends Command<'RegisterSubject'>, ProfileAsked {
  readonly subjectId: string;
  readonly organisationId: string;
  readonly anonymous: boolean;
  readonly keyId: string;
  /** Absent: now. Ignored when the person is registered already. */
  readonly registeredAt?: Instant;
}
export interface ClassifySubject extends Command<'ClassifySubject'>, ProfileAsked, OccurrenceAsked {}

/** Sent to the anonymous person's stream (rule D7). */
export interface LinkSubject extends Command<'LinkSubject'> {
  readonly account: { readonly id: string; readonly anonymous: boolean; readonly erased: boolean };
}
/** Mirrors a link in the account's stream. */
export interface ReceiveLink extends Command<'ReceiveLink'> {
  readonly anonymousId: string;
  readonly linkedAt: Instant;
}
export interface RevokeTokens extends Command<'RevokeTokens'> {}

/** The policy concerned, and the zone of its organisation, in which expiry is reckoned (rule D4). */
export interface OnPolicy {
  readonly policy: Policy;
  readonly zone: TimeZone;
}

/** The very text that was in front of the person (rule C2). */
export interface OnVersion extends OnPolicy {
  readonly versionId: string;
  readonly locale: string;
  readonly contentSha256: string;
}

export interface RecordNotice extends Command<'RecordNotice'>, OnVersion, OccurrenceAsked {
  readonly step: 'NOTIFIED' | 'SHOWN' | 'ACKNOWLEDGED';
  readonly channel: Channel;
  readonly method?: Method;
}
export interface DeferNotice extends Command<'DeferNotice'>, OnPolicy, OccurrenceAsked {
  readonly versionId: string;
  readonly channel: Channel;
}

export interface Deciding extends OnVersion, OccurrenceAsked {
  readonly method: Method;
  readonly channel: Channel;
  readonly decidedBy: DecisionMaker;
}
export interface DecideOnTerms extends Command<'DecideOnTerms'>, Deciding {
  readonly decision: 'ACCEPT' | 'REFUSE';
}
export interface DecideOnConsent extends Command<'DecideOnConsent'>, Deciding {
  readonly decision: 'GIVE' | 'REFUSE' | 'DEFER';
  readonly purposes: readonly string[];
}
export interface WithdrawConsent extends Command<'WithdrawConsent'>, OnPolicy, OccurrenceAsked {
  readonly purposes: readonly string[];
}
/** Objection (GDPR Art. 21) and restriction (Art. 18), and their lifting. */
export interface ExerciseRight extends Command<'ExerciseRight'>, OnPolicy, OccurrenceAsked {
  readonly right: 'OBJECT' | 'LIFT_OBJECTION' | 'RESTRICT' | 'LIFT_RESTRICTION';
  readonly purposes: readonly string[];
  readonly reason?: Sealed;
}

/** What is absent stays as it was; an `occurredAt` is from then on when the fact counts from (rule D6). */
export interface CorrectFact extends Command<'CorrectFact'> {
  /** Place of the original fact in the person's stream, from 1. */
  readonly corrects: number;
  readonly void: boolean;
  readonly occurredAt?: Instant;
  readonly channel?: Channel;
  readonly method?: Method;
  readonly locale?: string;
  readonly contentSha256?: string;
  readonly reason: Sealed;
  /** The policy that the original names; undefined when it names none. */
  readonly on: OnPolicy | undefined;
}

export interface RequestErasure extends Command<'RequestErasure'> {}
export interface DeclineErasure extends Command<'DeclineErasure'> {
  readonly reason: Sealed;
}
export interface DecideErasure extends Command<'DecideErasure'> {
  readonly reason: Sealed;
}
export interface PlaceLegalHold extends Command<'PlaceLegalHold'> {
  /** Absent: until it is lifted. */
  readonly until?: Instant;
  readonly reason: Sealed;
}
export interface LiftLegalHold extends Command<'LiftLegalHold'> {
  readonly reason: Sealed;
}
/** Carries out what was decided: for the person, or for the account that an anonymous person is (rules E1, D7). */
export interface StartErasure extends Command<'StartErasure'> {}
/** Records what the vault destroyed, also where the log does not know that it was begun (rule E2). */
export interface FinishErasure extends Command<'FinishErasure'> {
  readonly keyId: string;
  readonly epoch: number;
  readonly finalOn: LocalDate;
}
