import type { Position, StoredEvent } from '../event-store/event-store';
import type { TreeNodes } from './merkle-tree';

/** The tree over the log as a node keeps it: what stands in every leaf, and the perfect subtrees over them. */
export interface LedgerTree extends TreeNodes {
  /** How many leaves there are. */
  size(): number;
  /**
   * Position of the event of a leaf.
   * @throws RangeError there is no such leaf
   */
  positionOf(index: number): Position;
  /** What stands in the leaves from `from` up to, not with, `to`, of {@link LEAF_BYTES} each, read as they are kept. */
  leaves(from: number, to: number): Iterable<Uint8Array>;
  /** Adds the leaves of events that follow in the log, in a transaction of their own. */
  extend(events: readonly StoredEvent[]): void;
  /** Up to which leaf the scrub has come, kept over restarts. */
  scrubbed(): number;
  keepScrubbed(leaf: number): void;
  /** Drops everything, for another log. */
  clear(): void;
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
