import type { Instant, LocalDate } from '../time';
import type { ChangeReason, ContentRef, ImportSource, PolicyKind, TemplateVariable, TextFlag } from './policy.events';
import type { LocalisedText, ProcessingStatement } from './processing-statement';

/** What can be asked of one policy. `at` is the command's time and `actor` the random id of who asks. */
export type PolicyCommand =
  | CreatePolicy
  | SetPolicyTitle
  | EditDraftText
  | RemoveDraftLocale
  | SetDraftStatement
  | ApplyTemplate
  | DiscardDraft
  | ApproveDraft
  | PublishPolicyVersion
  | ImportPolicyVersion
  | ImportRetirement
  | RevokeImport
  | AddVersionLocale
  | WithdrawVersion
  | RetirePolicy;

interface Command<Type extends string> {
  readonly type: Type;
  readonly actor: string;
  readonly at: Instant;
}

/** A command on the draft names the revision that its writer saw (rule V9). */
interface DraftCommand<Type extends string> extends Command<Type> {
  readonly expectedRevision: number;
}

export interface CreatePolicy extends Command<'CreatePolicy'> {
  readonly policyId: string;
  readonly organisationId: string;
  readonly slug: string;
  readonly kind: PolicyKind;
  readonly title: LocalisedText;
  readonly sourcePath?: string;
  /** The template to start from, its texts with the variables filled in. */
  readonly template?: AppliedTemplate;
}
export interface AppliedTemplate {
  readonly templateId: string;
  readonly revision: number;
  readonly authors: readonly string[];
  readonly variables: readonly TemplateVariable[];
  readonly contents: readonly ContentRef[];
}
export interface SetPolicyTitle extends Command<'SetPolicyTitle'> {
  readonly title: LocalisedText;
}
export interface EditDraftText extends DraftCommand<'EditDraftText'> {
  readonly content: ContentRef;
}
export interface RemoveDraftLocale extends DraftCommand<'RemoveDraftLocale'> {
  readonly locale: string;
}
export interface SetDraftStatement extends DraftCommand<'SetDraftStatement'> {
  readonly statement: ProcessingStatement;
}
export interface ApplyTemplate extends DraftCommand<'ApplyTemplate'> {
  readonly template: AppliedTemplate;
}
export interface DiscardDraft extends DraftCommand<'DiscardDraft'> {}
export interface ApproveDraft extends DraftCommand<'ApproveDraft'> {
  readonly draftHash: string;
}

/** What the organisation's own settings say about its publications. */
export interface PublicationRules {
  readonly timeZone: string;
  readonly approvalRequired: boolean;
  readonly noticeLeadDays: number;
}

export interface PublishPolicyVersion extends DraftCommand<'PublishPolicyVersion'> {
  readonly versionId: string;
  readonly label: string;
  readonly effectiveFrom?: Instant;
  readonly effectiveOn?: LocalDate;
  readonly effectiveFromForExisting?: Instant;
  readonly effectiveOnForExisting?: LocalDate;
  readonly audience?: readonly string[];
  readonly reasons: readonly ChangeReason[];
  readonly summaries: readonly LocalisedText[];
  readonly renewalPurposes: readonly string[];
  readonly blocking: boolean;
  readonly graceDays: number;
  readonly rules: PublicationRules;
  /** Found in the draft's texts. */
  readonly flags: readonly TextFlag[];
  /** Words that differ from the texts of the version that would precede, over all locales. */
  readonly changedWords: number;
}
export interface ImportPolicyVersion extends Command<'ImportPolicyVersion'> {
  readonly versionId: string;
  readonly label: string;
  readonly effectiveFrom?: Instant;
  readonly effectiveOn?: LocalDate;
  readonly timeZone: string;
  readonly content: ContentRef;
  readonly statement?: ProcessingStatement;
  readonly audience?: readonly string[];
  readonly reasons: readonly ChangeReason[];
  readonly summaries: readonly LocalisedText[];
  readonly renewalPurposes: readonly string[];
  readonly flags: readonly TextFlag[];
  readonly source?: ImportSource;
}
export interface ImportRetirement extends Command<'ImportRetirement'> {
  readonly retirementId: string;
  readonly from: Instant;
  readonly source?: ImportSource;
}
/** Of a version or of an imported retirement. */
export interface RevokeImport extends Command<'RevokeImport'> {
  readonly entryId: string;
  readonly reason: string;
}
export interface AddVersionLocale extends Command<'AddVersionLocale'> {
  readonly versionId: string;
  readonly content: ContentRef;
  readonly flags: readonly TextFlag[];
  readonly approvalRequired: boolean;
}
export interface WithdrawVersion extends Command<'WithdrawVersion'> {
  readonly versionId: string;
  readonly from?: Instant;
  readonly reason: string;
  readonly voidsDecisions: boolean;
}
export interface RetirePolicy extends Command<'RetirePolicy'> {
  readonly retirementId: string;
  readonly from?: Instant;
  readonly reason: string;
  readonly withdrawScheduled: boolean;
}
