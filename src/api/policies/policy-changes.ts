import { epochMsOf, instantAt } from '../../domain/time';
import type { PolicyChange, PolicyChangeCursor, PolicyChangesRange } from '../../read-models/policy-changes';
import type { Prefix } from '../../read-models/read-models';
import type { ApiContext } from '../context';
import { apiError } from '../errors';
import type { ChangeCursor } from '../position';
import { type Pulled, type PulledSource, pulledFeed } from '../pulled-feed';

/** Changes looked up at once; they wait in memory until the reader asks for them. */
const CHANGES_PER_PULL = 100;

export interface ChangesAsked {
  readonly organisation?: string;
  readonly policy?: string;
  /** Absent: from now on. */
  readonly after?: ChangeCursor;
}

/** An item with the place to go on after it, whose ordinal is now a position. */
export interface DeliveredChange {
  readonly change: PolicyChange;
  readonly cursor: ChangeCursor;
}

export type FeedServices = Pick<ApiContext, 'readModels' | 'progress' | 'nowMs'>;

/**
 * What happens to policies, as one endless list (rule O4): first what came after the cursor, then live, in order,
 * without gap or duplicate.
 */
export function policyChangeFeed(services: FeedServices, asked: ChangesAsked): AsyncIterableIterator<DeliveredChange> {
  return pulledFeed(new PolicyChanges(services, asked));
}

/** Reads on from a cursor in log and clock. */
class PolicyChanges implements PulledSource<DeliveredChange> {
  /** Undefined until this node has come as far as the cursor that was given. */
  #cursor: PolicyChangeCursor | undefined;

  constructor(
    private readonly services: FeedServices,
    private readonly asked: ChangesAsked,
  ) {
    this.#cursor = this.#place();
  }

  onApplied(wake: () => void): () => void {
    return this.services.progress.onApplied(wake);
  }

  pull(): Pulled<DeliveredChange> {
    this.#cursor ??= this.#place();
    if (this.#cursor === undefined) return { items: [], again: false };
    const { readModels, nowMs } = this.services;
    const page = readModels.policyChangesAfter({
      ...this.#filter(),
      after: this.#cursor,
      untilN: readModels.applied().n,
      untilT: instantAt(nowMs()),
      limit: CHANGES_PER_PULL,
    });
    this.#cursor = page.next;
    return { items: page.items.map((change) => this.#delivered(change)), again: page.hasMore };
  }

  clockMs(): number | undefined {
    const { readModels, nowMs } = this.services;
    if (this.#cursor === undefined) return undefined;
    const afterT = this.#cursor.t;
    const next = readModels.nextPolicyChangeAt({ ...this.#filter(), afterT }, readModels.applied());
    // A node whose clock is before the cursor's waits until it has come that far.
    const wakeMs = Math.max(next === undefined ? Number.POSITIVE_INFINITY : epochMsOf(next), epochMsOf(afterT));
    return wakeMs - nowMs();
  }

  #filter(): Pick<PolicyChangesRange, 'organisations' | 'policy'> {
    const { organisation, policy } = this.asked;
    return {
      ...(organisation !== undefined && { organisations: [organisation] }),
      ...(policy !== undefined && { policy }),
    };
  }

  /** Where to begin; undefined while this node has not come that far. @throws BAD_CURSOR */
  #place(): PolicyChangeCursor | undefined {
    const { after } = this.asked;
    const { readModels } = this.services;
    if (after === undefined) return this.#now(readModels.applied());
    const found = readModels.findPosition(after.position);
    if (found.kind === 'not-reached') return undefined;
    if (found.kind !== 'found') throw apiError('BAD_CURSOR', 'This is not a cursor of this log.');
    return { n: found.prefix.n, t: after.t, ...(after.partial && { partial: after.partial }) };
  }

  #now({ n }: Prefix): PolicyChangeCursor {
    const { readModels, nowMs } = this.services;
    return { n, t: instantAt(Math.max(nowMs(), readModels.latestLiveValidFromMs(n))) };
  }

  #delivered(change: PolicyChange): DeliveredChange {
    const { n, t, partial } = change.cursor;
    const prefix = this.services.readModels.prefixAtOrdinal(n);
    if (prefix === undefined) throw new Error('A change was delivered from beyond what is applied.');
    return { change, cursor: { position: prefix.position, t, ...(partial && { partial }) } };
  }
}
