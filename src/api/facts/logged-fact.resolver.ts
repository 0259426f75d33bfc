import { Arg, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { sentenceOf } from '../../application/sentences/fact-sentences';
import { withReasonOpened } from '../../application/written-reasons';
import { decodeEvent, type KnownEvent } from '../../domain/stored-events';
import type { StoredEvent } from '../../event-store/event-store';
import { Access, asParent } from '../auth/access';
import type { ApiContext } from '../context';
import { languageFor } from '../languages';
import { Locale } from '../scalars';
import { defaultLocaleOf, prefixOf, timeZoneOf } from '../scope';
import { factData } from './fact-data';
import { LoggedFactView } from './logged-fact.type';

@Resolver(() => LoggedFactView)
export class LoggedFactResolver {
  @FieldResolver(() => String, { description: 'What happened, in Norwegian or English.' })
  @Access(asParent)
  async sentence(
    @Root() fact: LoggedFactView,
    @Arg('locale', () => Locale, { nullable: true }) locale: string | null | undefined,
    @Ctx() context: ApiContext,
  ): Promise<string> {
    const { row, scope } = fact;
    const { app, readModels } = context;
    const stored = await storedOf(fact);
    const sentence = sentenceOf(await withReasonOpened(app.vault, stored, eventIn(stored)), {
      zone: timeZoneOf(context, scope, row.organisation),
      labelOf: (versionId) => readModels.versionById(versionId, prefixOf(context, scope))?.label,
    });
    return sentence[languageFor(locale, defaultLocaleOf(context, scope, row.organisation))];
  }

  @FieldResolver(() => String, {
    nullable: true,
    description: 'Who did it, by the name that is kept apart from the log; erased names say so.',
  })
  @Access(asParent)
  async actor(@Root() { row, scope }: LoggedFactView): Promise<string | null> {
    return row.actor === undefined ? null : scope.loaders.actors.load(row.actor);
  }

  @FieldResolver(() => String, {
    nullable: true,
    description: 'Canonical JSON, without who acted. What was written about an erased person reads {"erased":true}.',
  })
  @Access(asParent)
  async data(@Root() fact: LoggedFactView, @Ctx() { app }: ApiContext): Promise<string> {
    const stored = await storedOf(fact);
    return factData(app.vault, stored, eventIn(stored));
  }
}

async function storedOf({ row, scope }: LoggedFactView): Promise<StoredEvent> {
  const event = await scope.loaders.events.load(row);
  if (event === undefined) throw new Error(`${row.stream} holds no event ${row.version}.`);
  return event;
}

function eventIn({ type, metadata, data }: StoredEvent): KnownEvent {
  return decodeEvent(type, metadata.schemaVersion, data);
}
