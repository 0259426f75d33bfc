import { IsOptional } from 'class-validator';
import { Field, InputType } from 'type-graphql';
import type { Instant, LocalDate } from '../../domain/time';
import { DateTime, LocalDateScalar, PositionScalar } from '../scalars';

@InputType({
  description:
    'An instant on both axes: what was true then, by what had been recorded by then. At most one of effectiveAt and effectiveOn, at most one of recordedAt and position; nothing given: now.',
})
export class AsOfInput {
  @Field(() => DateTime, {
    nullable: true,
    description: 'What was true at this instant. Absent: the instant of recordedAt or position, else now.',
  })
  @IsOptional()
  effectiveAt?: Instant | null;

  @Field(() => LocalDateScalar, {
    nullable: true,
    description: "What was true at the last millisecond of this day in the organisation's time zone.",
  })
  @IsOptional()
  effectiveOn?: LocalDate | null;

  @Field(() => DateTime, {
    nullable: true,
    description: 'Using only what had been recorded by then. The future is an error.',
  })
  @IsOptional()
  recordedAt?: Instant | null;

  @Field(() => PositionScalar, {
    nullable: true,
    description: 'Using only what stands up to this place in the log: the same answer for ever.',
  })
  @IsOptional()
  position?: string | null;
}
