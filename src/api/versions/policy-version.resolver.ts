import { Arg, Ctx, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql';
import { inLocale } from '../../domain/locale-lookup';
import type { Instant } from '../../domain/time';
import type { Moment, VersionStatus } from '../../read-models/read-models';
import { Access, asParent, everyone, membersOf } from '../auth/access';
import type { ApiContext } from '../context';
import { MEMBERS, visibleVersion } from '../members';
import { PolicyNode } from '../policies/policy.type';
import { PolicyVersionStatusEnum } from '../policies/policy-enums';
import { DateTime, Locale } from '../scalars';
import { type AskedAsOf, defaultLocaleOf, momentOf, openScope, type Scope, scopeAsOf } from '../scope';
import { AsOfInput } from '../time/as-of.input';
import { PolicyChangeView } from './policy-change.type';
import { PolicyContentView } from './policy-content.type';
import { PolicyVersionNode } from './policy-version.type';
import { ProcessingStatementView } from './processing-statement.type';
import { TextFlagView } from './text-flag.type';

@Resolver(() => PolicyVersionNode)
export class PolicyVersionResolver {
  @Query(() => PolicyVersionNode, {
    nullable: true,
    description: 'Also one that was withdrawn, or whose import was revoked: its text stays.',
  })
  @Access(everyone)
  async policyVersion(@Arg('id', () => ID) id: string, @Ctx() context: ApiContext): Promise<PolicyVersionNode | null> {
    const scope = await openScope(context);
    const seen = visibleVersion(context, id, scope.head);
    return seen ? new PolicyVersionNode(seen.version, seen.policy, scope) : null;
  }

  @FieldResolver(() => PolicyNode)
  @Access(asParent)
  policy(@Root() { policyRow, scope }: PolicyVersionNode): PolicyNode {
    return new PolicyNode(policyRow, scope);
  }

  @FieldResolver(() => String, { nullable: true, description: 'Name of who published or imported it. For members.' })
  @Access(membersOf(MEMBERS, ({ policyRow }: PolicyVersionNode) => policyRow.organisation))
  publishedBy(@Root() { row, scope }: PolicyVersionNode): Promise<string> {
    return scope.loaders.actors.load(row.publishedBy);
  }

  @FieldResolver(() => DateTime, { nullable: true, description: 'The instant from which it is withdrawn, if it is.' })
  @Access(asParent)
  withdrawnFrom(
    @Root() version: PolicyVersionNode,
    @Arg('asOf', () => AsOfInput, { nullable: true }) asOf: AsOfInput | null | undefined,
    @Ctx() context: ApiContext,
  ): Instant | undefined {
    return context.readModels.versionWithdrawnFrom(version.id, momentOf(context, scopeFor(context, version, asOf)));
  }

  @FieldResolver(() => PolicyVersionStatusEnum, {
    nullable: true,
    description: 'For new subjects. Null: not published at that stamp.',
  })
  @Access(asParent)
  status(
    @Root() version: PolicyVersionNode,
    @Arg('asOf', () => AsOfInput, { nullable: true }) asOf: AsOfInput | null | undefined,
    @Ctx() context: ApiContext,
  ): VersionStatus | undefined {
    return context.readModels.versionStatus(version.id, momentOf(context, scopeFor(context, version, asOf)));
  }

  @FieldResolver(() => [Locale])
  @Access(asParent)
  locales(
    @Root() version: PolicyVersionNode,
    @Arg('asOf', () => AsOfInput, { nullable: true }) asOf: AsOfInput | null | undefined,
    @Ctx() context: ApiContext,
  ): readonly string[] {
    return contentsAt(context, version, asOf).map(({ locale }) => locale);
  }

  @FieldResolver(() => PolicyContentView, {
    description:
      "In the locale asked for, else in the organisation's, else in the version's first; `locale` says which.",
  })
  @Access(asParent)
  content(
    @Root() version: PolicyVersionNode,
    @Arg('locale', () => Locale, { nullable: true }) locale: string | null | undefined,
    @Arg('asOf', () => AsOfInput, { nullable: true }) asOf: AsOfInput | null | undefined,
    @Ctx() context: ApiContext,
  ): PolicyContentView | undefined {
    const otherwise = defaultLocaleOf(context, scopeFor(context, version, asOf), version.policyRow.organisation);
    return inLocale(contentsAt(context, version, asOf), locale, otherwise);
  }

  @FieldResolver(() => [PolicyContentView])
  @Access(asParent)
  contents(
    @Root() version: PolicyVersionNode,
    @Arg('asOf', () => AsOfInput, { nullable: true }) asOf: AsOfInput | null | undefined,
    @Ctx() context: ApiContext,
  ): readonly PolicyContentView[] {
    return contentsAt(context, version, asOf);
  }

  @FieldResolver(() => ProcessingStatementView, { nullable: true, description: 'Null: text only.' })
  @Access(asParent)
  statement(
    @Root() { row, scope, policyRow }: PolicyVersionNode,
    @Ctx() context: ApiContext,
  ): ProcessingStatementView | null {
    const otherwise = defaultLocaleOf(context, scope, policyRow.organisation);
    return row.statement ? new ProcessingStatementView(row.statement, otherwise) : null;
  }

  @FieldResolver(() => PolicyChangeView)
  @Access(asParent)
  change(@Root() { row, scope, policyRow }: PolicyVersionNode, @Ctx() context: ApiContext): PolicyChangeView {
    return new PolicyChangeView(row.change, defaultLocaleOf(context, scope, policyRow.organisation));
  }

  @FieldResolver(() => [TextFlagView])
  @Access(asParent)
  flags(@Root() version: PolicyVersionNode, @Ctx() context: ApiContext): readonly TextFlagView[] {
    const moment = sincePublication(version, momentOf(context, version.scope));
    return context.readModels.versionFlags(version.id, moment).map((flag) => new TextFlagView(flag));
  }
}

function scopeFor(context: ApiContext, { scope, policyRow }: PolicyVersionNode, asOf: AskedAsOf): Scope {
  return asOf ? scopeAsOf(context, scope, policyRow.organisation, asOf) : scope;
}

/** A version asked about before it was there still is the version it is: it shows the texts it was published with. */
function sincePublication({ row }: PolicyVersionNode, { effectiveAt, n }: Moment): Moment {
  return { effectiveAt: effectiveAt > row.publishedAt ? effectiveAt : row.publishedAt, n: Math.max(n, row.n) };
}

function contentsAt(context: ApiContext, version: PolicyVersionNode, asOf: AskedAsOf): readonly PolicyContentView[] {
  const scope = scopeFor(context, version, asOf);
  const moment = sincePublication(version, momentOf(context, scope));
  const contents = context.readModels.versionContents(version.id, moment);
  return contents.map((content) => new PolicyContentView(content, version.policyRow.organisation, scope));
}
