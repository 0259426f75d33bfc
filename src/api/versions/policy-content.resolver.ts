import { FieldResolver, Resolver, Root } from 'type-graphql';
import { Access, asParent } from '../auth/access';
import { PolicyContentView } from './policy-content.type';

@Resolver(() => PolicyContentView)
export class PolicyContentResolver {
  @FieldResolver(() => String, { description: 'The bytes, decoded by the charset that was recorded with them.' })
  @Access(asParent)
  text(@Root() { content, organisation, scope }: PolicyContentView): Promise<string> {
    return scope.loaders.texts.load({ organisationId: organisation, content });
  }
}
