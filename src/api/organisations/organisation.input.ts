import { IsOptional, ValidateNested } from 'class-validator';
import { Field, ID, InputType, Int } from 'type-graphql';
import { MAX_LEAD_DAYS, MAX_NAME_LENGTH, MAX_RETENTION_DAYS, MAX_SLUG_LENGTH } from '../../domain/limits';
import { key, line, within } from '../input-checks';
import { Locale, TimeZoneScalar } from '../scalars';

@InputType()
export class OrganisationRegisterInput {
  @Field(() => String)
  @line(MAX_SLUG_LENGTH)
  slug!: string;

  @Field(() => String)
  @line(MAX_NAME_LENGTH)
  name!: string;

  @Field(() => String, { nullable: true, description: 'Norwegian organisation number: nine digits.' })
  @line(MAX_NAME_LENGTH)
  number?: string | null;

  @Field(() => String, { nullable: true, description: "Identifier in another country's register." })
  @line(MAX_NAME_LENGTH)
  foreignId?: string | null;

  @Field(() => TimeZoneScalar)
  timeZone!: string;

  @Field(() => Locale)
  defaultLocale!: string;

  @Field(() => ID, { nullable: true, description: 'The processor that it is a customer of.' })
  @line(MAX_NAME_LENGTH)
  customerOf?: string | null;

  @Field(() => Boolean, { nullable: true, defaultValue: true })
  approvalRequired?: boolean | null;

  @Field(() => String, { nullable: true })
  @key()
  idempotencyKey?: string | null;
}

@InputType()
export class RetentionInput {
  @Field(() => Int, { nullable: true })
  @within(1, MAX_RETENTION_DAYS)
  loginAndDeliveryDays?: number | null;

  @Field(() => Int, { nullable: true })
  @within(1, MAX_RETENTION_DAYS)
  operationalDays?: number | null;
}

@InputType()
export class OrganisationAmendInput {
  @Field(() => ID)
  organisation!: string;

  @Field(() => String, { nullable: true })
  @line(MAX_NAME_LENGTH)
  name?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Norwegian organisation number, for one that was registered without an identifier.',
  })
  @line(MAX_NAME_LENGTH)
  number?: string | null;

  @Field(() => String, { nullable: true, description: "Identifier in another country's register, likewise." })
  @line(MAX_NAME_LENGTH)
  foreignId?: string | null;

  @Field(() => TimeZoneScalar, { nullable: true })
  timeZone?: string | null;

  @Field(() => Locale, { nullable: true })
  defaultLocale?: string | null;

  @Field(() => Boolean, { nullable: true })
  approvalRequired?: boolean | null;

  @Field(() => Int, { nullable: true })
  @within(1, MAX_LEAD_DAYS)
  noticeLeadDays?: number | null;

  @Field(() => RetentionInput, { nullable: true })
  @IsOptional()
  @ValidateNested()
  retention?: RetentionInput | null;

  @Field(() => String, { nullable: true })
  @key()
  idempotencyKey?: string | null;
}
