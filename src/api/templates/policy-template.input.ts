import { IsOptional, ValidateNested } from 'class-validator';
import { Field, ID, InputType, Int } from 'type-graphql';
import { MAX_NAME_LENGTH, MAX_SHARED_ORGANISATIONS, MAX_SLUG_LENGTH, MAX_VARIABLES } from '../../domain/limits';
import type { PolicyKind, TextFormat } from '../../domain/policy/policy.events';
import { atMost, key, line, notes, policyText } from '../input-checks';
import { TemplateVariable } from '../policies/policy.input';
import { PolicyKindEnum, TextFormatEnum } from '../policies/policy-enums';
import { Locale } from '../scalars';

@InputType()
export class PolicyTemplateCreateInput {
  @Field(() => ID)
  organisation!: string;

  @Field(() => String)
  @line(MAX_SLUG_LENGTH)
  slug!: string;

  @Field(() => PolicyKindEnum)
  kind!: PolicyKind;

  @Field(() => [ID], { nullable: true, description: 'Other organisations that may make policies from it.' })
  @notes(MAX_SHARED_ORGANISATIONS, MAX_NAME_LENGTH)
  sharedWith?: string[] | null;

  @Field(() => String, { nullable: true })
  @key()
  idempotencyKey?: string | null;
}

@InputType()
export class PolicyTemplateEditInput {
  @Field(() => ID)
  template!: string;

  @Field(() => Int)
  expectedVersion!: number;

  @Field(() => Locale)
  locale!: string;

  @Field(() => TextFormatEnum)
  format!: TextFormat;

  @Field(() => String, { description: 'Variables are written {{name}}.' })
  @policyText()
  text!: string;

  @Field(() => String, { nullable: true })
  @key()
  idempotencyKey?: string | null;
}

@InputType()
export class PolicyTemplateOfferApplyInput {
  @Field(() => ID)
  policy!: string;

  @Field(() => Int)
  expectedVersion!: number;

  @Field(() => Int)
  templateRevision!: number;

  @Field(() => [TemplateVariable], { nullable: true, description: 'Absent: the values that the policy has.' })
  @IsOptional()
  @atMost(MAX_VARIABLES)
  @ValidateNested()
  variables?: TemplateVariable[] | null;

  @Field(() => String, { nullable: true })
  @key()
  idempotencyKey?: string | null;
}
