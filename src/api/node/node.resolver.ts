import { Arg, Ctx, ID, Query, Resolver } from 'type-graphql';
import { Access, everyone } from '../auth/access';
import type { ApiContext } from '../context';
import { findEvidence } from '../evidence/evidence.resolver';
import { visiblePolicy, visibleVersion } from '../members';
import { OrganisationNode } from '../organisations/organisation.type';
import { receiptNode } from '../people/receipt-of';
import { subjectNode } from '../people/subject.resolver';
import { PolicyNode } from '../policies/policy.type';
import { openScope } from '../scope';
import { PolicyTemplateNode } from '../templates/policy-template.type';
import { maySeeTemplate, templateFor } from '../templates/template-use';
import { PolicyVersionNode } from '../versions/policy-version.type';
import { Node } from './node.type';

@Resolver()
export class NodeResolver {
  @Query(() => Node, {
    nullable: true,
    description: 'Whatever has this id. Null when there is nothing for the caller.',
  })
  @Access(everyone)
  async node(@Arg('id', () => ID) id: string, @Ctx() context: ApiContext): Promise<Node | null> {
    const scope = await openScope(context);
    const organisation = context.readModels.organisationById(id, scope.head);
    if (organisation) return new OrganisationNode(organisation, scope);
    const policy = visiblePolicy(context, id, scope.head);
    if (policy) return new PolicyNode(policy, scope);
    const seen = visibleVersion(context, id, scope.head);
    if (seen) return new PolicyVersionNode(seen.version, seen.policy, scope);
    const subject = subjectNode(context, scope, id);
    if (subject) return subject;
    const receipt = receiptNode(context, scope, id);
    if (receipt) return receipt;
    const template = await templateFor(context, scope, id);
    if (template && maySeeTemplate(context, template)) return new PolicyTemplateNode(template, scope);
    return findEvidence(context, scope, id);
  }
}
