import { Arg, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { IN_FORCE_REASON, REASON_SENTENCES } from '../../domain/subject/reason-sentences';
import type { FactRow } from '../../read-models/read-models';
import { Access, anyOf, asParent, membersOf, ownSubject } from '../auth/access';
import type { ApiContext } from '../context';
import { LoggedFactView } from '../facts/logged-fact.type';
import { languageFor } from '../languages';
import { FACT_READERS } from '../members';
import { Locale } from '../scalars';
import { defaultLocaleOf, prefixOf } from '../scope';
import { ReasonView } from './reason.type';

/** Whoever may read the log of the organisation, the person it is about, and officers of the person's customer. */
const readers = anyOf(
  membersOf(FACT_READERS, (reason: ReasonView) => reason.organisation),
  ownSubject((reason: ReasonView) => reason.about?.subject),
  membersOf(['officer'], (reason: ReasonView) => reason.about?.customer),
);

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
    const texts = code === 'VERSION_IN_FORCE' ? IN_FORCE_REASON : REASON_SENTENCES[code];
    return texts[languageFor(locale, defaultLocaleOf(context, scope, organisation))];
  }

  @FieldResolver(() => LoggedFactView, {
    nullable: true,
    description: 'The fact that decided it, if one did and the caller may see it.',
  })
  @Access(readers)
  event(@Root() reason: ReasonView, @Ctx() context: ApiContext): LoggedFactView | null {
    const fact = factAt(context, reason);
    return fact ? new LoggedFactView(fact, context, reason.scope) : null;
  }
}

function factAt(context: ApiContext, { decidedBy, organisation, scope }: ReasonView): FactRow | undefined {
  if (decidedBy === undefined) return undefined;
  const prefix = prefixOf(context, scope);
  if (typeof decidedBy === 'object') {
    return context.readModels.factOfSubject(decidedBy.subjectId, decidedBy.order, prefix);
  }
  return context.readModels.factsPage({ organisation, after: decidedBy - 1, before: decidedBy + 1, limit: 1 }, prefix)
    .rows[0];
}
