import type { ThingToDo } from '../../domain/subject/obligations';
import { because } from '../../domain/subject/state-reason';
import type { Instant } from '../../domain/time';
import type { ApiContext } from '../context';
import { found } from '../members';
import type { PolicyNoticeView } from '../policies/policy-notice.type';
import { encodeNoticeCursor, type NoticeCursor } from '../position';
import { prefixOf, scopeAsOf, scopeOfNow } from '../scope';
import type { OwnFields, SharedItem, ToldToAll } from '../shared-item';
import { ReasonView } from '../time/reason.type';
import { policyOfPerson, versionNode } from './person-at';
import type { DeliveredNotice } from './person-notice-feed';
import { isOfferedNow, obligationOfAnybody } from './person-states';

/** What is told to many persons at the same time, found by all that it says. */
export interface SharedNotices {
  /**
   * The same object for everybody who is told the same.
   *
   * @param about the very object that all who are alike are told of
   * @param n events applied
   */
  told(about: object, n: number, find: () => NoticeToMany): ToldToAll;
  /** That object, if somebody was told of the same a moment ago. */
  known(about: object, n: number): ToldToAll | undefined;
}

/** All that an item says which depends on whom it is told. What is not here is not shared. */
export interface NoticeToMany {
  /** Whose calendar the item is answered by. */
  readonly organisation: string;
  /** Events applied when it was told. */
  readonly n: number;
  readonly said: NoticeSaid;
  /** Without its reason: what decided is a fact of the person's own. */
  readonly obligation: (ThingToDo & { readonly canActNow: boolean }) | undefined;
}

export interface NoticeSaid {
  readonly policyId: string;
  readonly versionId: string | undefined;
  readonly kind: PolicyNoticeView['kind'];
  readonly when: Instant;
}

/** What one publication sets going is told within moments, in so many kinds at the most that are worth sharing. */
const MAX_SHARED = 1_000;
/** What is true of one is taken to be true of those who are alike for so long. */
const ALIKE_FOR_MS = 1_000;

export function createSharedNotices(): SharedNotices {
  const shared = new Map<string, ToldToAll>();
  const alike = new WeakMap<object, { readonly n: number; readonly sinceMs: number; readonly told: ToldToAll }>();

  function toldOf(notice: NoticeToMany): ToldToAll {
    const key = JSON.stringify(notice);
    const known = shared.get(key);
    if (known !== undefined) return known;
    if (shared.size >= MAX_SHARED) shared.clear();
    const told: ToldToAll = { view: (context, own) => viewForAll(context, notice, own) };
    shared.set(key, told);
    return told;
  }

  function known(about: object, n: number): ToldToAll | undefined {
    const found = alike.get(about);
    return found?.n === n && performance.now() - found.sinceMs < ALIKE_FOR_MS ? found.told : undefined;
  }

  return {
    known,
    told: (about, n, find) => {
      const told = known(about, n) ?? toldOf(find());
      alike.set(about, { n, sinceMs: performance.now(), told });
      return told;
    },
  };
}

/** What an item says, of a policy or of something to do. */
export function said({ what }: Pick<DeliveredNotice, 'what'>): NoticeSaid {
  if (what.about === 'policy') {
    const { policy, versionId, kind, at } = what.change;
    return { policyId: policy, versionId, kind, when: at };
  }
  const { obligation, kind, at } = what.notice;
  return { policyId: obligation.policyId, versionId: obligation.versionId, kind, when: at };
}

/** Whom items are told to. */
export interface NoticeReader {
  readonly context: ApiContext;
  readonly subject: string;
  readonly organisation: string;
}

/** The item, answered once for all who are told the same when it is sent: there are thousands of these at a time. */
export class SharedNotice implements DeliveredNotice, SharedItem {
  readonly id: string;
  readonly what: DeliveredNotice['what'];
  readonly cursor: NoticeCursor;
  readonly asAt: DeliveredNotice['asAt'];

  constructor(
    private readonly reader: NoticeReader,
    { id, what, cursor, asAt }: DeliveredNotice,
  ) {
    this.id = id;
    this.what = what;
    this.cursor = cursor;
    this.asAt = asAt;
  }

  get own(): OwnFields {
    return { id: this.id, cursor: cursorText(this.reader.context, this.cursor) };
  }

  /** Looked up when it is sent, which may be long after it was found. */
  get told(): ToldToAll {
    const { readModels, sharedNotices } = this.reader.context;
    const { what } = this;
    const { n } = readModels.applied();
    const about = what.about === 'policy' ? what.change : what.notice;
    return sharedNotices.known(about, n) ?? sharedNotices.told(about, n, () => this.#toMany());
  }

  #toMany(): NoticeToMany {
    const { context, subject, organisation } = this.reader;
    const { what } = this;
    const present = { nowMs: context.nowMs(), head: context.readModels.applied() };
    const obligation =
      what.about === 'obligation' ? ofMany(context, subject, what.notice.obligation, present) : undefined;
    return { organisation, n: present.head.n, said: said(this), obligation };
  }
}

/** Of the places that many go on from, as they are sent. */
const TEXTS = new WeakMap<NoticeCursor, string>();

function cursorText({ app }: ApiContext, cursor: NoticeCursor): string {
  const known = TEXTS.get(cursor);
  if (known !== undefined) return known;
  const text = encodeNoticeCursor(app.logId, cursor);
  TEXTS.set(cursor, text);
  return text;
}

function ofMany(context: ApiContext, subject: string, thing: ThingToDo, present: Parameters<typeof isOfferedNow>[3]) {
  return { canActNow: isOfferedNow(context, subject, thing, present), ...thing };
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
