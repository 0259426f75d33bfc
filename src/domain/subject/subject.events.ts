import type { DomainEvent } from '../decider';
import type { Sealed } from '../sealed';
import type { Instant, LocalDate } from '../time';

/**
 * Facts of one person, in the stream `subject-<id>`. The id is random; nothing here says who it is. What a person or
 * somebody about them wrote freely stands as {@link Sealed} alone. Stored type strings are never renamed or reused.
 */
export type SubjectEvent =
  | SubjectRegistered
  | SubjectClassified
  | SubjectLinked
  | SubjectLinkReceived
  | SubjectTokensRevoked
  | NoticeNotified
  | NoticeShown
  | NoticeAcknowledged
  | NoticeDeferred
  | TermsAccepted
  | TermsRefused
  | ConsentGiven
  | ConsentRefused
  | ConsentDeferred
  | ConsentWithdrawn
  | ProcessingObjected
  | ProcessingObjectionLifted
  | ProcessingRestricted
  | ProcessingRestrictionLifted
  | FactCorrected
  | SubjectErasureRequested
  | SubjectErasureDeclined
  | SubjectErasureDecided
  | LegalHoldPlaced
  | LegalHoldLifted
  | SubjectErasureStarted
  | SubjectErased;

export const CHANNELS = ['APP', 'EMAIL', 'LETTER', 'SMS', 'API'] as const;
export type Channel = (typeof CHANNELS)[number];

export const METHODS = [
  'CLICKED_BUTTON',
  'TICKED_BOX',
  'SIGNED',
  'TYPED',
  'SPOKEN_RECORDED',
  'PAPER_FORM',
  'CONTINUED_USE',
  'SCROLL',
  'SILENCE',
  'DISMISSAL',
  'PRE_TICKED',
] as const;
/** How the person showed it (rule C1). */
export type Method = (typeof METHODS)[number];

export const DECISION_MAKERS = ['PERSON', 'GUARDIAN'] as const;
export type DecisionMaker = (typeof DECISION_MAKERS)[number];

/** When a fact occurred and from when it counts (rule S5). */
export interface Occurrence {
  /** As documented by whoever sent it. */
  readonly occurredAt: Instant;
  /** From when the fact counts: of a live one never before what is live before it in its stream; of a late one `occurredAt`. */
  readonly validFrom: Instant;
  /** True: it was told within five minutes of happening; it then counts from when it was told. */
  readonly live: boolean;
  /** When the command was carried out. */
  readonly notedAt: Instant;
  /** True: it came by an import of old decisions (rule I3). */
  readonly imported?: true;
}

/** The very text that was in front of the person (rule C2). */
export interface ShownText {
  readonly policyId: string;
  readonly versionId: string;
  readonly locale: string;
  readonly contentSha256: string;
}

/** `registeredAt` may lie in the past: it is what cohort dates compare (rule P4). */
export type SubjectRegistered = DomainEvent<
  'SubjectRegistered',
  Profile & {
    readonly subjectId: string;
    readonly organisationId: string;
    readonly anonymous: boolean;
    /** Id of the person's key in the vault, so that an erasure can say which key it destroyed. */
    readonly keyId: string;
    readonly registeredAt: Instant;
    readonly notedAt: Instant;
  }
>;

/** What a person is to the organisation. */
export interface Profile {
  /** Categories of data subjects, as statements name them; sorted, each once. */
  readonly categories: readonly string[];
  /** The customer (controller) of a processor that the person belongs to. */
  readonly customerId?: string;
  /** A service account: nothing is asked of it. */
  readonly exempt: boolean;
}

/** From `from` on the parts that stand here hold instead of those before (rules D5, O1). */
export type SubjectClassified = DomainEvent<
  'SubjectClassified',
  {
    readonly subjectId: string;
    readonly categories?: readonly string[];
    readonly customerId?: string;
    /** The person belongs to no customer any more. */
    readonly customerEnded?: true;
    readonly exempt?: boolean;
  } & Occurrence
>;

/** In the anonymous person's stream: whoever it was is this account from here on (rule D7). */
export type SubjectLinked = DomainEvent<
  'SubjectLinked',
  { readonly subjectId: string; readonly accountId: string; readonly linkedAt: Instant }
>;
/** The same, mirrored in the account's stream. */
export type SubjectLinkReceived = DomainEvent<
  'SubjectLinkReceived',
  { readonly subjectId: string; readonly anonymousId: string; readonly linkedAt: Instant }
>;
/** Tokens of the person's own that were issued at or before `revokedAt` are no good any more. */
export type SubjectTokensRevoked = DomainEvent<
  'SubjectTokensRevoked',
  { readonly subjectId: string; readonly revokedAt: Instant }
>;

type NoticeFactData = { readonly subjectId: string; readonly channel: Channel; readonly method?: Method } & ShownText &
  Occurrence;
export type NoticeNotified = DomainEvent<'NoticeNotified', NoticeFactData>;
export type NoticeShown = DomainEvent<'NoticeShown', NoticeFactData>;
export type NoticeAcknowledged = DomainEvent<'NoticeAcknowledged', NoticeFactData>;
/** The person put it off; it stays to be done (rule C5). */
export type NoticeDeferred = DomainEvent<
  'NoticeDeferred',
  {
    readonly subjectId: string;
    readonly policyId: string;
    readonly versionId: string;
    readonly channel: Channel;
  } & Occurrence
>;

type DecisionData = {
  readonly subjectId: string;
  readonly method: Method;
  readonly channel: Channel;
  readonly decidedBy: DecisionMaker;
} & ShownText &
  Occurrence;
export type TermsAccepted = DomainEvent<'TermsAccepted', DecisionData>;
export type TermsRefused = DomainEvent<'TermsRefused', DecisionData>;
export type ConsentGiven = DomainEvent<'ConsentGiven', DecisionData & { readonly purposes: readonly GivenPurpose[] }>;
/** `expiresAt` was computed when the yes was given, from the version agreed to (rule D4). */
export interface GivenPurpose {
  readonly purpose: string;
  readonly expiresAt?: Instant;
}
export type ConsentRefused = DomainEvent<'ConsentRefused', DecisionData & { readonly purposes: readonly string[] }>;
export type ConsentDeferred = DomainEvent<'ConsentDeferred', DecisionData & { readonly purposes: readonly string[] }>;

type PurposesData = {
  readonly subjectId: string;
  readonly policyId: string;
  readonly purposes: readonly string[];
  readonly reason?: Sealed;
} & Occurrence;
/** Enters every root, those of scheduled versions too (rule D1). */
export type ConsentWithdrawn = DomainEvent<'ConsentWithdrawn', Omit<PurposesData, 'reason'>>;
export type ProcessingObjected = DomainEvent<'ProcessingObjected', PurposesData>;
export type ProcessingObjectionLifted = DomainEvent<'ProcessingObjectionLifted', PurposesData>;
export type ProcessingRestricted = DomainEvent<'ProcessingRestricted', PurposesData>;
export type ProcessingRestrictionLifted = DomainEvent<'ProcessingRestrictionLifted', PurposesData>;

/**
 * From its position on the named fact is out at every instant, and the corrected one stands in its place, with the
 * place of the original (rule D6). `corrects` is the original's place in this stream; correcting again names the
 * original again. What is absent stays as it was.
 */
export type FactCorrected = DomainEvent<
  'FactCorrected',
  {
    readonly subjectId: string;
    readonly corrects: number;
    /** True: nothing stands in its place. */
    readonly void: boolean;
    readonly occurredAt?: Instant;
    readonly channel?: Channel;
    readonly method?: Method;
    readonly locale?: string;
    readonly contentSha256?: string;
    /** Of a yes whose occurredAt was corrected: computed anew (rule D4). */
    readonly purposes?: readonly GivenPurpose[];
    readonly reason: Sealed;
    readonly correctedAt: Instant;
  }
>;

/** Asking is not erasing (rule E1). */
export type SubjectErasureRequested = DomainEvent<
  'SubjectErasureRequested',
  { readonly subjectId: string; readonly requestedAt: Instant }
>;
export type SubjectErasureDeclined = DomainEvent<
  'SubjectErasureDeclined',
  { readonly subjectId: string; readonly reason: Sealed; readonly declinedAt: Instant }
>;
/** The decision; under a legal hold it waits here until the last one ends (rule E1). */
export type SubjectErasureDecided = DomainEvent<
  'SubjectErasureDecided',
  { readonly subjectId: string; readonly reason: Sealed; readonly decidedAt: Instant }
>;
/** A hold ends at `until`, or when it is lifted. A second one before that takes the place of the first. */
export type LegalHoldPlaced = DomainEvent<
  'LegalHoldPlaced',
  { readonly subjectId: string; readonly until?: Instant; readonly reason: Sealed; readonly placedAt: Instant }
>;
export type LegalHoldLifted = DomainEvent<
  'LegalHoldLifted',
  { readonly subjectId: string; readonly reason: Sealed; readonly liftedAt: Instant }
>;
/** After it only the outcome may follow in this stream (rule E1). */
export type SubjectErasureStarted = DomainEvent<
  'SubjectErasureStarted',
  { readonly subjectId: string; readonly keyId: string; readonly startedAt: Instant }
>;
/** The person's row and key are gone. Final when the last backup that holds the epoch's key is (rule E2). */
export type SubjectErased = DomainEvent<
  'SubjectErased',
  {
    readonly subjectId: string;
    readonly keyId: string;
    readonly epoch: number;
    readonly finalOn: LocalDate;
    readonly erasedAt: Instant;
  }
>;
