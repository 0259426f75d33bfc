import { openSqliteEventStore } from '../../src/event-store/sqlite/sqlite-event-store';
import { eventStoreContract } from './event-store.contract';

eventStoreContract('SQLite memory', async () => {
  const store = openSqliteEventStore({ clock: Date.now });
  return { store, close: () => store.close() };
});
