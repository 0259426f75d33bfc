import { Field, Int, ObjectType, registerEnumType } from 'type-graphql';
import { STANDING_KINDS, type StandingChange, type StandingItem } from '../../domain/subject/standing';
import type { RuleName } from '../../domain/subject/step-rules';
import type { Instant } from '../../domain/time';
import type { ToldStep } from '../../read-models/person-story';
import { AccessDefault, asParent } from '../auth/access';
import { PageInfo } from '../connections';
import { enumOf } from '../enum-of';
import type { PersonAt } from '../people/person-at';
import { PolicyNode } from '../policies/policy.type';
import { DateTime } from '../scalars';
import { AsOfStampView } from '../time/as-of-stamp.type';

export const StandingKindEnum = enumOf(STANDING_KINDS);

registerEnumType(StandingKindEnum, {
  name: 'StandingKind',
  description:
    'What is said about a person and a policy. CONCERN: whether it concerns them; VERSION: the one in force for them.',
});

@ObjectType('AppliedRule', { simpleResolvers: true, description: 'A rule that decided something, and what it says.' })
@AccessDefault(asParent)
export class AppliedRule {
  @Field(() => String)
  readonly name!: RuleName;

  readonly at!: PersonAt;
}

@ObjectType('ExplainedChange', {
  simpleResolvers: true,
  description: 'What became of how a person stands in one thing.',
})
@AccessDefault(asParent)
export class ExplainedChange {
  @Field(() => StandingKindEnum)
  readonly about!: StandingItem['about'];

  @Field(() => [String], { description: 'Of consent and of what must be decided; else empty.' })
  readonly purposes!: readonly string[];

  @Field(() => String, { nullable: true, description: 'The code of the state before; null: there was none.' })
  readonly before!: string | null;

  @Field(() => String, { nullable: true, description: 'The code of the state after; null: it is no more.' })
  readonly after!: string | null;

  @Field(() => String, { nullable: true, description: 'Name of the rule that decided it.' })
  readonly rule!: RuleName | null;

  readonly change!: StandingChange;
  readonly at!: PersonAt;
}

@ObjectType('ExplainedStep', {
  simpleResolvers: true,
  description: 'One fact, or a date that came, and what it did to how the person stands.',
})
@AccessDefault(asParent)
export class ExplainedStep {
  @Field(() => Int, {
    nullable: true,
    description: "Place of a fact about the person in the person's own stream: corrections name it.",
  })
  readonly number!: number | null;

  @Field(() => DateTime, {
    description: 'The instant that the step is looked at from: when it was recorded, at most the one asked about.',
  })
  readonly at!: Instant;

  @Field(() => DateTime, { nullable: true })
  readonly occurredAt!: Instant | null;

  @Field(() => DateTime, { nullable: true })
  readonly recordedAt!: Instant | null;

  @Field(() => [AppliedRule])
  readonly rules!: readonly AppliedRule[];

  @Field(() => [ExplainedChange])
  readonly changes!: readonly ExplainedChange[];

  readonly step!: ToldStep;
  readonly person!: PersonAt;
}

@ObjectType('Explanation', {
  simpleResolvers: true,
  description: 'How a person came to stand with a policy as they do, fact by fact as they were recorded.',
})
@AccessDefault(asParent)
export class Explanation {
  @Field(() => PolicyNode)
  readonly policy!: PolicyNode;

  @Field(() => AsOfStampView)
  readonly asOf!: AsOfStampView;

  @Field(() => [ExplainedStep])
  readonly steps!: readonly ExplainedStep[];

  @Field(() => [ExplainedChange], { description: 'How the person stands in the end; `before` is null.' })
  readonly standing!: readonly ExplainedChange[];

  @Field(() => PageInfo, { description: 'Its cursors are positions of facts.' })
  readonly pageInfo!: PageInfo;
}
