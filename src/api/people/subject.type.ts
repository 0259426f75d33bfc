import { Field, ID, ObjectType } from 'type-graphql';
import { type Instant, instantAt } from '../../domain/time';
import { heldUntil, type SubjectRow } from '../../read-models/people';
import { AccessDefault, asParent } from '../auth/access';
import { Node } from '../node/node.type';
import { DateTime } from '../scalars';
import type { Scope } from '../scope';

@ObjectType('Subject', {
  implements: Node,
  simpleResolvers: true,
  description: 'A person, known by a random id. For the person, their organisation, and officers of their customer.',
})
@AccessDefault(asParent)
export class SubjectNode implements Node {
  @Field(() => ID)
  readonly id: string;

  @Field(() => Boolean)
  readonly anonymous: boolean;

  @Field(() => ID, { nullable: true, description: 'The account that an anonymous person turned out to be.' })
  readonly linkedTo: string | undefined;

  @Field(() => DateTime, { description: 'What cohort dates compare.' })
  readonly registeredAt: Instant;

  @Field(() => Boolean, { description: 'Always as it is now.' })
  readonly erased: boolean;

  @Field(() => DateTime, { nullable: true, description: 'Of a request that was neither declined nor carried out.' })
  readonly erasureRequestedAt: Instant | undefined;

  @Field(() => DateTime, {
    nullable: true,
    description: 'Until when a legal hold keeps an erasure waiting; none once that has passed.',
  })
  readonly restrictedUntil: Instant | undefined;

  constructor(
    readonly row: SubjectRow,
    readonly scope: Scope,
  ) {
    this.id = row.id;
    this.anonymous = row.anonymous;
    this.linkedTo = row.linkedTo;
    this.registeredAt = row.registeredAt;
    this.erased = row.erasedAt !== undefined;
    this.erasureRequestedAt = row.erasureRequestedAt;
    this.restrictedUntil = heldUntil(row, scope.stamp?.effectiveAt ?? instantAt(scope.nowMs));
  }
}
