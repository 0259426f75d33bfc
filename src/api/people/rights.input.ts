import { Field, ID, InputType } from 'type-graphql';
import { MAX_NAME_LENGTH, MAX_PARAGRAPH_LENGTH } from '../../domain/limits';
import type { Instant } from '../../domain/time';
import { key, line, paragraph } from '../input-checks';
import { DateTime } from '../scalars';

@InputType()
export class SubjectErasureRequestInput {
  @Field(() => ID, { nullable: true, description: "Absent with a subject's own token." })
  @line(MAX_NAME_LENGTH)
  subject?: string | null;

  @Field(() => String, { nullable: true })
  @key()
  idempotencyKey?: string | null;
}

@InputType()
export class SubjectErasureDeclineInput {
  @Field(() => ID)
  subject!: string;

  @Field(() => String, { description: 'What the person is told (GDPR Art. 12(4)).' })
  @paragraph(MAX_PARAGRAPH_LENGTH)
  reason!: string;

  @Field(() => String, { nullable: true })
  @key()
  idempotencyKey?: string | null;
}

@InputType()
export class SubjectEraseInput {
  @Field(() => ID)
  subject!: string;

  @Field(() => String)
  @paragraph(MAX_PARAGRAPH_LENGTH)
  reason!: string;

  @Field(() => String, { nullable: true })
  @key()
  idempotencyKey?: string | null;
}

@InputType()
export class LegalHoldInput {
  @Field(() => ID)
  subject!: string;

  @Field(() => DateTime, { nullable: true, description: 'Absent: until it is lifted. Of no meaning when lifting.' })
  until?: Instant | null;

  @Field(() => String)
  @paragraph(MAX_PARAGRAPH_LENGTH)
  reason!: string;

  @Field(() => String, { nullable: true })
  @key()
  idempotencyKey?: string | null;
}
