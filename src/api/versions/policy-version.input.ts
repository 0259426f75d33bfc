import { IsOptional, ValidateNested } from 'class-validator';
import { Field, ID, InputType, Int } from 'type-graphql';
import {
  MAX_GRACE_DAYS,
  MAX_LABEL_LENGTH,
  MAX_LIST_ITEMS,
  MAX_LOCALES,
  MAX_NAME_LENGTH,
  MAX_PARAGRAPH_LENGTH,
  MAX_PURPOSES,
} from '../../domain/limits';
import { CHANGE_REASONS, type ChangeReason, type TextFormat } from '../../domain/policy/policy.events';
import type { Instant, LocalDate } from '../../domain/time';
import { atMost, distinctLocales, key, line, notes, paragraph, policyText, within } from '../input-checks';
import { ChangeReasonEnum, TextFormatEnum } from '../policies/policy-enums';
import { DateTime, LocalDateScalar, Locale } from '../scalars';
import { LocalisedText, ProcessingStatementInput } from './processing-statement.input';

@InputType()
export class PolicyVersionPublishInput {
  @Field(() => ID)
  policy!: string;

  @Field(() => Int)
  expectedVersion!: number;

  @Field(() => String)
  @line(MAX_LABEL_LENGTH)
  label!: string;

  @Field(() => DateTime, {
    nullable: true,
    description: 'At most one of effectiveFrom and effectiveOn; neither, or today: from the instant of publication.',
  })
  effectiveFrom?: Instant | null;

  @Field(() => LocalDateScalar, { nullable: true })
  effectiveOn?: LocalDate | null;

  @Field(() => DateTime, { nullable: true, description: 'At most one of this and effectiveOnForExisting.' })
  effectiveFromForExisting?: Instant | null;

  @Field(() => LocalDateScalar, { nullable: true })
  effectiveOnForExisting?: LocalDate | null;

  @Field(() => [String], { nullable: true, description: "Absent: the categories that the statement's purposes name." })
  @notes(MAX_LIST_ITEMS, MAX_NAME_LENGTH)
  audience?: string[] | null;

  @Field(() => [ChangeReasonEnum])
  @atMost(CHANGE_REASONS.length)
  reasons!: ChangeReason[];

  @Field(() => [LocalisedText])
  @atMost(MAX_LOCALES)
  @distinctLocales()
  @ValidateNested()
  summaries!: LocalisedText[];

  @Field(() => [String], { nullable: true })
  @notes(MAX_PURPOSES, MAX_NAME_LENGTH)
  renewalPurposes?: string[] | null;

  @Field(() => Boolean, { nullable: true, defaultValue: false })
  blocking?: boolean | null;

  @Field(() => Int, { nullable: true, defaultValue: 0 })
  @within(0, MAX_GRACE_DAYS)
  graceDays?: number | null;

  @Field(() => String, { nullable: true })
  @key()
  idempotencyKey?: string | null;
}

@InputType({ description: "The only way into the past: dated before the policy's first own publication." })
export class PolicyVersionImportInput {
  @Field(() => ID)
  policy!: string;

  @Field(() => String)
  @line(MAX_LABEL_LENGTH)
  label!: string;

  @Field(() => DateTime, { nullable: true, description: 'One of effectiveFrom and effectiveOn.' })
  effectiveFrom?: Instant | null;

  @Field(() => LocalDateScalar, { nullable: true })
  effectiveOn?: LocalDate | null;

  @Field(() => Locale)
  locale!: string;

  @Field(() => TextFormatEnum)
  format!: TextFormat;

  @Field(() => String)
  @policyText()
  text!: string;

  @Field(() => ProcessingStatementInput, { nullable: true, description: 'Absent: the version is text only.' })
  @IsOptional()
  @ValidateNested()
  statement?: ProcessingStatementInput | null;

  @Field(() => [ChangeReasonEnum], { nullable: true })
  @atMost(CHANGE_REASONS.length)
  reasons?: ChangeReason[] | null;

  @Field(() => [LocalisedText], { nullable: true })
  @IsOptional()
  @atMost(MAX_LOCALES)
  @distinctLocales()
  @ValidateNested()
  summaries?: LocalisedText[] | null;

  @Field(() => [String], { nullable: true })
  @notes(MAX_PURPOSES, MAX_NAME_LENGTH)
  renewalPurposes?: string[] | null;

  @Field(() => [String], { nullable: true })
  @notes(MAX_LIST_ITEMS, MAX_NAME_LENGTH)
  audience?: string[] | null;

  @Field(() => String, { nullable: true })
  @key()
  idempotencyKey?: string | null;
}

@InputType()
export class PolicyVersionImportRevokeInput {
  @Field(() => ID)
  version!: string;

  @Field(() => String, {
    description: 'Why. For officers and services of the organisation to read; kept sealed, for ever.',
  })
  @paragraph(MAX_PARAGRAPH_LENGTH)
  reason!: string;

  @Field(() => String, { nullable: true })
  @key()
  idempotencyKey?: string | null;
}

@InputType()
export class PolicyVersionLocaleAddInput {
  @Field(() => ID)
  version!: string;

  @Field(() => Locale)
  locale!: string;

  @Field(() => TextFormatEnum)
  format!: TextFormat;

  @Field(() => String)
  @policyText()
  text!: string;

  @Field(() => String, { nullable: true })
  @key()
  idempotencyKey?: string | null;
}

@InputType()
export class PolicyVersionWithdrawInput {
  @Field(() => ID)
  version!: string;

  @Field(() => DateTime, { nullable: true, description: 'Absent: from now. It cannot be taken back.' })
  from?: Instant | null;

  @Field(() => String, {
    description: 'Why. For officers and services of the organisation to read; kept sealed, for ever.',
  })
  @paragraph(MAX_PARAGRAPH_LENGTH)
  reason!: string;

  @Field(() => Boolean, {
    nullable: true,
    defaultValue: false,
    description: 'Decisions made on this version count nowhere any more.',
  })
  voidsDecisions?: boolean | null;

  @Field(() => String, { nullable: true })
  @key()
  idempotencyKey?: string | null;
}
