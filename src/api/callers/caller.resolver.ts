import { Ctx, Query, Resolver } from 'type-graphql';
import { instantAt } from '../../domain/time';
import { Access, everyone } from '../auth/access';
import type { RoleGrant } from '../auth/caller';
import type { ApiContext } from '../context';
import { OrganisationNode } from '../organisations/organisation.type';
import { subjectNode } from '../people/subject.resolver';
import { openScope, type Scope } from '../scope';
import { CallerView, type GrantView } from './caller.type';

@Resolver(() => CallerView)
export class CallerResolver {
  @Query(() => CallerView)
  @Access(everyone)
  async caller(@Ctx() context: ApiContext): Promise<CallerView> {
    const { caller } = context;
    const scope = await openScope(context);
    if (caller.kind === 'anonymous') return { actor: null, subject: null, grants: [], expiresAt: null };
    return {
      actor: caller.actorName ?? caller.actorClaim,
      subject: caller.subject === undefined ? null : subjectNode(context, scope, caller.subject),
      grants: caller.roles.map((grant) => grantView(context, scope, grant)),
      expiresAt: instantAt(caller.expiresAt),
    };
  }
}

function grantView({ readModels }: ApiContext, scope: Scope, { role, organisation: slug }: RoleGrant): GrantView {
  const row = slug === undefined ? undefined : readModels.organisationBySlug(slug, scope.head);
  return { role, organisation: row ? new OrganisationNode(row, scope) : null };
}
