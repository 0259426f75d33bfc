import { Field, ID, Int, ObjectType } from 'type-graphql';
import type { PolicyKind } from '../../domain/policy/policy.events';
import { type Template, variablesOf } from '../../domain/template/template.decider';
import { AccessDefault, asParent } from '../auth/access';
import { Node } from '../node/node.type';
import { PolicyKindEnum } from '../policies/policy-enums';
import type { Scope } from '../scope';

@ObjectType('PolicyTemplate', {
  implements: Node,
  simpleResolvers: true,
  description:
    'A text with variables, shared by policies of several organisations; each takes a change over by itself. For those who read drafts in one of the organisations.',
})
@AccessDefault(asParent)
export class PolicyTemplateNode implements Node {
  @Field(() => ID)
  readonly id: string;

  @Field(() => String)
  readonly slug: string;

  @Field(() => PolicyKindEnum)
  readonly kind: PolicyKind;

  @Field(() => Int, { description: 'The expectedVersion of the next edit.' })
  readonly revision: number;

  @Field(() => [String], { description: 'Names of the variables, written {{name}} in the texts.' })
  readonly variables: readonly string[];

  constructor(
    readonly template: Template,
    readonly scope: Scope,
  ) {
    this.id = template.templateId;
    this.slug = template.slug;
    this.kind = template.kind;
    this.revision = template.revision;
    this.variables = variablesOf(template.texts);
  }
}
