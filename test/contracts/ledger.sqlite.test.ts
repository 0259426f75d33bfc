import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteEventStore } from '../../src/event-store/sqlite/sqlite-event-store';
import { openTreeInLog } from '../../src/ledger/sqlite/tree-in-log';
import { ledgerContract } from './ledger.contract';

ledgerContract('SQLite', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'samtykke-ledger-'));
  return {
    isShared: false,
    open: async (_, prefixes) => {
      const { store, tree } = openTreeInLog(prefixes, (sink) =>
        openSqliteEventStore({ directory, clock: Date.now, sink }),
      );
      return { store, tree, inStep: true, close: store.close };
    },
    close: async () => rmSync(directory, { recursive: true }),
  };
});
