import { openEventStoreDb } from '../../src/event-store/eventstoredb/open-event-store-db';
import { openEventStoreDbDouble } from '../support/eventstoredb-double';
import { eventStoreContract } from './event-store.contract';

eventStoreContract('EventStoreDB protocol double', async () => {
  const double = await openEventStoreDbDouble();
  const store = await openEventStoreDb({ url: double.url });
  return {
    store,
    close: async () => {
      await store.close();
      await double.close();
    },
  };
});
