import { ValidateNested } from 'class-validator';
import { Field, ID, InputType } from 'type-graphql';
import type { ImportedFact } from '../../application/imports/decision-rows';
import { MAX_EXTERNAL_ID_LENGTH, MAX_NAME_LENGTH, MAX_PURPOSES, MAX_ROWS } from '../../domain/limits';
import type { Channel, Method } from '../../domain/subject/subject.events';
import type { Instant } from '../../domain/time';
import { atMost, key, line, notes } from '../input-checks';
import { DateTime, Locale } from '../scalars';
import { ChannelEnum, ImportedFactEnum, MethodEnum } from './people-enums';

const HASH_LENGTH = 64;

@InputType({ description: 'One old fact. A withdrawal names the policy, all others the version and its text.' })
export class DecisionRow {
  @Field(() => String)
  @line(MAX_EXTERNAL_ID_LENGTH)
  externalId!: string;

  @Field(() => ImportedFactEnum)
  fact!: ImportedFact;

  @Field(() => ID, { nullable: true })
  @line(MAX_NAME_LENGTH)
  version?: string | null;

  @Field(() => ID, { nullable: true })
  @line(MAX_NAME_LENGTH)
  policy?: string | null;

  @Field(() => Locale, { nullable: true })
  locale?: string | null;

  @Field(() => String, { nullable: true })
  @line(HASH_LENGTH)
  contentSha256?: string | null;

  @Field(() => [String], { nullable: true })
  @notes(MAX_PURPOSES, MAX_NAME_LENGTH)
  purposes?: string[] | null;

  @Field(() => MethodEnum, { nullable: true })
  method?: Method | null;

  @Field(() => ChannelEnum, { nullable: true })
  channel?: Channel | null;

  @Field(() => DateTime)
  occurredAt!: Instant;
}

@InputType({ description: 'Checked whole before the first is written; nothing is written unless all are good.' })
export class DecisionsImportInput {
  @Field(() => ID)
  organisation!: string;

  @Field(() => [DecisionRow], { description: 'At most 1,000.' })
  @atMost(MAX_ROWS)
  @ValidateNested()
  rows!: DecisionRow[];

  @Field(() => Boolean, { nullable: true, defaultValue: false })
  dryRun?: boolean | null;

  @Field(() => String, { nullable: true })
  @key()
  idempotencyKey?: string | null;
}
