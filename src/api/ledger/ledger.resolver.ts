import { Arg, Ctx, Query, Resolver } from 'type-graphql';
import { Access, everyone } from '../auth/access';
import type { ApiContext } from '../context';
import { apiError } from '../errors';
import { decodePosition } from '../position';
import { PositionScalar } from '../scalars';
import { openScope } from '../scope';
import { CheckpointView, ConsistencyProofView, InclusionProofView } from './checkpoint.type';

/** What anybody may ask of the ledger: proofs hold hashes and nothing that they are of (rules L1, L3). */
@Resolver()
export class LedgerResolver {
  @Query(() => CheckpointView, {
    nullable: true,
    description:
      'The newest one. One is signed first where the log has grown, though not more often than once a second.',
  })
  @Access(everyone)
  async checkpoint(@Ctx() context: ApiContext): Promise<CheckpointView | undefined> {
    await openScope(context);
    return context.proofs.checkpoint();
  }

  @Query(() => InclusionProofView, {
    nullable: true,
    description: 'Null: no event that is part of the proof stands at the position.',
  })
  @Access(everyone)
  async inclusionProof(
    @Ctx() context: ApiContext,
    @Arg('position', () => PositionScalar) text: string,
    @Arg('size', () => String, {
      nullable: true,
      description: 'Of the tree, in decimal digits. Absent: that of the newest checkpoint.',
    })
    size: string | null | undefined,
  ): Promise<InclusionProofView | undefined> {
    await openScope(context);
    const { app, proofs } = context;
    const position = decodePosition(app.logId, text);
    if (!app.store.isPosition(position)) throw apiError('BAD_POSITION', 'This is not a position of this log.');
    return proofs.inclusion(position, size ?? undefined);
  }

  @Query(() => ConsistencyProofView, { nullable: true })
  @Access(everyone)
  async consistencyProof(
    @Ctx() context: ApiContext,
    @Arg('from', () => String, { description: 'Size of the smaller tree, in decimal digits.' }) from: string,
    @Arg('to', () => String, {
      nullable: true,
      description: 'Size of the larger tree. Absent: that of the newest checkpoint.',
    })
    to: string | null | undefined,
  ): Promise<ConsistencyProofView> {
    await openScope(context);
    return context.proofs.consistency(from, to ?? undefined);
  }
}
