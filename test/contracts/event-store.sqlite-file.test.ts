import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteEventStore } from '../../src/event-store/sqlite/sqlite-event-store';
import { eventStoreContract } from './event-store.contract';

eventStoreContract('SQLite file', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'samtykke-'));
  const store = openSqliteEventStore({ directory, clock: Date.now });
  return {
    store,
    close: async () => {
      await store.close();
      await rm(directory, { recursive: true });
    },
  };
});
