import { Field, ObjectType } from 'type-graphql';
import { AccessDefault, asParent } from '../auth/access';
import { PositionScalar } from '../scalars';
import { UserError } from '../user-errors/user-error.type';
import { PolicyNode } from './policy.type';

@ObjectType('PolicyPayload', { simpleResolvers: true })
@AccessDefault(asParent)
export class PolicyPayload {
  @Field(() => PolicyNode, { nullable: true })
  readonly policy?: PolicyNode;

  @Field(() => [UserError])
  readonly userErrors!: readonly UserError[];

  @Field(() => PositionScalar, { nullable: true, description: 'Where the answer holds. Null only with userErrors.' })
  readonly position?: string;
}
