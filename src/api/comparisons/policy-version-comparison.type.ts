import { Field, ObjectType } from 'type-graphql';
import { AccessDefault, asParent } from '../auth/access';
import { PolicyVersionNode } from '../versions/policy-version.type';

@ObjectType('PolicyVersionComparison', {
  simpleResolvers: true,
  description: 'What differs between two versions, of one policy or of two.',
})
@AccessDefault(asParent)
export class PolicyVersionComparisonView {
  @Field(() => PolicyVersionNode)
  readonly from: PolicyVersionNode;

  @Field(() => PolicyVersionNode)
  readonly to: PolicyVersionNode;

  constructor(
    from: PolicyVersionNode,
    to: PolicyVersionNode,
    readonly locale: string | null | undefined,
  ) {
    this.from = from;
    this.to = to;
  }
}
