import { Field, ObjectType } from 'type-graphql';
import { AccessDefault, asParent } from '../auth/access';
import { PositionScalar } from '../scalars';
import { UserError } from '../user-errors/user-error.type';
import { OrganisationNode } from './organisation.type';

@ObjectType('OrganisationPayload', { simpleResolvers: true })
@AccessDefault(asParent)
export class OrganisationPayload {
  @Field(() => OrganisationNode, { nullable: true })
  readonly organisation?: OrganisationNode;

  @Field(() => [UserError])
  readonly userErrors!: readonly UserError[];

  @Field(() => PositionScalar, { nullable: true, description: 'Where the answer holds. Null only with userErrors.' })
  readonly position?: string;
}
