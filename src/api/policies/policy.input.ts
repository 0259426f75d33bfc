import { IsOptional, ValidateNested } from 'class-validator';
import { Field, ID, InputType, Int } from 'type-graphql';
import {
  MAX_LINE_LENGTH,
  MAX_NAME_LENGTH,
  MAX_PARAGRAPH_LENGTH,
  MAX_SLUG_LENGTH,
  MAX_VARIABLES,
} from '../../domain/limits';
import type { PolicyKind, TextFormat } from '../../domain/policy/policy.events';
import type { Instant } from '../../domain/time';
import { atMost, key, line, note, paragraph, policyText } from '../input-checks';
import { DateTime, Locale } from '../scalars';
import { ProcessingStatementInput } from '../versions/processing-statement.input';
import { PolicyKindEnum, TextFormatEnum } from './policy-enums';

@InputType()
export class TemplateVariable {
  @Field(() => String)
  @line(MAX_NAME_LENGTH)
  name!: string;

  @Field(() => String)
  @note(MAX_LINE_LENGTH)
  value!: string;
}

@InputType()
export class PolicyCreateInput {
  @Field(() => ID)
  organisation!: string;

  @Field(() => String)
  @line(MAX_SLUG_LENGTH)
  slug!: string;

  @Field(() => PolicyKindEnum)
  kind!: PolicyKind;

  @Field(() => String, { description: "In the organisation's default locale." })
  @line(MAX_NAME_LENGTH)
  title!: string;

  @Field(() => ID, { nullable: true, description: 'A template to make it from.' })
  @line(MAX_NAME_LENGTH)
  template?: string | null;

  @Field(() => [TemplateVariable], { nullable: true })
  @IsOptional()
  @atMost(MAX_VARIABLES)
  @ValidateNested()
  variables?: TemplateVariable[] | null;

  @Field(() => String, { nullable: true, description: 'The file that it comes from.' })
  @line(MAX_PARAGRAPH_LENGTH)
  sourcePath?: string | null;

  @Field(() => String, { nullable: true })
  @key()
  idempotencyKey?: string | null;
}

@InputType()
export class PolicyTitleSetInput {
  @Field(() => ID)
  policy!: string;

  @Field(() => Locale)
  locale!: string;

  @Field(() => String)
  @line(MAX_NAME_LENGTH)
  title!: string;

  @Field(() => String, { nullable: true })
  @key()
  idempotencyKey?: string | null;
}

@InputType()
export class PolicyDraftEditInput {
  @Field(() => ID)
  policy!: string;

  @Field(() => Int, { description: "The draft's revision that the writer saw." })
  expectedVersion!: number;

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
export class PolicyDraftLocaleRemoveInput {
  @Field(() => ID)
  policy!: string;

  @Field(() => Int)
  expectedVersion!: number;

  @Field(() => Locale)
  locale!: string;

  @Field(() => String, { nullable: true })
  @key()
  idempotencyKey?: string | null;
}

@InputType()
export class PolicyDraftStatementSetInput {
  @Field(() => ID)
  policy!: string;

  @Field(() => Int)
  expectedVersion!: number;

  @Field(() => ProcessingStatementInput)
  @ValidateNested()
  statement!: ProcessingStatementInput;

  @Field(() => String, { nullable: true })
  @key()
  idempotencyKey?: string | null;
}

@InputType()
export class PolicyDraftDiscardInput {
  @Field(() => ID)
  policy!: string;

  @Field(() => Int)
  expectedVersion!: number;

  @Field(() => String, { nullable: true })
  @key()
  idempotencyKey?: string | null;
}

@InputType()
export class PolicyDraftApproveInput {
  @Field(() => ID)
  policy!: string;

  @Field(() => Int)
  expectedVersion!: number;

  @Field(() => String, { description: 'Of exactly the draft that was read.' })
  @line(MAX_NAME_LENGTH)
  draftHash!: string;

  @Field(() => String, { nullable: true })
  @key()
  idempotencyKey?: string | null;
}

@InputType()
export class PolicyRetireInput {
  @Field(() => ID)
  policy!: string;

  @Field(() => DateTime, { nullable: true })
  from?: Instant | null;

  @Field(() => String, {
    description: 'Why. For officers and services of the organisation to read; kept sealed, for ever.',
  })
  @paragraph(MAX_PARAGRAPH_LENGTH)
  reason!: string;

  @Field(() => Boolean, { nullable: true, defaultValue: false })
  withdrawScheduled?: boolean | null;

  @Field(() => String, { nullable: true })
  @key()
  idempotencyKey?: string | null;
}
