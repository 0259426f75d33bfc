import { Field, ID, ObjectType } from 'type-graphql';
import type { Instant } from '../../domain/time';
import type { ObligationNoticeKind } from '../../read-models/person-notices';
import type { PolicyChangeKind } from '../../read-models/policy-changes';
import { AccessDefault, asParent } from '../auth/access';
import { ObligationView } from '../people/person-state.type';
import { DateTime } from '../scalars';
import { PolicyVersionNode } from '../versions/policy-version.type';
import { PolicyNode } from './policy.type';
import { PolicyNoticeKindEnum } from './policy-enums';

@ObjectType('PolicyNotice', {
  simpleResolvers: true,
  description:
    'Something that happened to a policy, or that a person must do or has done about one. Sent at least once: deduplicate by id.',
})
@AccessDefault(asParent)
export class PolicyNoticeView {
  @Field(() => ID, { description: 'The same whenever and by whomever it is sent.' })
  readonly id!: string;

  @Field(() => String, { description: 'Where to go on after this item.' })
  readonly cursor!: string;

  @Field(() => PolicyNoticeKindEnum)
  readonly kind!: PolicyChangeKind | ObligationNoticeKind;

  @Field(() => PolicyNode)
  readonly policy!: PolicyNode;

  @Field(() => PolicyVersionNode, { nullable: true })
  readonly version!: PolicyVersionNode | null;

  @Field(() => ObligationView, {
    nullable: true,
    description: 'Of OUTSTANDING, OVERDUE and SETTLED: what is, or was, to be done.',
  })
  readonly obligation!: ObligationView | null;

  @Field(() => DateTime, {
    description: 'ANNOUNCED: when it was published; OVERDUE: its deadline; else from when it holds.',
  })
  readonly at!: Instant;
}
