import { Field, ID, ObjectType } from 'type-graphql';
import { encodePosition } from '../../application/position-text';
import { type Instant, instantAt } from '../../domain/time';
import type { FactRow } from '../../read-models/read-models';
import { AccessDefault, asParent } from '../auth/access';
import type { ApiContext } from '../context';
import { DateTime, PositionScalar } from '../scalars';
import type { Scope } from '../scope';

@ObjectType('LoggedFact', { simpleResolvers: true, description: 'One event of the log, readable.' })
@AccessDefault(asParent)
export class LoggedFactView {
  @Field(() => PositionScalar)
  readonly position: string;

  @Field(() => String)
  readonly type: string;

  @Field(() => DateTime)
  readonly occurredAt: Instant;

  @Field(() => DateTime, { description: 'By the clock of the log, which never goes back.' })
  readonly recordedAt: Instant;

  @Field(() => ID, { nullable: true })
  readonly subject: string | undefined;

  @Field(() => ID, { nullable: true })
  readonly policy: string | undefined;

  constructor(
    readonly row: FactRow,
    { app }: Pick<ApiContext, 'app'>,
    readonly scope: Scope,
  ) {
    this.position = encodePosition(app.logId, row.position);
    this.type = row.type;
    this.occurredAt = row.occurredAt;
    this.recordedAt = instantAt(row.recordedAtMs);
    this.subject = row.subject;
    this.policy = row.policy;
  }
}
