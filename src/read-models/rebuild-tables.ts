import type { EventStore } from '../event-store/event-store';
import { incomingEvent } from './incoming-event';
import type { IncomingEvent, ProjectionTables, ReadModelStorage } from './projection-tables';

/** The log cannot be folded from the start by this release; the tables that were there stay. */
export class RebuildFailed extends Error {
  override readonly name = 'RebuildFailed';
  readonly code = 'REBUILD_FAILED';
}

export interface Rebuild {
  readonly store: EventStore;
  readonly storage: ReadModelStorage;
  readonly prefixes: readonly string[];
  readonly listed: ReadonlySet<string>;
  /** Of which projections; absent: of all. */
  readonly names?: readonly string[] | undefined;
}

/** Events of one transaction while building. */
const BUILD_BATCH_EVENTS = 1_000;

/**
 * Folds the log from its first event into new tables, up to where the live ones stand, and swaps them in. The live
 * ones may go on meanwhile; the swap happens at an instant when both stand at the same event.
 * @throws RebuildFailed UnreadableEvent StoreUnavailable
 */
export async function rebuildTables(rebuild: Rebuild): Promise<void> {
  const { storage } = rebuild;
  const next = storage.beginRebuild(rebuild.names);
  try {
    while (next.checkpoint().n < storage.live().checkpoint().n) await catchUp(next, rebuild);
    next.finish();
    if (next.checkpoint().eventId !== storage.live().checkpoint().eventId) {
      throw new RebuildFailed('The log read anew is not the one that the read models were made from.');
    }
  } catch (error) {
    next.discard();
    throw error;
  }
  storage.swap();
}

async function catchUp(next: ProjectionTables, { store, storage, prefixes, listed }: Rebuild): Promise<void> {
  const { n, position } = next.checkpoint();
  const limit = storage.live().checkpoint().n - n;
  let batch: IncomingEvent[] = [];
  for await (const event of store.readAll({ prefixes, limit, ...(position !== undefined && { after: position }) })) {
    batch.push(incomingEvent(event, listed));
    if (batch.length < BUILD_BATCH_EVENTS) continue;
    applyWhole(next, batch);
    batch = [];
  }
  applyWhole(next, batch);
  if (next.checkpoint().n === n) throw new RebuildFailed('The log ends before what the read models have applied.');
}

function applyWhole(next: ProjectionTables, batch: readonly IncomingEvent[]): void {
  const { applied, failure } = next.apply(batch);
  if (applied < batch.length) {
    const reason = failure instanceof Error ? failure.message : 'unknown';
    throw new RebuildFailed(`Event ${next.checkpoint().n + 1} cannot be applied: ${reason}`);
  }
}
