import { randomInt } from 'node:crypto';
import { CHECKED_LEAVES, type CheckedLog, checkLeaves } from './check-leaves';
import type { Checkpoint } from './checkpoint-note';

/** Leaves that are looked at again at every start, wherever they are (rule L4); of a log with fewer all of them. */
export const SAMPLED_LEAVES = 1_000;
/** So many of them stand together: to find a place costs more than to read on there. */
const LEAVES_TOGETHER = 10;

/**
 * Checks the leaves since the last checkpoint, and some at random before it (rule L4).
 *
 * @param to leaves from here on were only now made from the log
 * @throws LedgerDiverged naming the event
 * @throws StoreUnavailable
 */
export async function checkAtStart(log: CheckedLog, to: number, signed: Checkpoint | undefined): Promise<void> {
  const since = Math.min(signed?.size ?? 0, to);
  if (since <= SAMPLED_LEAVES) return checkAll(log, 0, to, signed);
  await checkAll(log, since, to, signed);
  for (let sample = 0; sample < SAMPLED_LEAVES; sample += LEAVES_TOGETHER) {
    const from = randomInt(since - LEAVES_TOGETHER + 1);
    await checkLeaves(log, from, from + LEAVES_TOGETHER, signed);
  }
}

async function checkAll(log: CheckedLog, from: number, to: number, signed: Checkpoint | undefined): Promise<void> {
  for (let start = from; start < to; start += CHECKED_LEAVES) {
    await checkLeaves(log, start, Math.min(start + CHECKED_LEAVES, to), signed);
  }
}
