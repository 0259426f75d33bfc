import { Field, ID, ObjectType } from 'type-graphql';
import type { Instant } from '../../domain/time';
import type { PolicyChangeKind } from '../../read-models/policy-changes';
import { AccessDefault, asParent } from '../auth/access';
import { DateTime } from '../scalars';
import { PolicyVersionNode } from '../versions/policy-version.type';
import { PolicyNode } from './policy.type';
import { PolicyNoticeKindEnum } from './policy-enums';

@ObjectType('PolicyNotice', {
  simpleResolvers: true,
  description: 'Something that happened to a policy. Sent at least once: deduplicate by id.',
})
@AccessDefault(asParent)
export class PolicyNoticeView {
  @Field(() => ID, { description: 'The same whenever and by whomever it is sent.' })
  readonly id!: string;

  @Field(() => String, { description: 'Where to go on after this item.' })
  readonly cursor!: string;

  @Field(() => PolicyNoticeKindEnum)
  readonly kind!: PolicyChangeKind;

  @Field(() => PolicyNode)
  readonly policy!: PolicyNode;

  @Field(() => PolicyVersionNode, { nullable: true })
  readonly version!: PolicyVersionNode | null;

  @Field(() => DateTime, { description: 'ANNOUNCED: when it was published; else from when it holds.' })
  readonly at!: Instant;
}
