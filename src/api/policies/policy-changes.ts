import { epochMsOf } from '../../domain/time';
import type { PolicyChange, PolicyChangeCursor } from '../../read-models/policy-changes';
import type { ApiContext, ApiServices } from '../context';
import { apiError } from '../errors';
import { found, visiblePolicy } from '../members';
import type { PacedTurns } from '../paced-turns';
import { type ChangeCursor, encodeChangeCursor } from '../position';
import { type Pulled, type PulledSource, pulledFeed, type Sleeper } from '../pulled-feed';
import { scopeOfNow } from '../scope';
import type { OwnFields, ToldToAll } from '../shared-item';
import { PolicyVersionNode } from '../versions/policy-version.type';
import {
  CHANGES_PER_PULL,
  type ChangesFilter,
  createLiveChanges,
  type LiveChanges,
  type LiveFollower,
  nowIn,
} from './live-changes';
import { PolicyNode } from './policy.type';
import type { PolicyNoticeView } from './policy-notice.type';

export interface ChangesAsked extends ChangesFilter {
  /** Absent: from now on. */
  readonly after?: ChangeCursor;
}

/** An item with the place to go on after it. */
export interface DeliveredChange {
  readonly change: PolicyChange;
  readonly own: OwnFields;
  /** Of a live one. */
  readonly told?: ToldToAll;
}

export type FeedServices = Pick<ApiContext, 'readModels' | 'progress' | 'nowMs' | 'app' | 'liveChanges'>;

/**
 * What happens to policies, as one endless list (rule O4): first what came after the cursor, then live, in order,
 * without gap or duplicate.
 */
export function policyChangeFeed(services: FeedServices, asked: ChangesAsked): AsyncIterableIterator<DeliveredChange> {
  return pulledFeed(new PolicyChanges(services, asked));
}

/** What everybody is told from now on who watches the same: a policy, an organisation, or all of them. */
export function createLivePolicyChanges(
  services: Pick<ApiServices, 'readModels' | 'progress' | 'nowMs' | 'app'>,
  turns: PacedTurns,
): LiveChanges<DeliveredChange> {
  return createLiveChanges(services, turns, (change) => {
    const item = delivered(services, change);
    return { ...item, told: { view: (context, own) => policyChangeView(context, { change, own }) } };
  });
}

/** Every item is an answer of its own, at what is known when it is sent. */
export function policyChangeView(context: ApiContext, { change, own }: DeliveredChange): PolicyNoticeView {
  const scope = scopeOfNow(context);
  const policy = found(visiblePolicy(context, change.policy, scope.head));
  const version =
    change.versionId === undefined ? undefined : context.readModels.versionById(change.versionId, scope.head);
  return {
    id: own.id,
    cursor: own.cursor,
    kind: change.kind,
    at: change.at,
    policy: new PolicyNode(policy, scope),
    version: version ? new PolicyVersionNode(version, policy, scope) : null,
    obligation: null,
  };
}

/** Reads on from a cursor in log and clock until it has come as far as everybody else, and with them from then on. */
class PolicyChanges implements PulledSource<DeliveredChange> {
  /** Undefined until this node has come as far as the cursor that was given. */
  #cursor: PolicyChangeCursor | undefined;
  #live: LiveFollower<DeliveredChange> | undefined;
  #hasJoined = false;
  #wake: () => void = () => undefined;
  #stopListening: () => void = () => undefined;

  constructor(
    private readonly services: FeedServices,
    private readonly asked: ChangesAsked,
  ) {
    this.#cursor = this.#place();
  }

  follow(feed: Sleeper): void {
    this.#wake = () => feed.wake();
    this.#stopListening = this.services.progress.onApplied(this.#wake);
    const live = this.services.liveChanges.follow(this.asked);
    this.#live = live;
    if (this.asked.after === undefined && live.advance() !== undefined) this.#join(live);
  }

  stop(): void {
    this.#stopListening();
    this.#live?.leave();
  }

  pull(): Pulled<DeliveredChange> {
    const live = this.#live;
    if (live === undefined) return NOTHING;
    if (this.#hasJoined) return { items: live.take(), again: false };
    const end = live.advance();
    if (end === undefined) return { items: [], again: true };
    this.#cursor ??= this.#place();
    return this.#cursor === undefined ? NOTHING : this.#catchUp(live, this.#cursor, end);
  }

  clockMs(): number | undefined {
    if (this.#hasJoined || this.#cursor === undefined) return undefined;
    // A node whose clock is before the cursor's waits until it has come that far.
    return epochMsOf(this.#cursor.t) - this.services.nowMs();
  }

  /** What is left up to the end of the live list. */
  #catchUp(
    live: LiveFollower<DeliveredChange>,
    cursor: PolicyChangeCursor,
    end: PolicyChangeCursor,
  ): Pulled<DeliveredChange> {
    const { organisations, policy } = this.asked;
    const page = this.services.readModels.policyChangesAfter({
      ...(organisations && { organisations }),
      ...(policy !== undefined && { policy }),
      after: cursor,
      untilN: end.n,
      untilT: end.t,
      limit: CHANGES_PER_PULL,
    });
    this.#cursor = page.next;
    const isAhead = page.next.t > end.t || page.next.n > end.n;
    if (!page.hasMore && !isAhead) this.#join(live);
    return { items: page.items.map((change) => delivered(this.services, change)), again: page.hasMore };
  }

  #join(live: LiveFollower<DeliveredChange>): void {
    live.join(this.#wake);
    this.#hasJoined = true;
    this.#stopListening();
  }

  /** Where to begin; undefined while this node has not come that far. @throws BAD_CURSOR */
  #place(): PolicyChangeCursor | undefined {
    const { after } = this.asked;
    const { readModels, nowMs } = this.services;
    if (after === undefined) return nowIn(readModels, nowMs());
    const found = readModels.findPosition(after.position);
    if (found.kind === 'not-reached') return undefined;
    if (found.kind !== 'found') throw apiError('BAD_CURSOR', 'This is not a cursor of this log.');
    return { n: found.prefix.n, t: after.t, ...(after.partial && { partial: after.partial }) };
  }
}

const NOTHING = { items: [], again: false } as const;

function delivered({ readModels, app }: Pick<FeedServices, 'readModels' | 'app'>, change: PolicyChange) {
  const { n, t, partial } = change.cursor;
  const prefix = readModels.prefixAtOrdinal(n);
  if (prefix === undefined) throw new Error('A change was delivered from beyond what is applied.');
  const cursor = encodeChangeCursor(app.logId, { position: prefix.position, t, ...(partial && { partial }) });
  return { change, own: { id: change.id, cursor } satisfies OwnFields };
}
