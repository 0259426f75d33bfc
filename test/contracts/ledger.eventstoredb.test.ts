import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEventStoreDb } from '../../src/event-store/eventstoredb/open-event-store-db';
import { openLedgerFile } from '../../src/ledger/sqlite/ledger-file';
import { openEventStoreDbDouble } from '../support/eventstoredb-double';
import { type LedgerLogUnderTest, ledgerContract } from './ledger.contract';

/** A server that several nodes share, each with its tree in a file of its own. */
function logOn(url: string, stop: () => Promise<void>): LedgerLogUnderTest {
  const directory = mkdtempSync(join(tmpdir(), 'samtykke-ledger-'));
  return {
    isShared: true,
    open: async (node, prefixes) => {
      const store = await openEventStoreDb({ url });
      const { tree, close } = openLedgerFile(join(directory, `${node}.db`), prefixes);
      return {
        store,
        tree,
        inStep: false,
        close: async () => {
          await store.close();
          close();
        },
      };
    },
    close: async () => {
      await stop();
      rmSync(directory, { recursive: true });
    },
  };
}

ledgerContract('the protocol double of EventStoreDB', async () => {
  const double = await openEventStoreDbDouble();
  return logOn(double.url, double.close);
});

const url = process.env.EVENTSTORE_URL;
if (url === undefined) {
  process.stderr.write(
    'SKIPPED: the ledger on a real EventStoreDB. To run it: EVENTSTORE_URL=esdb://127.0.0.1:2113?tls=false npx jest ledger\n',
  );
  test.skip('ledger: a real EventStoreDB (EVENTSTORE_URL is not set)', () => undefined);
} else {
  ledgerContract('a real EventStoreDB', async () => logOn(url, async () => undefined));
}
