import { Field, Int, ObjectType } from 'type-graphql';
import type { Policy } from '../../domain/policy/policy.state';
import type { Template } from '../../domain/template/template.decider';
import type { Instant } from '../../domain/time';
import { AccessDefault, asParent } from '../auth/access';
import { DateTime } from '../scalars';
import type { Scope } from '../scope';
import { PolicyTemplateNode } from './policy-template.type';

@ObjectType('TemplateOffer', {
  simpleResolvers: true,
  description: 'A revision of a template that the draft has not taken over yet.',
})
@AccessDefault(asParent)
export class TemplateOfferView {
  @Field(() => PolicyTemplateNode)
  readonly template: PolicyTemplateNode;

  @Field(() => Int)
  readonly revision: number;

  @Field(() => DateTime)
  readonly offeredAt: Instant;

  constructor(
    template: Template,
    readonly policy: Policy,
    readonly scope: Scope,
  ) {
    this.template = new PolicyTemplateNode(template, scope);
    this.revision = template.revision;
    this.offeredAt = template.revisedAt;
  }
}
