import type { StoredEvent } from '../event-store/event-store';
import { behindTree, type CheckedLog, positionBefore } from './check-leaves';

/** Most leaves added in one transaction: it bounds how long the event loop stands still. */
const MAX_BATCH_EVENTS = 500;

/**
 * Adds the leaves of events that the log has and the tree has not yet. Answers how many there were.
 * @throws StoreUnavailable
 */
export async function addMissingLeaves(log: CheckedLog): Promise<number> {
  const before = log.tree.size();
  // Each time that another process came first, the tree has grown by what that one wrote.
  while (!(await behindTree(log, () => addedToTheEnd(log)))) {}
  return log.tree.size() - before;
}

/** False when another process adds leaves to the same tree, so that these begin at the wrong place. */
async function addedToTheEnd(log: CheckedLog): Promise<boolean> {
  const { store, tree, prefixes } = log;
  let seen = tree.size();
  let batch: StoredEvent[] = [];
  const flush = (): boolean => {
    const extended = tree.extend(batch, seen);
    seen += batch.length;
    batch = [];
    return extended;
  };
  for await (const event of store.readAll({ prefixes, ...lastLeaf(log) })) {
    batch.push(event);
    if (batch.length === MAX_BATCH_EVENTS && !flush()) return false;
  }
  return batch.length === 0 || flush();
}

function lastLeaf(log: CheckedLog) {
  const after = positionBefore(log, log.tree.size());
  return after === undefined ? {} : { after };
}

/**
 * Follows a log that keeps no tree itself, and adds a leaf for each event in log order, until the signal aborts or
 * another process that follows the same log into the same file came first.
 *
 * @param grown called after leaves were added
 * @param caughtUp called each time everything that was in the log has its leaf
 * @throws StoreUnavailable and whatever a subscription ends with
 */
export async function followLog(
  log: CheckedLog,
  signal: AbortSignal,
  grown: () => void,
  caughtUp: () => Promise<void>,
): Promise<void> {
  const { store, tree, prefixes } = log;
  const session = new AbortController();
  const end = () => session.abort();
  signal.addEventListener('abort', end, { once: true });
  let batch: StoredEvent[] = [];
  let scheduled: NodeJS.Immediate | undefined;
  let seen = tree.size();
  let failure: unknown;

  /** False when the tree is not where this left it. */
  const flush = (): boolean => {
    clearImmediate(scheduled);
    scheduled = undefined;
    if (batch.length === 0) return true;
    const extended = tree.extend(batch, seen);
    batch = [];
    seen = tree.size();
    if (extended) grown();
    return extended;
  };
  const flushLater = () => {
    try {
      if (!flush()) end();
    } catch (error) {
      failure = error;
      end();
    }
  };
  try {
    if (signal.aborted) return;
    for await (const item of store.subscribe({ prefixes, signal: session.signal, ...lastLeaf(log) })) {
      if (item.kind === 'caught-up') {
        if (!flush()) return;
        await caughtUp();
      } else {
        batch.push(item.event);
        if (batch.length < MAX_BATCH_EVENTS) scheduled ??= setImmediate(flushLater);
        else if (!flush()) return;
      }
    }
    if (failure !== undefined) throw failure;
  } finally {
    clearImmediate(scheduled);
    signal.removeEventListener('abort', end);
    end();
  }
}
