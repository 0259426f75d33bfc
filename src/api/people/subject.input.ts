import { ValidateNested } from 'class-validator';
import { Field, ID, InputType, Int } from 'type-graphql';
import {
  MAX_CATEGORIES,
  MAX_CATEGORY_LENGTH,
  MAX_EXTERNAL_ID_LENGTH,
  MAX_NAME_LENGTH,
  MAX_ROWS,
} from '../../domain/limits';
import type { Instant } from '../../domain/time';
import { atMost, key, line, notes } from '../input-checks';
import { DateTime } from '../scalars';

@InputType({
  description:
    'Without an externalId an anonymous person is made. The same externalId again, with other categories or another customer, is a classification from now on.',
})
export class SubjectRegisterInput {
  @Field(() => ID)
  organisation!: string;

  @Field(() => String, { nullable: true, description: "The product's own id of the person. Kept apart from the log." })
  @line(MAX_EXTERNAL_ID_LENGTH)
  externalId?: string | null;

  @Field(() => [String], { nullable: true, description: 'Categories of data subjects, as statements name them.' })
  @notes(MAX_CATEGORIES, MAX_CATEGORY_LENGTH)
  categories?: string[] | null;

  @Field(() => ID, { nullable: true, description: 'The customer of the organisation that the person belongs to.' })
  @line(MAX_NAME_LENGTH)
  customer?: string | null;

  @Field(() => Boolean, { nullable: true, description: 'A service account: nothing is asked of it.' })
  exempt?: boolean | null;

  @Field(() => DateTime, {
    nullable: true,
    description: 'What cohort dates compare. Absent: now. Kept from the first call.',
  })
  registeredAt?: Instant | null;

  @Field(() => String, { nullable: true })
  @key()
  idempotencyKey?: string | null;
}

@InputType()
export class SubjectRow {
  @Field(() => String)
  @line(MAX_EXTERNAL_ID_LENGTH)
  externalId!: string;

  @Field(() => [String], { nullable: true })
  @notes(MAX_CATEGORIES, MAX_CATEGORY_LENGTH)
  categories?: string[] | null;

  @Field(() => ID, { nullable: true })
  @line(MAX_NAME_LENGTH)
  customer?: string | null;

  @Field(() => Boolean, { nullable: true })
  exempt?: boolean | null;

  @Field(() => DateTime, { nullable: true })
  registeredAt?: Instant | null;
}

@InputType()
export class SubjectsRegisterInput {
  @Field(() => ID)
  organisation!: string;

  @Field(() => [SubjectRow], { description: 'At most 1,000.' })
  @atMost(MAX_ROWS)
  @ValidateNested()
  rows!: SubjectRow[];

  @Field(() => String, { nullable: true })
  @key()
  idempotencyKey?: string | null;
}

@InputType({ description: 'What is left out stays as it was; customer: null ends the belonging to a customer.' })
export class SubjectClassifyInput {
  @Field(() => ID)
  subject!: string;

  @Field(() => [String], { nullable: true })
  @notes(MAX_CATEGORIES, MAX_CATEGORY_LENGTH)
  categories?: string[] | null;

  @Field(() => ID, { nullable: true })
  @line(MAX_NAME_LENGTH)
  customer?: string | null;

  @Field(() => Boolean, { nullable: true })
  exempt?: boolean | null;

  @Field(() => DateTime, { nullable: true, description: 'From when it holds. Absent: now.' })
  occurredAt?: Instant | null;

  @Field(() => String, { nullable: true })
  @key()
  idempotencyKey?: string | null;
}

@InputType({ description: 'From here on the anonymous person is this account.' })
export class SubjectLinkInput {
  @Field(() => ID)
  anonymous!: string;

  @Field(() => ID)
  account!: string;

  @Field(() => String, { nullable: true })
  @key()
  idempotencyKey?: string | null;
}

@InputType({ description: 'The person by id, or by organisation and externalId.' })
export class SubjectTokenIssueInput {
  @Field(() => ID, { nullable: true })
  @line(MAX_NAME_LENGTH)
  subject?: string | null;

  @Field(() => ID, { nullable: true })
  @line(MAX_NAME_LENGTH)
  organisation?: string | null;

  @Field(() => String, { nullable: true })
  @line(MAX_EXTERNAL_ID_LENGTH)
  externalId?: string | null;

  @Field(() => Int, { nullable: true, defaultValue: 900, description: '60 to 86,400.' })
  validForSeconds?: number | null;
}

@InputType()
export class SubjectTokensRevokeInput {
  @Field(() => ID)
  subject!: string;

  @Field(() => String, { nullable: true })
  @key()
  idempotencyKey?: string | null;
}
