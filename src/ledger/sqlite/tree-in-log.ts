import type { SinkMaker } from '../../event-store/append-sink';
import type { LedgerTree } from '../ledger-tree';
import { openLedgerTables } from './ledger-tables';

/**
 * Opens a log with the tree over it in the same database, kept in step with it.
 *
 * @param prefixes categories whose events are leaves, as prefixes of stream names
 * @param open opens the store with what it has to keep in step
 */
export function openTreeInLog<Store>(
  prefixes: readonly string[],
  open: (sink: SinkMaker) => Store,
): { readonly store: Store; readonly tree: LedgerTree } {
  let tree: LedgerTree | undefined;
  const store = open((door) => {
    const tables = openLedgerTables(door, prefixes);
    tree = tables.tree;
    return tables.sink;
  });
  if (tree === undefined) throw new Error('The store asked for no sink.');
  return { store, tree };
}
