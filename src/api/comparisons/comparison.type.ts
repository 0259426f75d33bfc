import { Field, ObjectType, registerEnumType } from 'type-graphql';
import type { SectionComparison, SectionOp } from '../../application/comparison/compare-texts';
import type { ChangeReason } from '../../domain/policy/policy.events';
import { AccessDefault, asParent } from '../auth/access';
import { ChangeReasonEnum } from '../policies/policy-enums';

export const ComparisonOpEnum: { readonly [op in SectionOp]: op } = {
  SAME: 'SAME',
  ADDED: 'ADDED',
  REMOVED: 'REMOVED',
  CHANGED: 'CHANGED',
};
registerEnumType(ComparisonOpEnum, {
  name: 'ComparisonOp',
  description: 'CHANGED is said of sections, never of words.',
});

@ObjectType('WordRun', { simpleResolvers: true })
@AccessDefault(asParent)
export class WordRunView {
  @Field(() => ComparisonOpEnum)
  readonly op!: SectionOp;

  @Field(() => String)
  readonly text!: string;
}

@ObjectType('SectionComparison', {
  simpleResolvers: true,
  description:
    "A section of either text, in the new text's order; removed ones where they stood. Its SAME and ADDED words are the new section, its SAME and REMOVED words the old one.",
})
@AccessDefault(asParent)
export class SectionComparisonView {
  @Field(() => String, { description: 'Empty for text before the first heading.' })
  readonly heading!: string;

  @Field(() => ComparisonOpEnum)
  readonly op!: SectionOp;

  @Field(() => [WordRunView])
  readonly words!: SectionComparison['words'];
}

@ObjectType('StatementDifference', {
  simpleResolvers: true,
  description: 'A field that differs between two processing statements, and the reason that names the difference.',
})
@AccessDefault(asParent)
export class StatementDifferenceView {
  @Field(() => String, { description: 'Names from the outside in, e.g. "purposes.newsletter.recipients".' })
  readonly path!: string;

  @Field(() => String, { nullable: true })
  readonly from!: string | undefined;

  @Field(() => String, { nullable: true })
  readonly to!: string | undefined;

  @Field(() => ChangeReasonEnum)
  readonly reason!: ChangeReason;
}
