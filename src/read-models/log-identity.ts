import type { EventStore, StoredEvent } from '../event-store/event-store';
import type { Checkpoint } from './projection-tables';

/**
 * The read models were made from another log, or from a longer one than there is now: a restored copy, another
 * installation's. Answers would mix two histories, so the node stops. A rebuild makes them anew from the log at hand.
 */
export class LogNotContinued extends Error {
  override readonly name = 'LogNotContinued';
  constructor(
    readonly code: 'LOG_OF_ANOTHER_STORE' | 'LOG_SHORTER_THAN_APPLIED',
    message: string,
  ) {
    super(message);
  }
}

/**
 * Makes sure that the log goes on from a checkpoint: that it begins with the same event, reaches as far, and has the
 * last applied event where it stood.
 * @throws LogNotContinued StoreUnavailable
 */
export async function assertContinues(
  store: EventStore,
  prefixes: readonly string[],
  { position, previous, eventId, origin }: Checkpoint,
): Promise<void> {
  if (position === undefined) return;
  const anotherLog = () =>
    new LogNotContinued('LOG_OF_ANOTHER_STORE', 'The read models were made from another log. Rebuild them.');
  if (!store.isPosition(position)) throw anotherLog();
  const head = await store.head(prefixes);
  const first = await firstOf(store.readAll({ prefixes, limit: 1 }));
  if (first && first.id !== origin) throw anotherLog();
  if (head === undefined || store.comparePositions(head, position) < 0) {
    throw new LogNotContinued(
      'LOG_SHORTER_THAN_APPLIED',
      'The log ends before the last event that was applied: it was restored from an older copy. Rebuild the read models.',
    );
  }
  const last = await firstOf(store.readAll({ prefixes, limit: 1, ...(previous !== undefined && { after: previous }) }));
  if (last?.id !== eventId || last?.position !== position) throw anotherLog();
}

async function firstOf(events: AsyncIterable<StoredEvent>): Promise<StoredEvent | undefined> {
  for await (const event of events) return event;
  return undefined;
}
