import { openEventStoreDb } from '../../src/event-store/eventstoredb/open-event-store-db';
import { openTestApi } from '../support/api-harness';
import { type EventStoreDbDouble, openEventStoreDbDouble } from '../support/eventstoredb-double';
import { vaultBeside } from '../support/real-store-vault';
import { peopleScenarios } from './people-scenarios.contract';

const url = process.env.EVENTSTORE_URL;

peopleScenarios('the embedded store', (now) => openTestApi(now));

describe('the protocol double', () => {
  let double: EventStoreDbDouble;
  beforeEach(async () => {
    double = await openEventStoreDbDouble();
  });
  afterEach(() => double.close());

  peopleScenarios('the protocol double', async (now) =>
    openTestApi(now, { store: await openEventStoreDb({ url: double.url }) }),
  );
});

if (url === undefined) {
  process.stderr.write(
    'SKIPPED: people’s scenarios on a real EventStoreDB. To run them: EVENTSTORE_URL=… npx jest people-scenarios\n',
  );
  test.skip('people’s scenarios on a real EventStoreDB (EVENTSTORE_URL is not set)', () => undefined);
} else {
  peopleScenarios('a real EventStoreDB', async (now) =>
    openTestApi(now, { store: await openEventStoreDb({ url }), vault: await vaultBeside(url) }),
  );
}
