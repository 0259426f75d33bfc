import { Field, ObjectType } from 'type-graphql';
import { AccessDefault, asParent } from '../auth/access';
import { PositionScalar } from '../scalars';

@ObjectType('Checkpoint', {
  simpleResolvers: true,
  description:
    'The root of the Merkle tree over the whole log at one size, signed. Nothing before it can be altered unseen.',
})
@AccessDefault(asParent)
export class CheckpointView {
  @Field(() => String, { description: 'Names the log, and its key.' })
  readonly origin!: string;

  @Field(() => String, { description: 'Number of leaves, in decimal digits.' })
  readonly size!: string;

  @Field(() => String, { description: 'SHA-256 of RFC 6962, in base64.' })
  readonly rootHash!: string;

  @Field(() => String, { description: 'The same as a C2SP signed note (tlog-checkpoint), with Ed25519 signatures.' })
  readonly note!: string;

  @Field(() => PositionScalar, { description: 'Of the last event that it covers.' })
  readonly position!: string;
}

@ObjectType('InclusionProof', {
  simpleResolvers: true,
  description: 'That an event is in the log (RFC 9162, 2.1.3). Hashes are SHA-256 in base64.',
})
@AccessDefault(asParent)
export class InclusionProofView {
  @Field(() => String, { description: "Of the event's leaf, from 0." })
  readonly index!: string;

  @Field(() => String, { description: 'Of the tree that the proof is for.' })
  readonly size!: string;

  @Field(() => String)
  readonly leafHash!: string;

  @Field(() => [String], { description: "From the leaf's sibling upwards." })
  readonly hashes!: readonly string[];

  @Field(() => CheckpointView, {
    description: 'Of that size; where none was signed at that size the next one, to which consistencyProof leads.',
  })
  readonly checkpoint!: CheckpointView;
}

@ObjectType('ConsistencyProof', {
  simpleResolvers: true,
  description: 'That the log of one size is the beginning of that of another (RFC 9162, 2.1.4). Hashes are in base64.',
})
@AccessDefault(asParent)
export class ConsistencyProofView {
  @Field(() => String)
  readonly from!: string;

  @Field(() => String)
  readonly to!: string;

  @Field(() => [String])
  readonly hashes!: readonly string[];

  @Field(() => CheckpointView, { description: 'Of the second size, or the next one that was signed.' })
  readonly checkpoint!: CheckpointView;
}
