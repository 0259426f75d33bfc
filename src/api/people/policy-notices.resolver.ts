import { Arg, Ctx, Resolver, Root, Subscription } from 'type-graphql';
import type { RequestContext } from '../../application/application';
import { inLocale } from '../../domain/locale-lookup';
import type { Obligation } from '../../domain/subject/obligations';
import type { Channel } from '../../domain/subject/subject.events';
import { reasonAt } from '../../read-models/person-notice-walk';
import type { ObligationNotice } from '../../read-models/person-notices';
import type { Moment } from '../../read-models/read-models';
import type { AccessRecord } from '../../records/records';
import { requestOf } from '../acting';
import { Access, ownSubject } from '../auth/access';
import type { ApiContext } from '../context';
import { badUserInput, linkedAway } from '../errors';
import { found } from '../members';
import { PolicyNoticeView } from '../policies/policy-notice.type';
import { decodeNoticeCursor, encodeNoticeCursor } from '../position';
import { closeScope, defaultLocaleOf, momentOf, openScope, scopeAsOf, scopeOfNow } from '../scope';
import { ChannelEnum } from './people-enums';
import { type PersonAt, personAt, policyOfPerson, versionNode } from './person-at';
import { type DeliveredNotice, type NoticeSink, personNoticeFeed } from './person-notice-feed';
import { obligationView } from './person-states';
import { targetOf } from './person-target';
import { type NoticeReader, SharedNotice, said } from './shared-notices';
import { isLinkedAway, readableSubject } from './visible-subject';

interface PolicyNoticesArgs {
  readonly after?: string | null;
  readonly channel?: Channel | null;
}

/** The channels of a program that shows what it is told; the others are told by whoever sends them (rule O3). */
const LIVE_CHANNELS: ReadonlySet<Channel> = new Set<Channel>(['APP', 'API']);

const own = ownSubject((_: unknown, __: unknown, { caller }: ApiContext) =>
  caller.kind === 'token' ? caller.subject : undefined,
);

@Resolver()
export class PolicyNoticesResolver {
  @Subscription(() => PolicyNoticeView, {
    description:
      "With a subject's token, opened at login: first what is outstanding, one item for each obligation, then what comes, until the client leaves. What the transport has taken is recorded as NOTIFIED, once for each version and channel (APP or API). A slow reader is closed and resumes from its cursor.",
    subscribe: ({ args, context }) => openFeed(args, context),
  })
  @Access(own)
  policyNotices(
    @Root() item: DeliveredNotice,
    @Arg('after', () => String, { nullable: true }) _after: string | null | undefined,
    @Arg('channel', () => ChannelEnum, { nullable: true, defaultValue: 'APP' }) _channel: Channel | null | undefined,
    @Ctx() context: ApiContext,
  ): PolicyNoticeView {
    const at = presentOf(context);
    const { what, asAt } = item;
    const cursor = encodeNoticeCursor(context.app.logId, item.cursor);
    const { policyId, versionId, kind, when } = said(item);
    const policy = found(policyOfPerson(context, at, policyId));
    return {
      id: item.id,
      cursor,
      kind,
      policy: policy.node,
      version: versionNode(context, at, policy, versionId),
      obligation:
        what.about === 'obligation' ? obligationView(context, at, withReason(context, at, what.notice, asAt)) : null,
      at: when,
    };
  }
}

/** Why it was told; the reason names facts of the person's own, and most never ask for it. */
function withReason(
  { readModels }: ApiContext,
  { person }: PersonAt,
  notice: ObligationNotice,
  asAt: Moment,
): Obligation {
  return { reason: reasonAt(readModels, person.subjectId, notice, asAt), ...notice.obligation };
}

/** Every item is an answer of its own, at what is known when it is sent. */
function presentOf(context: ApiContext): PersonAt {
  const scope = scopeOfNow(context);
  const subject = targetOf(context, {});
  const { organisation } = found(context.readModels.subjectById(subject, scope.head));
  return personAt(context, scopeAsOf(context, scope, organisation, undefined), subject);
}

async function openFeed(
  { after, channel }: PolicyNoticesArgs,
  context: ApiContext,
): Promise<AsyncIterableIterator<DeliveredNotice>> {
  const scope = await openScope(context);
  const asked = channel ?? 'APP';
  if (!LIVE_CHANNELS.has(asked)) throw badUserInput('The channel of a subscription is APP or API.');
  const target = targetOf(context, {});
  if (isLinkedAway(context, target)) throw linkedAway();
  const { id: subject, organisation } = readableSubject(context, target, scope);
  const cursor = after == null ? {} : { after: decodeNoticeCursor(context.app.logId, after) };
  const request = await requestOf(context, {});
  closeScope(context);
  const told = new PersonTold(context, request, subject, organisation, asked);
  // Opening it with a subject's token is a login (rule L2).
  told.noteAccess('LOGIN', 1);
  return personNoticeFeed(context, { subject, channel: asked, ...cursor }, told);
}

/** A class, since there is one for as long as each of them stays. */
class PersonTold implements NoticeSink, NoticeReader {
  constructor(
    readonly context: ApiContext,
    private readonly request: RequestContext,
    readonly subject: string,
    readonly organisation: string,
    private readonly channel: Channel,
  ) {}

  itemOf(item: DeliveredNotice): DeliveredNotice {
    return new SharedNotice(this, item);
  }

  taken(items: readonly DeliveredNotice[]): void {
    this.noteAccess('DELIVERY', items.length);
    let last: string | undefined;
    for (const item of items) {
      const { policyId, versionId, kind } = said(item);
      // An announcement, its coming into force and what it asks for come together, and tell of the version once.
      if (versionId === undefined || versionId === last || !TELLING.has(kind)) continue;
      last = versionId;
      this.#record(policyId, versionId);
    }
  }

  noteAccess(kind: AccessRecord['kind'], times: number): void {
    const { context, subject: subjectId, organisation: organisationId, channel } = this;
    const access = { kind, subjectId, organisationId, channel, atMs: context.nowMs() };
    context.recordAccess(access, times);
  }

  /** O3: recorded once the transport has taken it. A crash before that costs a second sending, never a false proof. */
  #record(policyId: string, versionId: string): void {
    const { context, request, subject, channel } = this;
    context.notifications.record(request, { subjectId: subject, policyId, versionId, channel }, () =>
      textTold(context, policyId, versionId),
    );
  }
}

/** Kinds that tell of a version; that one was withdrawn, or something done, tells of none. */
const TELLING: ReadonlySet<PolicyNoticeView['kind']> = new Set(['ANNOUNCED', 'IN_FORCE', 'OUTSTANDING', 'OVERDUE']);

/** The text that stands for a version where nobody asked for a language. */
function textTold(context: ApiContext, policyId: string, versionId: string) {
  const scope = scopeOfNow(context);
  const policy = context.readModels.policyById(policyId, scope.head);
  const contents = context.readModels.versionContents(versionId, momentOf(context, scope));
  const content = policy && inLocale(contents, undefined, defaultLocaleOf(context, scope, policy.organisation));
  return content && { locale: content.locale, contentSha256: content.sha256 };
}
