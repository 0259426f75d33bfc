import { openEventStoreDb } from '../../src/event-store/eventstoredb/open-event-store-db';
import { eventStoreContract } from './event-store.contract';

const url = process.env.EVENTSTORE_URL;

if (url === undefined) {
  process.stderr.write(
    'SKIPPED: the event store contract on a real EventStoreDB. To run it: docker compose up -d eventstoredb && ' +
      'EVENTSTORE_URL=esdb://127.0.0.1:2113?tls=false npx jest contract\n',
  );
  test.skip('event store: EventStoreDB (EVENTSTORE_URL is not set)', () => undefined);
} else {
  eventStoreContract('EventStoreDB', async () => {
    const store = await openEventStoreDb({ url });
    return { store, close: () => store.close() };
  });
}
