import type { Obligation } from '../../domain/subject/obligations';
import { because } from '../../domain/subject/state-reason';
import type { Instant } from '../../domain/time';
import type { ApiContext } from '../context';
import { found } from '../members';
import type { PolicyNoticeView } from '../policies/policy-notice.type';
import { encodeNoticeCursor } from '../position';
import { prefixOf, scopeAsOf, scopeOfNow } from '../scope';
import type { OwnFields, SharedItem, ToldToAll } from '../shared-item';
import { ReasonView } from '../time/reason.type';
import { policyOfPerson, versionNode } from './person-at';
import type { DeliveredNotice } from './person-notice-feed';
import { isOfferedNow, obligationOfAnybody } from './person-states';

/** What is told to many persons at the same time, found by all that it says. */
export interface SharedNotices {
  /** The same object for everybody who is told the same. */
  told(notice: NoticeToMany): ToldToAll;
}

/** All that an item says which depends on whom it is told. What is not here is not shared. */
export interface NoticeToMany {
  /** Whose calendar the item is answered by. */
  readonly organisation: string;
  /** Events applied when it was told. */
  readonly n: number;
  readonly said: NoticeSaid;
  /** Without its reason: what decided is a fact of the person's own. */
  readonly obligation: (Omit<Obligation, 'reason'> & { readonly canActNow: boolean }) | undefined;
}

export interface NoticeSaid {
  readonly policyId: string;
  readonly versionId: string | undefined;
  readonly kind: PolicyNoticeView['kind'];
  readonly when: Instant;
}

/** What one publication sets going is told within moments, in so many kinds at the most that are worth sharing. */
const MAX_SHARED = 1_000;

export function createSharedNotices(): SharedNotices {
  const shared = new Map<string, ToldToAll>();
  return {
    told: (notice) => {
      const key = JSON.stringify(notice);
      const known = shared.get(key);
      if (known !== undefined) return known;
      if (shared.size >= MAX_SHARED) shared.clear();
      const told: ToldToAll = { view: (context, own) => viewForAll(context, notice, own) };
      shared.set(key, told);
      return told;
    },
  };
}

/** What an item says, of a policy or of something to do. */
export function said(item: DeliveredNotice): NoticeSaid {
  if (item.about === 'policy') {
    const { policy, versionId, kind, at } = item.change;
    return { policyId: policy, versionId, kind, when: at };
  }
  const { obligation, kind, at } = item.notice;
  return { policyId: obligation.policyId, versionId: obligation.versionId, kind, when: at };
}

/** The item, answered once for all who are told the same when it is sent. */
export function sharedNotice(
  context: ApiContext,
  { subject, organisation }: { readonly subject: string; readonly organisation: string },
  item: DeliveredNotice,
): DeliveredNotice & SharedItem {
  let told: ToldToAll | undefined;
  const find = () => {
    const present = { nowMs: context.nowMs(), head: context.readModels.applied() };
    const obligation =
      item.about === 'obligation' ? ofMany(context, subject, item.notice.obligation, present) : undefined;
    return context.sharedNotices.told({ organisation, n: present.head.n, said: said(item), obligation });
  };
  const own = { id: item.id, cursor: encodeNoticeCursor(context.app.logId, item.cursor) };
  return {
    ...item,
    own,
    // Looked up when it is sent, which may be long after it was found.
    get told() {
      told ??= find();
      return told;
    },
  };
}

function ofMany(
  context: ApiContext,
  subject: string,
  { reason: _, ...obligation }: Obligation,
  present: Parameters<typeof isOfferedNow>[3],
) {
  return { ...obligation, canActNow: isOfferedNow(context, subject, obligation, present) };
}

/** Nobody's in particular; whoever asks for a reason makes it an answer to them alone. */
function viewForAll(
  context: ApiContext,
  { organisation, said: { policyId, versionId, kind, when }, obligation }: NoticeToMany,
  own: OwnFields,
): PolicyNoticeView {
  const scope = scopeAsOf(context, scopeOfNow(context), organisation, undefined);
  const at = { scope, prefix: prefixOf(context, scope) };
  const policy = found(policyOfPerson(context, at, policyId));
  return {
    id: own.id,
    cursor: own.cursor,
    kind,
    policy: policy.node,
    version: versionNode(context, at, policy, versionId),
    obligation: obligation
      ? {
          ...obligationOfAnybody(context, at, obligation, obligation.canActNow),
          get reason() {
            // Looking at who asks ends the sharing, and what stands here is given to nobody.
            void context.caller;
            return new ReasonView({ ...because('NOT_READ'), decidedBy: undefined }, organisation, scope);
          },
        }
      : null,
    at: when,
  };
}
