import type { Position, StoredEvent } from '../event-store/event-store';
import type { TreeNodes } from './merkle-tree';

/**
 * The tree over the log as a node keeps it: what stands in every leaf, and the perfect subtrees over them. Where
 * something of it is gone or has another form, everything that needs it throws LedgerDiverged.
 */
export interface LedgerTree extends TreeNodes {
  /** How many leaves there are. */
  size(): number;
  /**
   * Position of the event of a leaf.
   * @throws RangeError there is no such leaf
   */
  positionOf(index: number): Position;
  /** The leaves from `from` up to, not with, `to`, read as they are kept. @throws RangeError there are not as many */
  leaves(from: number, to: number): Iterable<LedgerLeaf>;
  /**
   * Adds the leaves of events that follow in the log, in a transaction of their own.
   * @param seen how many leaves the caller saw; nothing is added, and false answered, when another process added some
   */
  extend(events: readonly StoredEvent[], seen: number): boolean;
  /** Up to which leaf the scrub has come, kept over restarts. */
  scrubbed(): number;
  keepScrubbed(leaf: number): void;
  /** Makes the tree that of a log: empties it when it was another's. */
  claim(logId: string): void;
  /** Empties it, to be made anew from the log. */
  clear(): void;
  /** True from {@link clear} or {@link beginMaking} to {@link endMaking}, also over restarts. */
  isBeingMade(): boolean;
  /** From now on leaves are added of events that are in the log already. */
  beginMaking(): void;
  /** Every event of the log has its leaf. */
  endMaking(): void;
}

export interface LedgerLeaf {
  /** What stands in it, {@link LEAF_BYTES} of it. */
  readonly leaf: Uint8Array;
  readonly position: Position;
}

/** The leaf of the event at a position; undefined where no leaf stands. */
export function leafAt(
  tree: Pick<LedgerTree, 'size' | 'positionOf'>,
  position: Position,
  compare: (a: Position, b: Position) => number,
): number | undefined {
  let low = 0;
  let high = tree.size();
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (compare(tree.positionOf(middle), position) < 0) low = middle + 1;
    else high = middle;
  }
  return low < tree.size() && compare(tree.positionOf(low), position) === 0 ? low : undefined;
}
