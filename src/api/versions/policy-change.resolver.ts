import { Arg, FieldResolver, Resolver, Root } from 'type-graphql';
import { inLocale } from '../../domain/locale-lookup';
import { Access, asParent } from '../auth/access';
import { Locale } from '../scalars';
import { PolicyChangeView } from './policy-change.type';

@Resolver(() => PolicyChangeView)
export class PolicyChangeResolver {
  @FieldResolver(() => String, { nullable: true, description: 'In the locale asked for, else in a default one.' })
  @Access(asParent)
  summary(
    @Root() { summaries, defaultLocale }: PolicyChangeView,
    @Arg('locale', () => Locale, { nullable: true }) locale: string | null | undefined,
  ): string | null {
    return inLocale(summaries, locale, defaultLocale)?.text ?? null;
  }
}
