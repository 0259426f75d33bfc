import { Field, Int, ObjectType } from 'type-graphql';
import type { SectionComparison } from '../../application/comparison/compare-texts';
import type { DraftView } from '../../application/draft-view';
import type { ChangeReason, NoticeDuty } from '../../domain/policy/policy.events';
import type { Approval, Policy } from '../../domain/policy/policy.state';
import type { StatementDifference } from '../../domain/policy/statement-comparison';
import type { Instant } from '../../domain/time';
import type { PolicyRow } from '../../read-models/read-models';
import { AccessDefault, asParent } from '../auth/access';
import { SectionComparisonView, StatementDifferenceView } from '../comparisons/comparison.type';
import { ChangeReasonEnum, NoticeDutyEnum } from '../policies/policy-enums';
import { DateTime } from '../scalars';
import type { Scope } from '../scope';
import { PolicyVersionNode } from '../versions/policy-version.type';

@ObjectType('PolicyDraftComparison', { simpleResolvers: true })
@AccessDefault(asParent)
export class PolicyDraftComparisonView {
  @Field(() => PolicyVersionNode, { nullable: true, description: 'Null: there is no version to compare with.' })
  readonly from!: PolicyVersionNode | null;

  @Field(() => [SectionComparisonView])
  readonly sections!: readonly SectionComparison[];

  @Field(() => [StatementDifferenceView])
  readonly statement!: readonly StatementDifference[];

  @Field(() => [ChangeReasonEnum])
  readonly impliedReasons!: readonly ChangeReason[];
}

@ObjectType('Approval', { simpleResolvers: true })
@AccessDefault(asParent)
export class ApprovalView {
  @Field(() => DateTime)
  readonly at: Instant;

  @Field(() => String)
  readonly draftHash: string;

  @Field(() => Boolean, { description: 'The draft has been edited since.' })
  readonly void: boolean;

  constructor(
    readonly approval: Approval & { readonly void: boolean },
    readonly scope: Scope,
  ) {
    this.at = approval.at;
    this.draftHash = approval.draftHash;
    this.void = approval.void;
  }
}

@ObjectType('PolicyDraft', {
  simpleResolvers: true,
  description: 'The one editable state of a policy; for editors, approvers, publishers and officers.',
})
@AccessDefault(asParent)
export class PolicyDraftView {
  @Field(() => Int, { description: 'The expectedVersion of the next write. Counts edits of the draft only.' })
  readonly revision: number;

  @Field(() => String, { description: 'Over every text and the statement; what an approval is bound to.' })
  readonly hash: string;

  @Field(() => [ApprovalView])
  readonly approvals: readonly ApprovalView[];

  @Field(() => [ChangeReasonEnum], { description: 'What the comparison of the statements shows by itself.' })
  readonly impliedReasons: readonly ChangeReason[];

  @Field(() => NoticeDutyEnum)
  readonly impliedNotice: NoticeDuty;

  @Field(() => Int)
  readonly impliedLeadDays: number;

  @Field(() => [String])
  readonly impliedRenewalPurposes: readonly string[];

  @Field(() => [String], { description: 'What GDPR Art. 13 and 14 still ask for, each by name.' })
  readonly missing: readonly string[];

  constructor(
    readonly policy: Policy,
    readonly view: DraftView,
    readonly row: PolicyRow,
    readonly scope: Scope,
  ) {
    this.revision = policy.draft.revision;
    this.hash = view.hash;
    this.approvals = view.approvals.map((approval) => new ApprovalView(approval, scope));
    this.impliedReasons = view.implied.reasons;
    this.impliedNotice = view.impliedNotice;
    this.impliedLeadDays = view.impliedLeadDays;
    this.impliedRenewalPurposes = view.implied.renewalPurposes;
    this.missing = view.missing;
  }
}
