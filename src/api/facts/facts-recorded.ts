import type { FactRow } from '../../read-models/read-models';
import type { ApiContext } from '../context';
import { type Pulled, type PulledSource, pulledFeed, type Sleeper } from '../pulled-feed';

const FACTS_PER_PULL = 100;

export interface FactsFollowed {
  readonly organisation: string;
  readonly types?: readonly string[];
  /** Ordinal of the last fact seen; undefined while this node has not come as far as the position given. */
  readonly after: () => number | undefined;
}

type FeedServices = Pick<ApiContext, 'readModels' | 'progress'>;

/** An organisation's facts as they are recorded, in log order, without gap or duplicate. */
export function factsRecordedFeed(services: FeedServices, asked: FactsFollowed): AsyncIterableIterator<FactRow> {
  return pulledFeed(new FactsRecorded(services, asked));
}

class FactsRecorded implements PulledSource<FactRow> {
  #after: number | undefined;
  #stopListening: () => void = () => undefined;

  constructor(
    private readonly services: FeedServices,
    private readonly asked: FactsFollowed,
  ) {
    this.#after = asked.after();
  }

  follow(feed: Sleeper): void {
    this.#stopListening = this.services.progress.onApplied(() => feed.wake());
  }

  stop(): void {
    this.#stopListening();
  }

  pull(): Pulled<FactRow> {
    this.#after ??= this.asked.after();
    if (this.#after === undefined) return { items: [], again: false };
    const { readModels } = this.services;
    const { organisation, types } = this.asked;
    const head = readModels.applied();
    const range = { organisation, ...(types && { types }), after: this.#after, limit: FACTS_PER_PULL };
    const { rows, hasMore } = readModels.factsPage(range, head);
    this.#after = hasMore ? (rows.at(-1)?.n ?? this.#after) : Math.max(head.n, this.#after);
    return { items: rows, again: hasMore };
  }

  clockMs(): undefined {
    return undefined;
  }
}
