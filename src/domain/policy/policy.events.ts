import type { DomainEvent } from '../decider';
import type { Sealed } from '../sealed';
import type { Instant, LocalDate } from '../time';
import type { LocalisedText, ProcessingStatement } from './processing-statement';

/** Facts of one policy, in the stream `policy-<id>`. Stored type strings are never renamed or reused. */
export type PolicyEvent =
  | PolicyCreated
  | PolicyTitleSet
  | PolicyDraftTextEdited
  | PolicyDraftLocaleRemoved
  | PolicyDraftStatementSet
  | PolicyDraftTemplateApplied
  | PolicyDraftDiscarded
  | PolicyDraftApproved
  | PolicyVersionPublished
  | PolicyVersionImported
  | PolicyVersionImportRevoked
  | PolicyVersionLocaleAdded
  | PolicyVersionWithdrawn
  | PolicyRetired
  | PolicyRetirementImported
  | PolicyRetirementImportRevoked;

export const POLICY_KINDS = ['PRIVACY_NOTICE', 'TERMS', 'COOKIE_NOTICE', 'CONSENT_NOTICE'] as const;
export type PolicyKind = (typeof POLICY_KINDS)[number];

export const TEXT_FORMATS = ['PLAIN_TEXT', 'MARKDOWN'] as const;
export type TextFormat = (typeof TEXT_FORMATS)[number];

export const CHANGE_REASONS = [
  'FIRST_VERSION',
  'PURPOSE',
  'CONTROLLER_IDENTITY',
  'LEGAL_BASIS',
  'EXERCISE_OF_RIGHTS',
  'RECIPIENTS',
  'THIRD_COUNTRY_TRANSFER',
  'RETENTION',
  'DATA_CATEGORIES',
  'AUTOMATED_DECISIONS',
  'WORDING',
  'SPELLING',
  'TRANSLATION',
] as const;
export type ChangeReason = (typeof CHANGE_REASONS)[number];

export type NoticeDuty = 'NONE' | 'ACTIVE' | 'ACTIVE_IN_ADVANCE';

/** A text in one locale, by the hash of its bytes; the bytes are in a text stream of the organisation (rules X1, X2). */
export interface ContentRef {
  readonly locale: string;
  readonly format: TextFormat;
  /** Lower-case hex of the SHA-256 of the bytes as received. */
  readonly sha256: string;
  readonly bytes: number;
  /** How the bytes are decoded, as the WHATWG names it; absent: utf-8 (rule X1). */
  readonly charset?: string;
}

/** A passage to look at; it blocks nothing and is never read as consent (rule C1). */
export interface TextFlag {
  readonly code: 'IMPLIED_CONSENT_CLAUSE';
  readonly locale: string;
  readonly passage: string;
}

/** What a version changes against the one that precedes it, and what follows from that (rules P2, V10). */
export interface Change {
  readonly reasons: readonly ChangeReason[];
  readonly summaries: readonly LocalisedText[];
  /** False where the version before, or this one, has no statement to compare (rule V5). */
  readonly compared: boolean;
  readonly noticeDuty: NoticeDuty;
  readonly noticeLeadDays: number;
  readonly renewalPurposes: readonly string[];
  /** True when an overdue obligation from this version blocks. */
  readonly blocking: boolean;
  readonly graceDays: number;
}

/** The versions whose decisions, notices and acceptances still count for this one (rule V6). */
export interface Roots {
  readonly consent: { readonly [purpose: string]: string };
  readonly notice: string;
  readonly acceptance: string;
}

/** A later version that has another predecessor now, with the roots it has from here on. */
export interface RerootedVersion {
  readonly versionId: string;
  readonly roots: Roots;
  /** From this instant on; absent: from the withdrawal on in its event, at every instant in any other (rule T3). */
  readonly since?: Instant;
}

/**
 * Why, in somebody's words: stored sealed. In clear it is before it is stored, where the program itself gives it, and in
 * events of releases that had no seal for it. One of the two is there.
 */
interface WithReason {
  readonly reason?: string;
  readonly sealedReason?: Sealed;
}

export type PolicyCreated = DomainEvent<
  'PolicyCreated',
  {
    readonly policyId: string;
    readonly organisationId: string;
    readonly slug: string;
    readonly kind: PolicyKind;
    readonly title: LocalisedText;
    readonly templateId?: string;
    readonly variables?: readonly TemplateVariable[];
    /** The file it was imported from, if it was. */
    readonly sourcePath?: string;
    readonly createdAt: Instant;
  }
>;
export interface TemplateVariable {
  readonly name: string;
  readonly value: string;
}
export type PolicyTitleSet = DomainEvent<
  'PolicyTitleSet',
  { readonly policyId: string; readonly title: LocalisedText; readonly setAt: Instant }
>;
/** `revision` is the draft's number after this edit; `author` the actor who made it. */
export type PolicyDraftTextEdited = DomainEvent<
  'PolicyDraftTextEdited',
  {
    readonly policyId: string;
    readonly author: string;
    readonly revision: number;
    readonly content: ContentRef;
    readonly editedAt: Instant;
  }
>;
export type PolicyDraftLocaleRemoved = DomainEvent<
  'PolicyDraftLocaleRemoved',
  {
    readonly policyId: string;
    readonly author: string;
    readonly revision: number;
    readonly locale: string;
    readonly removedAt: Instant;
  }
>;
export type PolicyDraftStatementSet = DomainEvent<
  'PolicyDraftStatementSet',
  {
    readonly policyId: string;
    readonly author: string;
    readonly revision: number;
    readonly statement: ProcessingStatement;
    readonly setAt: Instant;
  }
>;
/** The texts of a template, variables filled in, took the place of the draft's texts (rule P8). */
export type PolicyDraftTemplateApplied = DomainEvent<
  'PolicyDraftTemplateApplied',
  {
    readonly policyId: string;
    readonly author: string;
    readonly templateId: string;
    readonly templateRevision: number;
    /** Who wrote the template; none of them may approve the draft (rule V9). */
    readonly templateAuthors: readonly string[];
    readonly revision: number;
    readonly contents: readonly ContentRef[];
    readonly variables: readonly TemplateVariable[];
    readonly appliedAt: Instant;
  }
>;
/** The draft went back to what was last published, or to nothing. */
export type PolicyDraftDiscarded = DomainEvent<
  'PolicyDraftDiscarded',
  { readonly policyId: string; readonly author: string; readonly revision: number; readonly discardedAt: Instant }
>;
export type PolicyDraftApproved = DomainEvent<
  'PolicyDraftApproved',
  {
    readonly policyId: string;
    readonly approver: string;
    readonly revision: number;
    readonly draftHash: string;
    readonly approvedAt: Instant;
  }
>;

/** What publications and imports have in common. */
interface VersionFacts {
  readonly policyId: string;
  readonly versionId: string;
  /** Recording order, from 1; never the order of effect. */
  readonly sequence: number;
  readonly label: string;
  readonly effectiveFrom: Instant;
  /** The civil date it was given as, in `timeZone`, if it was. */
  readonly effectiveOn?: LocalDate;
  readonly timeZone: string;
  /** Subject categories addressed; empty: everyone. */
  readonly audience: readonly string[];
  readonly contents: readonly ContentRef[];
  readonly change: Change;
  readonly flags: readonly TextFlag[];
  readonly roots: Roots;
  readonly rerooted: readonly RerootedVersion[];
}
export type PolicyVersionPublished = DomainEvent<
  'PolicyVersionPublished',
  VersionFacts & {
    readonly publisher: string;
    readonly effectiveFromForExisting?: Instant;
    readonly effectiveOnForExisting?: LocalDate;
    readonly statement: ProcessingStatement;
    readonly draftRevision: number;
    readonly draftHash: string;
    readonly publishedAt: Instant;
  }
>;
export type PolicyVersionImported = DomainEvent<
  'PolicyVersionImported',
  VersionFacts & {
    readonly importer: string;
    readonly statement?: ProcessingStatement;
    readonly source?: ImportSource;
    readonly importedAt: Instant;
  }
>;
/** Where an imported version stands in a git repository (rule V8). */
export interface ImportSource {
  readonly commit: string;
  readonly path: string;
  /** The committer date of that commit, which may be later than `effectiveFrom`. */
  readonly committedAt: Instant;
}
export type PolicyVersionImportRevoked = DomainEvent<
  'PolicyVersionImportRevoked',
  WithReason & {
    readonly policyId: string;
    readonly versionId: string;
    readonly rerooted: readonly RerootedVersion[];
    readonly revokedAt: Instant;
  }
>;
export type PolicyVersionLocaleAdded = DomainEvent<
  'PolicyVersionLocaleAdded',
  {
    readonly policyId: string;
    readonly versionId: string;
    readonly author: string;
    readonly content: ContentRef;
    readonly flags: readonly TextFlag[];
    readonly addedAt: Instant;
  }
>;
export type PolicyVersionWithdrawn = DomainEvent<
  'PolicyVersionWithdrawn',
  WithReason & {
    readonly policyId: string;
    readonly versionId: string;
    readonly from: Instant;
    /** Decisions made on this version do not count anywhere any more (rule D3). */
    readonly voidsDecisions: boolean;
    /** Holds for instants from `from` on (rule T3). */
    readonly rerooted: readonly RerootedVersion[];
    readonly withdrawnAt: Instant;
  }
>;
export type PolicyRetired = DomainEvent<
  'PolicyRetired',
  WithReason & {
    readonly policyId: string;
    readonly retirementId: string;
    readonly from: Instant;
    readonly retiredAt: Instant;
  }
>;
/** In the history that was imported the policy ended here (rule V8). */
export type PolicyRetirementImported = DomainEvent<
  'PolicyRetirementImported',
  {
    readonly policyId: string;
    readonly retirementId: string;
    readonly from: Instant;
    readonly source?: ImportSource;
    readonly importedAt: Instant;
  }
>;
export type PolicyRetirementImportRevoked = DomainEvent<
  'PolicyRetirementImportRevoked',
  WithReason & {
    readonly policyId: string;
    readonly retirementId: string;
    readonly revokedAt: Instant;
  }
>;
