import { Field, Int, ObjectType } from 'type-graphql';
import type { Change, ChangeReason, NoticeDuty } from '../../domain/policy/policy.events';
import type { LocalisedText } from '../../domain/policy/processing-statement';
import { AccessDefault, asParent } from '../auth/access';
import { ChangeReasonEnum, NoticeDutyEnum } from '../policies/policy-enums';
import { LocalisedString } from './processing-statement.type';

@ObjectType('PolicyChange', {
  simpleResolvers: true,
  description: 'What a version changes against the one before it, and what follows from that.',
})
@AccessDefault(asParent)
export class PolicyChangeView {
  @Field(() => [ChangeReasonEnum])
  readonly reasons: readonly ChangeReason[];

  @Field(() => [LocalisedString])
  readonly summaries: readonly LocalisedText[];

  @Field(() => Boolean, { description: 'False where there was no statement on one of the sides to compare.' })
  readonly compared: boolean;

  @Field(() => NoticeDutyEnum)
  readonly noticeDuty: NoticeDuty;

  @Field(() => Int)
  readonly noticeLeadDays: number;

  @Field(() => [String], { description: 'Purposes for which everybody is asked again.' })
  readonly renewalPurposes: readonly string[];

  @Field(() => Boolean, { description: 'What is overdue from this version blocks.' })
  readonly blocking: boolean;

  @Field(() => Int)
  readonly graceDays: number;

  constructor(
    change: Change,
    readonly defaultLocale: string,
  ) {
    this.reasons = change.reasons;
    this.summaries = change.summaries;
    this.compared = change.compared;
    this.noticeDuty = change.noticeDuty;
    this.noticeLeadDays = change.noticeLeadDays;
    this.renewalPurposes = change.renewalPurposes;
    this.blocking = change.blocking;
    this.graceDays = change.graceDays;
  }
}
