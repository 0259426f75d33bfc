import { Field, ObjectType } from 'type-graphql';
import type { PolicyFacts } from '../../domain/policy/policy-facts';
import type { OrganisationCounts } from '../../read-models/population';
import { AccessDefault, asParent } from '../auth/access';
import { OrganisationNode } from '../organisations/organisation.type';
import type { StampedScope } from '../people/person-at';
import type { AskedAsOf } from '../scope';
import { AsOfStampView } from '../time/as-of-stamp.type';
import type { AuditLimits } from './audit.type';

@ObjectType('OrganisationAudit', {
  simpleResolvers: true,
  description: 'Everybody whom some policy of an organisation concerns at the stamp; each counts once.',
})
@AccessDefault(asParent)
export class OrganisationAuditView {
  @Field(() => OrganisationNode)
  readonly organisation!: OrganisationNode;

  @Field(() => AsOfStampView)
  readonly asOf!: AsOfStampView;

  readonly scope!: StampedScope;
  readonly limits!: AuditLimits;
  readonly asked!: AskedAsOf;
  /** Those with a version at the stamp, in order of creation. */
  readonly policyIds!: readonly string[];
  readonly facts!: readonly PolicyFacts[];
  readonly counts!: () => Promise<OrganisationCounts>;
}
