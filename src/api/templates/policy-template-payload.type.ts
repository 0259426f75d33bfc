import { Field, ObjectType } from 'type-graphql';
import { AccessDefault, asParent } from '../auth/access';
import { PositionScalar } from '../scalars';
import { UserError } from '../user-errors/user-error.type';
import { PolicyTemplateNode } from './policy-template.type';

@ObjectType('PolicyTemplatePayload', { simpleResolvers: true })
@AccessDefault(asParent)
export class PolicyTemplatePayload {
  @Field(() => PolicyTemplateNode, { nullable: true })
  readonly template?: PolicyTemplateNode;

  @Field(() => [UserError])
  readonly userErrors!: readonly UserError[];

  @Field(() => PositionScalar, { nullable: true, description: 'Where the answer holds. Null only with userErrors.' })
  readonly position?: string;
}
