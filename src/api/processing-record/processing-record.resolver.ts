import { Arg, Ctx, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql';
import { languageFor } from '../../domain/languages';
import { organisationsAt } from '../../evidence/file-head';
import { type ProcessingActivity, processingRecord } from '../../evidence/processing-record/processing-record';
import { LEFT_OUT } from '../../evidence/processing-record/record-words';
import { Access, asParent, membersOf } from '../auth/access';
import type { ApiContext } from '../context';
import { apiError } from '../errors';
import { found } from '../members';
import { OrganisationNode } from '../organisations/organisation.type';
import { Locale } from '../scalars';
import { defaultLocaleOf, openScope, prefixOf, scopeAsOf } from '../scope';
import { AsOfInput } from '../time/as-of.input';
import { AsOfStampView } from '../time/as-of-stamp.type';
import { ProcessingActivityView, ProcessingRecordGapView, ProcessingRecordView } from './processing-record.type';
import { MAX_ACTIVITIES_IN_ANSWER } from './record-limit';

interface RecordArgs {
  readonly organisation: string;
}

const officers = membersOf(['officer'], (_: unknown, { organisation }: RecordArgs) => organisation);

@Resolver(() => ProcessingRecordGapView)
export class ProcessingRecordResolver {
  @Query(() => ProcessingRecordView, {
    nullable: true,
    description:
      'The record of processing activities (GDPR Art. 30) as it stood, of at most 2,000 activities; for officers. What is longer is had by `evidencePrepare`.',
  })
  @Access(officers, 'not-found')
  async processingRecord(
    @Arg('organisation', () => ID) organisation: string,
    @Arg('asOf', () => AsOfInput, { nullable: true }) asOf: AsOfInput | null | undefined,
    @Ctx() context: ApiContext,
  ): Promise<ProcessingRecordView> {
    const { app, readModels } = context;
    const above = await openScope(context);
    const row = found(readModels.organisationById(organisation, above.head));
    const scope = scopeAsOf(context, above, row.id, asOf);
    const prefix = prefixOf(context, scope);
    const organisationThen = organisationsAt({ app, readModels }, prefix);
    const asked = { organisationId: row.id, at: scope.stamp, prefix, organisationThen };
    const record = await processingRecord(readModels, asked);
    if (record.total > MAX_ACTIVITIES_IN_ANSWER) throw tooMany(record.total);
    const defaultLocale = defaultLocaleOf(context, scope, row.id);
    const activities: ProcessingActivity[] = [];
    for await (const activity of record.activities()) activities.push(activity);
    return {
      organisation: new OrganisationNode(row, scope),
      asOf: new AsOfStampView(scope.stamp, app.logId),
      activities: activities.map((activity) => new ProcessingActivityView(activity, scope, defaultLocale)),
      leftOut: record.leftOut.map((each) => new ProcessingRecordGapView(each, scope, defaultLocale)),
    };
  }

  @FieldResolver(() => String)
  @Access(asParent)
  text(
    @Root() { code, defaultLocale }: ProcessingRecordGapView,
    @Arg('locale', () => Locale, { nullable: true }) locale: string | null | undefined,
  ): string {
    return LEFT_OUT[code][languageFor(locale, defaultLocale)];
  }
}

const tooMany = (total: number) =>
  apiError('TOO_COMPLEX', `The record has ${total} activities. Have it prepared as a file: evidencePrepare.`);
