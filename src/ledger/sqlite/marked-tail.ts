import type { MarkedEvent, WrittenEvent } from '../../event-store/append-sink';
import type { Position } from '../../event-store/event-store';
import { diverged } from '../check-leaves';
import type { LedgerDiverged } from '../ledger-faults';
import { HASH_BYTES } from '../merkle-tree';
import { leafGone } from './leaf-runs';
import { addLeaf, BLOCK_LEAVES, type OpenBlock, putLeaf } from './open-block';

/**
 * The leaf's place in its block, so that none can be taken out unseen; then the first half of SHA-256 of the record,
 * for which nobody finds another event. With all of it a page would hold a tenth fewer events.
 */
const RECORD_BYTES = HASH_BYTES / 2;
const mark = Buffer.alloc(1 + RECORD_BYTES);

/** Puts the leaf of an event behind the others of the block, of which it is none yet. The mark is good until the next. */
export function markOf(event: WrittenEvent, block: OpenBlock): Uint8Array {
  const record = putLeaf(block, event);
  mark[0] = block.size % BLOCK_LEAVES;
  // For so few bytes to have the runtime write them takes longer.
  for (let index = 0; index < RECORD_BYTES; index += 1) mark[index + 1] = record.charCodeAt(index);
  return mark;
}

/**
 * Takes the leaves that stand in no run from the log's own rows, where a process was killed: each event must be the one
 * that was marked, and none of them gone. Events without a mark behind the last that has one are nobody's, and left to
 * whoever looks behind the tree.
 *
 * @param after where the event of the last leaf in a run is
 * @returns false where there is more than a block, of a tree that has no run at all: it is gone
 * @throws LedgerDiverged naming the event
 */
export function readTail(
  block: OpenBlock,
  events: Iterable<MarkedEvent>,
  after: number,
  isLeaf: (stream: string) => boolean,
): boolean {
  let before = after;
  let gap: number | undefined;
  let unmarked: number | undefined;
  let without = 0;
  for (const event of events) {
    if (event.place !== before + 1) gap ??= before + 1;
    before = event.place;
    if (event.mark !== undefined) {
      takeMarked(block, event, event.mark, gap, unmarked);
      gap = undefined;
      if (block.size % BLOCK_LEAVES !== 0) continue;
      if (block.kept === 0) return false;
      throw leafGone(block.kept);
    } else if (isLeaf(event.stream)) {
      unmarked ??= event.place;
      without += 1;
      // A log that was written before there were marks is not read to its end.
      if (without > BLOCK_LEAVES) return true;
    }
  }
  if (gap !== undefined && unmarked === undefined) throw gone(gap);
  return true;
}

function takeMarked(
  block: OpenBlock,
  event: MarkedEvent,
  marked: Uint8Array,
  gap: number | undefined,
  unmarked: number | undefined,
): void {
  const expected = expectedMark(event, block);
  if (expected !== undefined && Buffer.compare(expected, marked) === 0) {
    if (unmarked !== undefined) {
      throw diverged('EVENT_ADDED', positionAt(unmarked), 'it has no leaf, and stands before events that have one');
    }
    addLeaf(block, event.place);
    return;
  }
  if (marked[0] === block.size % BLOCK_LEAVES || (unmarked === undefined && gap === undefined)) {
    throw altered(event.place, 'it is not what was recorded there');
  }
  if (gap !== undefined && gap < (unmarked ?? Number.POSITIVE_INFINITY)) throw gone(gap);
  throw altered(unmarked ?? event.place, 'what was kept of its leaf is gone');
}

function expectedMark(event: MarkedEvent, block: OpenBlock): Uint8Array | undefined {
  try {
    return markOf(event, block);
  } catch {
    // What is no JSON or no time any more is not what was recorded.
    return undefined;
  }
}

function altered(place: number, why: string): LedgerDiverged {
  return diverged('EVENT_ALTERED', positionAt(place), why);
}

function gone(place: number): LedgerDiverged {
  return diverged('EVENT_MISSING', positionAt(place), 'it is not in the log any more');
}

function positionAt(place: number): Position {
  return String(place) as Position;
}
