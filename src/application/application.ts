import type { Instant } from '../domain/time';
import type { EventStore, Position } from '../event-store/event-store';
import type { Records } from '../records/records';
import type { Vault } from '../vault/vault';
import { BoundedCache } from './bounded-cache';
import type { SectionComparison } from './comparison/compare-texts';
import { type Comparer, comparerHere } from './comparison/comparer';
import { KeyedTurns } from './keyed-turns';

/** What the use cases stand on. Made once by the composition root and handed to every one of them. */
export interface Application {
  readonly store: EventStore;
  readonly vault: Vault;
  /** Logins and deliveries, which an erasure removes with the person (rule R3); absent where none are kept. */
  readonly records?: Pick<Records, 'removeSubjects'>;
  /** Identity of this log (rule N1). */
  readonly logId: string;
  /** The time of a command that arrives now; the composition root keeps it from falling behind the log's clock (S4). */
  readonly now: () => Instant;
  /** Folded streams, so that a command reads only what is new. Weighed by their number of events. */
  readonly folds: BoundedCache<unknown>;
  /** Texts by stream name, weighed by their bytes. */
  readonly texts: BoundedCache<Uint8Array>;
  readonly comparer: Comparer;
  /** What was compared last, by the hashes of both texts; weighed by their characters. */
  readonly comparisons: BoundedCache<Promise<readonly SectionComparison[]>>;
  /** One command at a time on a stream within this process; other nodes are met by the expected version. */
  readonly turns: KeyedTurns;
  /**
   * Each removes something else that this node holds of a person, a prepared file say: before the outcome of an erasure
   * is recorded, and again when it is gone on with (rule E3). Done again it changes nothing.
   */
  readonly forgetting: Set<Forget>;
}

export type Forget = (subjectId: string) => Promise<unknown>;

/** Who asks, and how the request is told apart from others. */
export interface RequestContext {
  /** Random id of the actor in the vault (rule I2). */
  readonly actor: string;
  /** Chosen by the caller; kept only as a keyed hash. Absent: the command happens once for each call. */
  readonly idempotencyKey?: string;
  readonly correlationId: string;
  /** True: sent with a person's own token, which may tell of nothing old (rule S5). */
  readonly ownToken?: boolean;
}

/** What a write did, or had done when the same command came before. */
export interface Written {
  /** Id of the organisation, policy, version or template concerned. */
  readonly id: string;
  /** The answer holds at this place in the log. */
  readonly position: Position;
}

/** A quarter of a kilobyte each, as people are folded. */
const MAX_FOLDED_EVENTS = 400_000;
const MAX_CACHED_TEXT_BYTES = 32 * 1_048_576;
const MAX_COMPARED_CHARACTERS = 8 * 1_048_576;

/** @param parts without a comparer, texts are compared while everybody waits */
export function createApplication(
  parts: Pick<Application, 'store' | 'vault' | 'logId' | 'now'> & Partial<Pick<Application, 'comparer' | 'records'>>,
): Application {
  return {
    comparer: comparerHere(),
    ...parts,
    folds: new BoundedCache(MAX_FOLDED_EVENTS),
    texts: new BoundedCache(MAX_CACHED_TEXT_BYTES),
    comparisons: new BoundedCache(MAX_COMPARED_CHARACTERS),
    turns: new KeyedTurns(),
    forgetting: new Set(),
  };
}
