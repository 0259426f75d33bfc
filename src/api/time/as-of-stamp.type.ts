import { Field, ObjectType } from 'type-graphql';
import { encodePosition } from '../../application/position-text';
import type { Instant, LocalDate, TimeZone } from '../../domain/time';
import type { AsOfStamp } from '../../read-models/as-of';
import { AccessDefault, asParent } from '../auth/access';
import { encodeChangeCursor } from '../position';
import { DateTime, LocalDateScalar, PositionScalar, TimeZoneScalar } from '../scalars';

@ObjectType('AsOfStamp', {
  simpleResolvers: true,
  description:
    'The instant on both axes at which something was answered. Asked again with its effectiveAt and position, the answer is the same; only forecast may differ.',
})
@AccessDefault(asParent)
export class AsOfStampView {
  @Field(() => DateTime)
  readonly effectiveAt: Instant;

  @Field(() => LocalDateScalar, { nullable: true, description: 'The day that was asked for, if one was.' })
  readonly effectiveOn: LocalDate | undefined;

  @Field(() => TimeZoneScalar, { description: "The zone that days were read in: that of the policy's organisation." })
  readonly timeZone: TimeZone;

  @Field(() => DateTime, { description: 'What had been recorded by then is in the answer.' })
  readonly recordedAt: Instant;

  @Field(() => PositionScalar)
  get position(): string {
    return encodePosition(this.logId, this.stamp.position);
  }

  @Field(() => Boolean, {
    description: 'False while more may still be recorded at recordedAt: only position then repeats the answer.',
  })
  readonly settled: boolean;

  @Field(() => String, { description: 'Version of the rules that the answer was computed by.' })
  readonly rules: string;

  @Field(() => String, { description: 'This place in log and clock, for `after` of a subscription.' })
  get cursor(): string {
    return encodeChangeCursor(this.logId, { position: this.stamp.position, t: this.effectiveAt });
  }

  @Field(() => Boolean, { description: "True when effectiveAt lies in the asker's future." })
  readonly forecast: boolean;

  constructor(
    private readonly stamp: AsOfStamp,
    private readonly logId: string,
  ) {
    this.effectiveAt = stamp.effectiveAt;
    this.effectiveOn = stamp.effectiveOn;
    this.timeZone = stamp.timeZone;
    this.recordedAt = stamp.recordedAt;
    this.settled = stamp.settled;
    this.rules = stamp.rules;
    this.forecast = stamp.forecast;
  }
}
