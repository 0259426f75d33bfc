import { Field, ID, ObjectType } from 'type-graphql';
import type { LegalBasis } from '../../domain/policy/processing-statement';
import type { ConsentStatus } from '../../domain/subject/consent-state';
import type { ObligationKind } from '../../domain/subject/demands';
import type { NoticeStep } from '../../domain/subject/notice-state';
import type { Channel } from '../../domain/subject/subject.events';
import type { Instant } from '../../domain/time';
import { AccessDefault, asParent } from '../auth/access';
import { PolicyNode } from '../policies/policy.type';
import { LegalBasisEnum } from '../policies/policy-enums';
import { DateTime, Locale } from '../scalars';
import { AsOfStampView } from '../time/as-of-stamp.type';
import { ReasonView } from '../time/reason.type';
import { PolicyVersionNode } from '../versions/policy-version.type';
import { ChannelEnum, ConsentStatusEnum, NoticeStepEnum, ObligationKindEnum } from './people-enums';

@ObjectType('ConsentState', {
  simpleResolvers: true,
  description: "A person's standing on one purpose, by the versions, rules and deadlines of the stamp's instant.",
})
@AccessDefault(asParent)
export class ConsentStateView {
  @Field(() => ID)
  readonly subject!: string;

  @Field(() => PolicyNode)
  readonly policy!: PolicyNode;

  @Field(() => String, { description: 'Key of the purpose in the processing statement.' })
  readonly purpose!: string;

  @Field(() => ConsentStatusEnum)
  readonly status!: ConsentStatus;

  @Field(() => Boolean, { description: 'May this purpose be processed for this person at the stamp?' })
  readonly valid!: boolean;

  @Field(() => LegalBasisEnum, {
    nullable: true,
    description: "The basis that governs by the person's categories of that date; null: none names them.",
  })
  readonly legalBasis!: LegalBasis | null;

  @Field(() => PolicyVersionNode, { nullable: true, description: 'The version that was decided on.' })
  readonly version!: PolicyVersionNode | null;

  @Field(() => Locale, { nullable: true, description: 'Of the text that was in front of the person.' })
  readonly locale!: string | null;

  @Field(() => String, { nullable: true, description: 'Lower-case hex; of that text.' })
  readonly contentSha256!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'From when the decision counts.' })
  readonly decidedAt!: Instant | null;

  @Field(() => DateTime, { nullable: true, description: 'From this instant on a yes counts no more.' })
  readonly expiresAt!: Instant | null;

  @Field(() => ReasonView)
  readonly reason!: ReasonView;

  @Field(() => AsOfStampView)
  readonly asOf!: AsOfStampView;
}

@ObjectType('NoticeState', {
  simpleResolvers: true,
  description: 'How far a person has been told of a version, or of one that asked for the same.',
})
@AccessDefault(asParent)
export class NoticeStateView {
  @Field(() => PolicyVersionNode)
  readonly version!: PolicyVersionNode;

  @Field(() => NoticeStepEnum)
  readonly step!: NoticeStep;

  @Field(() => ChannelEnum, { nullable: true })
  readonly channel!: Channel | null;

  @Field(() => DateTime, { nullable: true })
  readonly at!: Instant | null;

  @Field(() => ReasonView)
  readonly reason!: ReasonView;

  @Field(() => AsOfStampView)
  readonly asOf!: AsOfStampView;
}

@ObjectType('AcceptanceState', {
  simpleResolvers: true,
  description: 'Whether a person has agreed to terms. Not consent.',
})
@AccessDefault(asParent)
export class AcceptanceStateView {
  @Field(() => PolicyVersionNode, { nullable: true, description: 'The version that was accepted or refused last.' })
  readonly version!: PolicyVersionNode | null;

  @Field(() => Boolean)
  readonly accepted!: boolean;

  @Field(() => Boolean, { description: 'True when the acceptance counts for the version in force.' })
  readonly current!: boolean;

  @Field(() => DateTime, { nullable: true, description: 'When it was accepted.' })
  readonly at!: Instant | null;

  @Field(() => DateTime, { nullable: true })
  readonly refusedAt!: Instant | null;

  @Field(() => ReasonView)
  readonly reason!: ReasonView;

  @Field(() => AsOfStampView)
  readonly asOf!: AsOfStampView;
}

@ObjectType('Obligation', { simpleResolvers: true, description: 'What a person must still do about one policy.' })
@AccessDefault(asParent)
export class ObligationView {
  @Field(() => ObligationKindEnum)
  readonly kind!: ObligationKind;

  @Field(() => PolicyNode)
  readonly policy!: PolicyNode;

  @Field(() => PolicyVersionNode)
  readonly version!: PolicyVersionNode;

  /** The version whose change asked for it; later ones say the same (rule V6). */
  readonly root!: PolicyVersionNode;

  @Field(() => [String], { description: 'Of DECIDE_CONSENT and RENEW_CONSENT.' })
  readonly purposes!: readonly string[];

  @Field(() => DateTime, { description: 'In the future for a version that is still to come.' })
  readonly since!: Instant;

  @Field(() => DateTime, { nullable: true, description: 'From then on it is overdue, and blocks if it is blocking.' })
  readonly deadline!: Instant | null;

  @Field(() => Boolean)
  readonly blocking!: boolean;

  @Field(() => Boolean, { description: 'It can be done at once, ahead of the version taking effect too.' })
  readonly canActNow!: boolean;

  @Field(() => ReasonView)
  readonly reason!: ReasonView;
}

@ObjectType('Obligations', {
  simpleResolvers: true,
  description: 'What a person must still do at the stamp, blocking ones first, by deadline.',
})
@AccessDefault(asParent)
export class ObligationsView {
  @Field(() => [ObligationView])
  readonly items!: readonly ObligationView[];

  @Field(() => Boolean, {
    description:
      'Something blocking is overdue. Never a reason to keep a person from reading, withdrawing, objecting or exporting.',
  })
  readonly blocked!: boolean;

  @Field(() => String, { description: 'For `after` of `policyNotices`.' })
  readonly cursor!: string;

  @Field(() => AsOfStampView)
  readonly asOf!: AsOfStampView;

  @Field(() => DateTime, {
    nullable: true,
    description: 'Nothing here changes by the clock before this; null: never.',
  })
  readonly unchangedUntil!: Instant | null;
}
