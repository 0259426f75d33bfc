import { Field, ObjectType } from 'type-graphql';
import type { Instant } from '../../domain/time';
import { AccessDefault, asParent } from '../auth/access';
import { OrganisationNode } from '../organisations/organisation.type';
import { SubjectNode } from '../people/subject.type';
import { DateTime } from '../scalars';

@ObjectType('Grant', { simpleResolvers: true, description: 'A role, and the organisation it holds in.' })
@AccessDefault(asParent)
export class GrantView {
  @Field(() => String)
  readonly role!: string;

  @Field(() => OrganisationNode, {
    nullable: true,
    description: 'Null for the operator, and where the organisation is not registered.',
  })
  readonly organisation!: OrganisationNode | null;
}

@ObjectType('Caller', { simpleResolvers: true, description: 'Who is asking, by the token that came along.' })
@AccessDefault(asParent)
export class CallerView {
  @Field(() => String, { nullable: true, description: 'Null without a token.' })
  readonly actor!: string | null;

  @Field(() => SubjectNode, { nullable: true, description: 'The person whose own token it is.' })
  readonly subject!: SubjectNode | null;

  @Field(() => [GrantView])
  readonly grants!: readonly GrantView[];

  @Field(() => DateTime, { nullable: true })
  readonly expiresAt!: Instant | null;
}
