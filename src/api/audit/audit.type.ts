import { Field, Int, ObjectType } from 'type-graphql';
import type { ConsentStatus } from '../../domain/subject/consent-state';
import type { NoticeStep } from '../../domain/subject/notice-state';
import { AccessDefault, asParent } from '../auth/access';
import { ConsentStatusEnum, NoticeStepEnum } from '../people/people-enums';
import { PolicyNode } from '../policies/policy.type';
import { PolicyInForceView } from '../policies/policy-in-force.type';
import { AsOfStampView } from '../time/as-of-stamp.type';
import { PolicyVersionNode } from '../versions/policy-version.type';

@ObjectType('NoticeCount', { simpleResolvers: true })
@AccessDefault(asParent)
export class NoticeCount {
  @Field(() => PolicyVersionNode)
  readonly version!: PolicyVersionNode;

  @Field(() => NoticeStepEnum)
  readonly step!: NoticeStep;

  @Field(() => Int)
  readonly subjects!: number;
}

@ObjectType('AcceptanceCount', { simpleResolvers: true })
@AccessDefault(asParent)
export class AcceptanceCount {
  @Field(() => PolicyVersionNode)
  readonly version!: PolicyVersionNode;

  @Field(() => Int)
  readonly subjects!: number;
}

@ObjectType('ConsentCount', { simpleResolvers: true })
@AccessDefault(asParent)
export class ConsentCount {
  @Field(() => String)
  readonly purpose!: string;

  @Field(() => ConsentStatusEnum)
  readonly status!: ConsentStatus;

  @Field(() => Int)
  readonly subjects!: number;

  @Field(() => Int, { description: 'Of these, for whom the purpose may be processed.' })
  readonly valid!: number;
}

@ObjectType('Audit', {
  simpleResolvers: true,
  description: 'Everybody whom a policy concerns at the stamp, in counts.',
})
@AccessDefault(asParent)
export class AuditView {
  @Field(() => PolicyNode)
  readonly policy!: PolicyNode;

  @Field(() => PolicyInForceView)
  readonly inForce!: PolicyInForceView;

  @Field(() => AsOfStampView)
  readonly asOf!: AsOfStampView;

  @Field(() => Int)
  readonly subjects!: number;

  @Field(() => [NoticeCount], { description: 'Of the version in force for each person.' })
  readonly notices!: readonly NoticeCount[];

  @Field(() => [AcceptanceCount], { description: 'Of terms, by the version accepted last.' })
  readonly acceptances!: readonly AcceptanceCount[];

  @Field(() => [ConsentCount])
  readonly consents!: readonly ConsentCount[];

  @Field(() => Int, { description: 'People with an overdue blocking obligation.' })
  readonly inBreach!: number;
}
