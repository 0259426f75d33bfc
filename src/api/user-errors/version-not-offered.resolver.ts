import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { Access, asParent } from '../auth/access';
import type { ApiContext } from '../context';
import { visibleVersion } from '../members';
import { budgetOf, scopeOfNow } from '../scope';
import { PolicyVersionNode } from '../versions/policy-version.type';
import { VersionNotOffered } from './user-error.type';

@Resolver(() => VersionNotOffered)
export class VersionNotOfferedResolver {
  @FieldResolver(() => PolicyVersionNode, { nullable: true, description: 'The version that is; null: none is.' })
  @Access(asParent)
  offered(@Root() { offeredVersionId }: VersionNotOffered, @Ctx() context: ApiContext): PolicyVersionNode | null {
    const scope = scopeOfNow(context, budgetOf(context));
    const seen = offeredVersionId === undefined ? undefined : visibleVersion(context, offeredVersionId, scope.head);
    return seen ? new PolicyVersionNode(seen.version, seen.policy, scope) : null;
  }
}
