import { Arg, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { FactRow } from '../../read-models/read-models';
import { Access, asParent, membersOf } from '../auth/access';
import type { ApiContext } from '../context';
import { LoggedFactView } from '../facts/logged-fact.type';
import { type InBoth, languageFor } from '../languages';
import { FACT_READERS } from '../members';
import { Locale } from '../scalars';
import { defaultLocaleOf, prefixOf } from '../scope';
import { type ReasonCode, ReasonView } from './reason.type';

const TEXTS: { readonly [code in ReasonCode]: InBoth } = {
  VERSION_IN_FORCE: {
    nb: 'Denne versjonen er den siste som hadde trådt i kraft og ikke var trukket tilbake.',
    en: 'This version is the latest that had taken effect and was not withdrawn.',
  },
  NOT_YET_PUBLISHED: {
    nb: 'Ingen versjon hadde trådt i kraft ennå.',
    en: 'No version had taken effect yet.',
  },
  ALL_WITHDRAWN: {
    nb: 'Alle versjoner som hadde trådt i kraft, var trukket tilbake.',
    en: 'Every version that had taken effect was withdrawn.',
  },
  RETIRED: { nb: 'Dokumentet var tatt ut av bruk.', en: 'The policy was retired.' },
};

@Resolver(() => ReasonView)
export class ReasonResolver {
  @FieldResolver(() => String)
  @Access(asParent)
  text(
    @Root() reason: ReasonView,
    @Arg('locale', () => Locale, { nullable: true }) locale: string | null | undefined,
    @Ctx() context: ApiContext,
  ): string {
    const { code, organisation, scope } = reason;
    return TEXTS[code][languageFor(locale, defaultLocaleOf(context, scope, organisation))];
  }

  @FieldResolver(() => LoggedFactView, {
    nullable: true,
    description: 'The fact that decided it, if one did and the caller may see it.',
  })
  @Access(membersOf(FACT_READERS, (reason: ReasonView) => reason.organisation))
  event(@Root() reason: ReasonView, @Ctx() context: ApiContext): LoggedFactView | null {
    const fact = factAt(context, reason);
    return fact ? new LoggedFactView(fact, context, reason.scope) : null;
  }
}

function factAt(context: ApiContext, { decidedBy: n, organisation, scope }: ReasonView): FactRow | undefined {
  if (n === undefined) return undefined;
  const range = { organisation, after: n - 1, before: n + 1, limit: 1 };
  return context.readModels.factsPage(range, prefixOf(context, scope)).rows[0];
}
