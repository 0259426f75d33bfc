import { Field, ObjectType } from 'type-graphql';
import { AccessDefault, asParent } from '../auth/access';
import { AsOfStampView } from '../time/as-of-stamp.type';
import { ReasonView } from '../time/reason.type';
import { PolicyVersionNode } from '../versions/policy-version.type';
import { PolicyNode } from './policy.type';

@ObjectType('PolicyInForce', { simpleResolvers: true, description: 'Which version of a policy was in force, and why.' })
@AccessDefault(asParent)
export class PolicyInForceView {
  @Field(() => PolicyNode)
  readonly policy!: PolicyNode;

  @Field(() => PolicyVersionNode, { nullable: true, description: 'Null: none was; the reason says why.' })
  readonly version!: PolicyVersionNode | null;

  @Field(() => ReasonView)
  readonly reason!: ReasonView;

  @Field(() => AsOfStampView)
  readonly asOf!: AsOfStampView;
}
