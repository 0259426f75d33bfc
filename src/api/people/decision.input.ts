import { Field, ID, InputType } from 'type-graphql';
import { MAX_NAME_LENGTH, MAX_PARAGRAPH_LENGTH, MAX_PURPOSES } from '../../domain/limits';
import type { NoticeStep } from '../../domain/subject/notice-state';
import type { Channel, DecisionMaker, Method } from '../../domain/subject/subject.events';
import type { Instant } from '../../domain/time';
import { key, line, notes, paragraph } from '../input-checks';
import { DateTime, Locale, PositionScalar } from '../scalars';
import { ChannelEnum, DecisionMakerEnum, MethodEnum, NoticeStepEnum } from './people-enums';

/** Lower-case hex of a SHA-256. */
const HASH_LENGTH = 64;

@InputType()
export class NoticeRecordInput {
  @Field(() => ID, { nullable: true, description: "Absent with a subject's own token." })
  @line(MAX_NAME_LENGTH)
  subject?: string | null;

  @Field(() => ID)
  version!: string;

  @Field(() => Locale)
  locale!: string;

  @Field(() => String, { description: 'Of the very text that was shown.' })
  @line(HASH_LENGTH)
  contentSha256!: string;

  @Field(() => NoticeStepEnum, { description: 'NOTIFIED, SHOWN or ACKNOWLEDGED.' })
  step!: NoticeStep;

  @Field(() => ChannelEnum)
  channel!: Channel;

  @Field(() => MethodEnum, { nullable: true })
  method?: Method | null;

  @Field(() => DateTime, { nullable: true, description: 'Absent: now.' })
  occurredAt?: Instant | null;

  @Field(() => String, { nullable: true })
  @key()
  idempotencyKey?: string | null;
}

@InputType()
export class NoticeDeferInput {
  @Field(() => ID, { nullable: true })
  @line(MAX_NAME_LENGTH)
  subject?: string | null;

  @Field(() => ID)
  version!: string;

  @Field(() => ChannelEnum, { nullable: true, defaultValue: 'APP' })
  channel?: Channel | null;

  @Field(() => DateTime, { nullable: true })
  occurredAt?: Instant | null;

  @Field(() => String, { nullable: true })
  @key()
  idempotencyKey?: string | null;
}

@InputType()
export class DecisionInput {
  @Field(() => ID, { nullable: true, description: "Absent with a subject's own token." })
  @line(MAX_NAME_LENGTH)
  subject?: string | null;

  @Field(() => ID)
  version!: string;

  @Field(() => Locale)
  locale!: string;

  @Field(() => String, { description: 'Of the very text that was shown.' })
  @line(HASH_LENGTH)
  contentSha256!: string;

  @Field(() => [String], {
    nullable: true,
    description: 'Required and not empty for consent, absent for terms. All or nothing.',
  })
  @notes(MAX_PURPOSES, MAX_NAME_LENGTH)
  purposes?: string[] | null;

  @Field(() => MethodEnum)
  method!: Method;

  @Field(() => ChannelEnum, { nullable: true, defaultValue: 'APP' })
  channel?: Channel | null;

  @Field(() => DecisionMakerEnum, { nullable: true, defaultValue: 'PERSON' })
  decidedBy?: DecisionMaker | null;

  @Field(() => DateTime, {
    nullable: true,
    description: "Absent: now. A service may give an old one; a subject's own token only within five minutes.",
  })
  occurredAt?: Instant | null;

  @Field(() => String, { nullable: true })
  @key()
  idempotencyKey?: string | null;
}

@InputType()
export class ConsentWithdrawInput {
  @Field(() => ID, { nullable: true })
  @line(MAX_NAME_LENGTH)
  subject?: string | null;

  @Field(() => ID)
  policy!: string;

  @Field(() => [String])
  @notes(MAX_PURPOSES, MAX_NAME_LENGTH)
  purposes!: string[];

  @Field(() => DateTime, { nullable: true })
  occurredAt?: Instant | null;

  @Field(() => String, { nullable: true })
  @key()
  idempotencyKey?: string | null;
}

@InputType()
export class ProcessingRightInput {
  @Field(() => ID, { nullable: true })
  @line(MAX_NAME_LENGTH)
  subject?: string | null;

  @Field(() => ID)
  policy!: string;

  @Field(() => [String])
  @notes(MAX_PURPOSES, MAX_NAME_LENGTH)
  purposes!: string[];

  @Field(() => String, { nullable: true, description: "Kept under the person's own key." })
  @paragraph(MAX_PARAGRAPH_LENGTH)
  reason?: string | null;

  @Field(() => DateTime, { nullable: true })
  occurredAt?: Instant | null;

  @Field(() => String, { nullable: true })
  @key()
  idempotencyKey?: string | null;
}

@InputType({ description: 'What is left out stays as it was recorded.' })
export class FactCorrectInput {
  @Field(() => PositionScalar, { description: 'Of the original fact, also when it was corrected before.' })
  corrects!: string;

  @Field(() => DateTime, { nullable: true })
  occurredAt?: Instant | null;

  @Field(() => ChannelEnum, { nullable: true })
  channel?: Channel | null;

  @Field(() => MethodEnum, { nullable: true })
  method?: Method | null;

  @Field(() => Locale, { nullable: true })
  locale?: string | null;

  @Field(() => String, { nullable: true })
  @line(HASH_LENGTH)
  contentSha256?: string | null;

  @Field(() => Boolean, { nullable: true, defaultValue: false, description: 'It did not happen at all.' })
  void?: boolean | null;

  @Field(() => String)
  @paragraph(MAX_PARAGRAPH_LENGTH)
  reason!: string;

  @Field(() => String, { nullable: true })
  @key()
  idempotencyKey?: string | null;
}
