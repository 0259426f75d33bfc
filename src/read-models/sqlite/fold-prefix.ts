import type { EventStore } from '../../event-store/event-store';
import { incomingEvent, listedCategories, READ_PREFIXES } from '../incoming-event';
import type { IncomingEvent } from '../projection-tables';
import type { Prefix, ReadModels } from '../read-models';
import { RebuildFailed } from '../rebuild-tables';
import { PROJECTIONS, readModelsOver } from './open-read-models';
import { openReadModelDatabase } from './read-model-database';
import { readModelStorage } from './read-model-storage';

export interface FoldPrefix {
  /** A file that is not there yet, or `:memory:`. It is of use as long as this process lives. */
  readonly file: string;
  readonly store: EventStore;
  readonly prefix: Pick<Prefix, 'n' | 'position'>;
  /** Told how many events have been folded. */
  readonly onFolded?: (events: number) => void;
  readonly signal?: AbortSignal;
}

export interface FoldedPrefix {
  /** They know the prefix and nothing after it. */
  readonly readModels: ReadModels;
  close(): void;
}

const FOLDED_AT_ONCE = 1_000;

/**
 * Folds the first events of a log into tables of their own, apart from those of the node.
 * @throws RebuildFailed the log read anew does not end where the prefix does, or cannot be folded by this release
 * @throws UnreadableEvent StoreUnavailable
 */
export async function foldPrefix({ file, store, prefix, onFolded, signal }: FoldPrefix): Promise<FoldedPrefix> {
  const database = openReadModelDatabase(file, 0);
  try {
    database.pragma('synchronous = OFF');
    const tables = readModelStorage(database, PROJECTIONS, READ_PREFIXES).live();
    const listed = listedCategories(PROJECTIONS);
    const apply = (batch: readonly IncomingEvent[]) => {
      const { applied, failure } = tables.apply(batch);
      if (applied < batch.length) {
        const reason = failure instanceof Error ? failure.message : 'unknown';
        throw new RebuildFailed(`Event ${tables.checkpoint().n + 1} cannot be applied: ${reason}`);
      }
      onFolded?.(tables.checkpoint().n);
      signal?.throwIfAborted();
    };
    let batch: IncomingEvent[] = [];
    if (prefix.n > 0) {
      for await (const event of store.readAll({ prefixes: READ_PREFIXES, limit: prefix.n })) {
        batch.push(incomingEvent(event, listed));
        if (batch.length < FOLDED_AT_ONCE) continue;
        apply(batch);
        batch = [];
      }
    }
    if (batch.length > 0) apply(batch);
    const { n, position } = tables.checkpoint();
    if (n !== prefix.n || (n > 0 && position !== prefix.position)) {
      throw new RebuildFailed('The log read anew is not the one that the read models were made from.');
    }
    tables.finish();
    return { readModels: readModelsOver(database, store, () => tables.checkpoint()), close: () => database.close() };
  } catch (error) {
    database.close();
    throw error;
  }
}
