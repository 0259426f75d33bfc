import { Field, ObjectType } from 'type-graphql';
import { AccessDefault, asParent } from '../auth/access';
import { PositionScalar } from '../scalars';
import { UserError } from '../user-errors/user-error.type';
import { PolicyVersionNode } from './policy-version.type';

@ObjectType('PolicyVersionPayload', { simpleResolvers: true })
@AccessDefault(asParent)
export class PolicyVersionPayload {
  @Field(() => PolicyVersionNode, { nullable: true })
  readonly version?: PolicyVersionNode;

  @Field(() => [UserError])
  readonly userErrors!: readonly UserError[];

  @Field(() => PositionScalar, { nullable: true, description: 'Where the answer holds. Null only with userErrors.' })
  readonly position?: string;
}
