import type { EventStore, Position, StoredEvent } from '../event-store/event-store';
import type { Checkpoint } from './checkpoint-note';
import { leafOf } from './leaf';
import { type Divergence, LedgerDiverged } from './ledger-faults';
import type { LedgerLeaf, LedgerTree } from './ledger-tree';
import { hashLeaf, inclusionProof } from './merkle-tree';
import { verifyInclusion } from './verify-proof';

/** The log, and the tree that was kept of it. */
export interface CheckedLog {
  readonly store: EventStore;
  readonly tree: LedgerTree;
  /** Categories whose events are leaves. */
  readonly prefixes: readonly string[];
  /** True where every event of the log has its leaf at any time, so that one without was put in, or the tree lost some. */
  readonly inStep: boolean;
}

/** Leaves checked against the log at a time. They are in at most two blocks, so that two proofs bind them all. */
export const CHECKED_LEAVES = 256;

/**
 * Reads the events of leaves again and compares: each has the leaf that was kept of it, where it was, and none was
 * added or is gone; and what was kept leads to the root that was signed (rule L4).
 *
 * @param from, to at most {@link CHECKED_LEAVES} leaves, the last not included
 * @param signed a checkpoint of the tree; leaves behind it are compared with their events alone
 * @throws LedgerDiverged naming the event
 * @throws StoreUnavailable
 */
export async function checkLeaves(log: CheckedLog, from: number, to: number, signed?: Checkpoint): Promise<void> {
  if (from >= to) return;
  const kept = [...log.tree.leaves(from, to)];
  const astray = kept.findIndex(({ position }) => !log.store.isPosition(position));
  if (astray >= 0) throw placeless(from + astray);
  await compareEvents(log, kept, from);
  if (signed === undefined) return;
  // A path is made of everything else in its block, so that one at each end binds every leaf between.
  for (const index of new Set([from, Math.min(to, signed.size) - 1])) {
    if (index >= from && index < signed.size) assertIncluded(log.tree, index, kept[index - from], signed);
  }
}

async function compareEvents(log: CheckedLog, kept: readonly LedgerLeaf[], from: number): Promise<void> {
  const after = positionBefore(log, from);
  let index = 0;
  try {
    for await (const event of eventsAfter(log, after, kept.length)) {
      const leaf = kept[index];
      if (leaf === undefined) return;
      compareEvent(log.store, event, leaf);
      index += 1;
    }
  } catch (error) {
    const code = codeOf(error);
    if (code === NO_PLACE && after !== undefined)
      throw diverged('EVENT_MISSING', after, 'the log has no such place any more');
    if (code === undefined) await nameUnreadable(log, kept, index, after);
    throw error;
  }
  const missing = kept[index];
  if (missing === undefined) return;
  throw cutOff(missing.position);
}

/**
 * Reads the log on behind the last leaf. Where the log has lost the place of it, that is no fault of reading.
 * @throws LedgerDiverged naming the first event that is gone
 */
export async function behindTree<T>(log: CheckedLog, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (codeOf(error) !== NO_PLACE || log.tree.size() === 0) throw error;
    throw await whatIsLost(log);
  }
}

async function whatIsLost({ store, tree, prefixes }: CheckedLog): Promise<LedgerDiverged> {
  const head = await store.head(prefixes);
  const size = tree.size();
  let there = 0;
  for (let gone = size; there < gone; ) {
    const middle = Math.floor((there + gone) / 2);
    if (head !== undefined && store.comparePositions(tree.positionOf(middle), head) <= 0) there = middle + 1;
    else gone = middle;
  }
  if (there < size) return cutOff(tree.positionOf(there));
  return diverged('EVENT_MISSING', tree.positionOf(size - 1), 'the log has no such place any more');
}

function cutOff(position: Position): LedgerDiverged {
  return diverged('LOG_SHORTER', position, 'the log ends before it, and its event was proven');
}

/** What a store says of a position that its log does not have. */
const NO_PLACE = 'POSITION_NOT_IN_LOG';

/** Errors of a store that are its own have a code; what it cannot read of an event has none. */
function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

/** Where the event of the leaf before one stands; undefined before the first. @throws LedgerDiverged nowhere */
export function positionBefore({ store, tree }: CheckedLog, from: number): Position | undefined {
  if (from === 0) return undefined;
  const position = tree.positionOf(from - 1);
  if (store.isPosition(position)) return position;
  throw placeless(from - 1);
}

/** Of a leaf whose event stands where no event can. */
export function placeless(index: number): LedgerDiverged {
  return new LedgerDiverged('TREE_ALTERED', `The tree tells of leaf ${index} no place in the log.`);
}

async function* eventsAfter(
  { store, prefixes, inStep }: CheckedLog,
  after: Position | undefined,
  limit: number,
): AsyncGenerator<StoredEvent> {
  if (!inStep) {
    yield* store.readAll({ prefixes, limit, ...(after !== undefined && { after }) });
    return;
  }
  let place = after;
  for (let left = limit; left > 0; ) {
    let rows = 0;
    const asked = left;
    for await (const event of store.readAll({ limit: asked, ...(place !== undefined && { after: place }) })) {
      rows += 1;
      place = event.position;
      if (!isLeaf(event, prefixes)) continue;
      left -= 1;
      yield event;
    }
    if (rows < asked) return;
  }
}

/** By the name of its stream, since a row that was put in may say that it is of another category than that. */
function isLeaf({ stream }: StoredEvent, prefixes: readonly string[]): boolean {
  return prefixes.some((prefix) => stream.startsWith(prefix));
}

/**
 * Makes sure that no event stands behind the last leaf, where each has its leaf from its own transaction on.
 * @param signed over how many leaves somebody signed: with fewer it is the tree that lost some
 * @throws LedgerDiverged StoreUnavailable
 */
export async function assertNothingBehind(log: CheckedLog, signed: number): Promise<void> {
  const { store, tree, prefixes } = log;
  const size = tree.size();
  const after = positionBefore(log, size);
  if (after === undefined) return;
  try {
    for await (const event of store.readAll({ after })) {
      if (!isLeaf(event, prefixes)) continue;
      if (size < signed) {
        const place = { from: event.position, to: event.position };
        throw new LedgerDiverged('TREE_ALTERED', `The tree has lost leaf ${size} and those behind it.`, place);
      }
      throw diverged('EVENT_ADDED', event.position, 'it has no leaf, and stands behind all that have one');
    }
  } catch (error) {
    if (error instanceof LedgerDiverged || codeOf(error) !== undefined) throw error;
    throw diverged('EVENT_ADDED', after, 'what stands behind it, and has no leaf, cannot be read');
  }
}

/** A store may fail at a page as a whole; one event at a time shows which of them cannot be read. */
async function nameUnreadable(
  log: CheckedLog,
  kept: readonly LedgerLeaf[],
  first: number,
  after: Position | undefined,
): Promise<void> {
  for (const [offset, { position }] of kept.slice(first).entries()) {
    const before = kept[first + offset - 1]?.position ?? after;
    try {
      for await (const _ of eventsAfter(log, before, 1)) break;
    } catch (error) {
      if (codeOf(error) !== undefined) throw error;
      throw diverged('EVENT_ALTERED', position, 'it cannot be read any more');
    }
  }
}

function compareEvent(store: EventStore, event: StoredEvent, { leaf, position }: LedgerLeaf): void {
  const order = store.comparePositions(event.position, position);
  if (order < 0)
    throw diverged('EVENT_ADDED', event.position, 'it has no leaf, and stands before events that have one');
  if (order > 0) throw diverged('EVENT_MISSING', position, 'it has a leaf, and is not in the log any more');
  if (Buffer.compare(leafOf(event), leaf) !== 0) {
    throw diverged('EVENT_ALTERED', position, 'it is not what was recorded there');
  }
}

/** Names the event at a position. */
export function diverged(what: Divergence, position: Position, why: string): LedgerDiverged {
  return new LedgerDiverged(what, `The event at position ${position} of the store: ${why}.`, {
    from: position,
    to: position,
  });
}

function assertIncluded(tree: LedgerTree, index: number, kept: LedgerLeaf | undefined, signed: Checkpoint): void {
  if (kept === undefined) return;
  const { size, root } = signed;
  const hashes = inclusionProof(tree, index, size);
  if (verifyInclusion({ index, size, leafHash: hashLeaf(kept.leaf), hashes, root })) return;
  const first = index - (index % CHECKED_LEAVES);
  const last = Math.min(first + CHECKED_LEAVES, tree.size()) - 1;
  const place = { from: tree.positionOf(first), to: tree.positionOf(last) };
  throw new LedgerDiverged(
    'TREE_ALTERED',
    `The leaves of the events from position ${place.from} to ${place.to} of the store do not lead to the signed root.`,
    place,
  );
}
