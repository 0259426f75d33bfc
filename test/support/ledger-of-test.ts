import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EventStore } from '../../src/event-store/event-store';
import { openSqliteEventStore } from '../../src/event-store/sqlite/sqlite-event-store';
import { type Ledger, type LedgerPace, openLedger } from '../../src/ledger/ledger';
import type { LedgerTree } from '../../src/ledger/ledger-tree';
import { openLedgerFile } from '../../src/ledger/sqlite/ledger-file';
import { openTreeInLog } from '../../src/ledger/sqlite/tree-in-log';
import { READ_PREFIXES } from '../../src/read-models/incoming-event';

export interface StoreWithTree {
  readonly store: EventStore;
  readonly tree: LedgerTree;
  readonly inStep: boolean;
  close(): Promise<void>;
}

/** A SQLite log with the tree in its own transactions, as a node has it: in memory, or in a directory. */
export function storeWithTree(clock: () => number, directory?: string): StoreWithTree {
  const { store, tree } = openTreeInLog(READ_PREFIXES, (sink) => openSqliteEventStore({ clock, directory, sink }));
  return { store, tree, inStep: true, close: store.close };
}

/** A store that keeps no tree, with one in memory beside it. */
export function storeBesideTree(store: EventStore): StoreWithTree {
  const { tree, close } = openLedgerFile(':memory:', READ_PREFIXES);
  return {
    store,
    tree,
    inStep: false,
    close: async () => {
      await store.close();
      close();
    },
  };
}

/** The ledger over a log, with keys in a directory of the test's own. Nothing happens by itself until it is started. */
export async function ledgerOfTest(
  { store, tree, inStep }: StoreWithTree,
  logId: string,
  nowMs: () => number,
  pace: Partial<LedgerPace> = {},
  keysDirectory?: string,
): Promise<Ledger> {
  const own = keysDirectory ?? mkdtempSync(join(tmpdir(), 'samtykke-ledger-keys-'));
  const ledger = await openLedger({
    store,
    tree,
    inStep,
    logId,
    prefixes: READ_PREFIXES,
    keysDirectory: own,
    nowMs,
    log: () => undefined,
    pace,
  });
  return {
    ...ledger,
    close: async () => {
      await ledger.close();
      if (keysDirectory === undefined) rmSync(own, { recursive: true });
    },
  };
}
