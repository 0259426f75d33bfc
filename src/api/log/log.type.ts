import { Field, Int, ObjectType } from 'type-graphql';
import type { Instant } from '../../domain/time';
import { AccessDefault, asParent } from '../auth/access';
import { LedgerStatusView } from '../ledger/ledger-status.type';
import { DateTime, PositionScalar } from '../scalars';

@ObjectType('Log', { simpleResolvers: true, description: 'Where the log ends, and how far this node has come in it.' })
@AccessDefault(asParent)
export class LogView {
  @Field(() => PositionScalar, { description: 'Of the last event in the log.' })
  readonly head!: string;

  @Field(() => DateTime, { description: "The log's clock at what this node has applied." })
  readonly recordedAt!: Instant;

  @Field(() => PositionScalar, { description: 'Of the last event that this node has applied.' })
  readonly applied!: string;

  @Field(() => Int, { description: 'How long the oldest event not applied yet has been in the log.' })
  readonly lagMs!: number;

  @Field(() => Int, { nullable: true, description: 'Null where the store cannot count.' })
  readonly lagEvents!: number | undefined;

  @Field(() => LedgerStatusView)
  readonly ledger!: LedgerStatusView;
}
