import { Field, Int, ObjectType } from 'type-graphql';
import type { ConsentStatus } from '../../domain/subject/consent-state';
import type { NoticeStep } from '../../domain/subject/notice-state';
import type { LocalDate } from '../../domain/time';
import type { PopulationCounts } from '../../read-models/population';
import type { PolicyRow } from '../../read-models/read-models';
import { AccessDefault, asParent } from '../auth/access';
import { ConsentStatusEnum, NoticeStepEnum } from '../people/people-enums';
import type { StampedScope } from '../people/person-at';
import { PolicyNode } from '../policies/policy.type';
import { PolicyInForceView } from '../policies/policy-in-force.type';
import { LocalDateScalar } from '../scalars';
import type { AskedAsOf } from '../scope';
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

@ObjectType('AuditDay', { simpleResolvers: true, description: 'How people stood at the end of a local day.' })
@AccessDefault(asParent)
export class AuditDay {
  @Field(() => LocalDateScalar)
  readonly on!: LocalDate;

  @Field(() => Int, { nullable: true, description: 'Of the version in force by the general dates; null: none was.' })
  readonly versionSequence!: number | null;

  @Field(() => [ConsentCount])
  readonly consents!: readonly ConsentCount[];

  @Field(() => [NoticeCount])
  readonly notices!: readonly NoticeCount[];

  @Field(() => Boolean, { description: "True when the end of the day lies in the asker's future." })
  readonly forecast!: boolean;
}

/** Whom an audit is limited to, as it was asked for. */
export interface AuditLimits {
  readonly customer?: string;
  readonly category?: string;
}

@ObjectType('Audit', {
  simpleResolvers: true,
  description: 'Everybody whom a policy concerns at the stamp: in counts, and below them by name of their random id.',
})
@AccessDefault(asParent)
export class AuditView {
  @Field(() => PolicyNode)
  readonly policy!: PolicyNode;

  @Field(() => PolicyInForceView)
  readonly inForce!: PolicyInForceView;

  @Field(() => AsOfStampView)
  readonly asOf!: AsOfStampView;

  readonly row!: PolicyRow;
  readonly scope!: StampedScope;
  readonly limits!: AuditLimits;
  /** As it was asked, so that a cursor of another stamp is told apart. */
  readonly asked!: AskedAsOf;
  /** Counted once, and only when a field asks for it. */
  readonly counts!: () => Promise<PopulationCounts>;
}
