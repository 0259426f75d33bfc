import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteEventStore } from '../../src/event-store/sqlite/sqlite-event-store';
import type { LedgerTree } from '../../src/ledger/ledger-tree';
import { openLedgerTables } from '../../src/ledger/sqlite/ledger-tables';
import { ledgerContract } from './ledger.contract';

ledgerContract('SQLite', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'samtykke-ledger-'));
  return {
    isShared: false,
    open: async (_, prefixes) => {
      let tree: LedgerTree | undefined;
      const store = openSqliteEventStore({
        directory,
        clock: Date.now,
        sink: (door) => {
          const tables = openLedgerTables(door, prefixes);
          tree = tables.tree;
          return tables.sink;
        },
      });
      if (tree === undefined) throw new Error('The store asked for no sink.');
      return { store, tree, inStep: true, close: store.close };
    },
    close: async () => rmSync(directory, { recursive: true }),
  };
});
