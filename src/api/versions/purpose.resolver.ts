import { Arg, FieldResolver, Resolver, Root } from 'type-graphql';
import { inLocale } from '../../domain/locale-lookup';
import { Access, asParent } from '../auth/access';
import { Locale } from '../scalars';
import { PurposeView } from './processing-statement.type';

@Resolver(() => PurposeView)
export class PurposeResolver {
  @FieldResolver(() => String, { description: 'In the locale asked for, else in a default one.' })
  @Access(asParent)
  title(
    @Root() purpose: PurposeView,
    @Arg('locale', () => Locale, { nullable: true }) locale: string | null | undefined,
  ): string {
    return inLocale(purpose.titles, locale, purpose.defaultLocale)?.text ?? purpose.key;
  }
}
