import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionResult } from 'graphql';
import { openEventStoreDb } from '../../src/event-store/eventstoredb/open-event-store-db';
import { keyEncryptionKeyFiles } from '../../src/vault/key-encryption-keys';
import { openSqliteVault } from '../../src/vault/sqlite/sqlite-vault';
import type { Vault } from '../../src/vault/vault';
import { openTestApi, type TestApi } from '../support/api-harness';
import { openEventStoreDbDouble } from '../support/eventstoredb-double';
import { type Person, peopleOf } from '../support/people-over-api';
import { openOffice } from '../support/policy-over-api';
import { vaultBeside } from '../support/real-store-vault';

const url = process.env.EVENTSTORE_URL;
/** Ahead of the store's clock, so that a command's time is the test's. */
const NOW = new Date(Date.now() + 60_000).toISOString();

/** A server, and the one vault of its log. */
interface Installation {
  readonly url: string;
  openVault(): Promise<Vault>;
  close(): Promise<void>;
}

async function openNode({ url, openVault }: Installation): Promise<TestApi> {
  return openTestApi(NOW, { store: await openEventStoreDb({ url }), vault: await openVault() });
}

async function loginOn(api: TestApi, { token }: Person) {
  const feed = await api.watch('subscription { policyNotices { id kind } }', { as: token });
  if (!(Symbol.asyncIterator in feed)) throw new Error(`Not opened: ${feed.codes.join()}`);
  return feed;
}

function twoNodes(store: string, install: () => Promise<Installation>): void {
  test(`one login on two nodes of ${store} at once is told on both and recorded once`, async () => {
    const installation = await install();
    const one = await openNode(installation);
    const other = await openNode(installation);
    const feeds: AsyncIterableIterator<ExecutionResult>[] = [];
    try {
      const office = await openOffice(one, `two-nodes-${Date.now()}`);
      const people = peopleOf(one, office);
      const policy = await office.createPolicy('privacy');
      const kari = await people.register('kari');
      const { position } = await people.publish(policy, { text: 'Versjon en.' });
      await other.get('{ caller { actor } }', { atLeast: position });

      feeds.push(...(await Promise.all([loginOn(one, kari), loginOn(other, kari)])));
      const told = await Promise.all(feeds.map((feed) => feed.next()));
      expect(new Set(told.map(({ value }) => value.data.policyNotices.id)).size).toBe(1);
      for (const feed of feeds) await feed.next();
      for (const feed of feeds) feed.next().catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, 100));
      await Promise.all([one, other].map((api) => api.services.notifications.settled()));

      const withdrawn = await people.withdraw(kari, policy, ['newsletter']);
      const answer = await other.get(`{ subject(id: "${kari.id}") { facts { nodes { type } } } }`, {
        as: office.officer,
        atLeast: withdrawn.at('position'),
      });
      const types = answer.at('subject.facts.nodes') as { type: string }[];
      expect(types.map(({ type }) => type).sort()).toEqual(['ConsentWithdrawn', 'NoticeNotified', 'SubjectRegistered']);
    } finally {
      for (const feed of feeds) await feed.return?.();
      await one.close();
      await other.close();
      await installation.close();
    }
  }, 60_000);
}

twoNodes('the protocol double', async () => {
  const double = await openEventStoreDbDouble();
  const directory = mkdtempSync(join(tmpdir(), 'samtykke-two-nodes-'));
  const keys = keyEncryptionKeyFiles(directory, () => undefined);
  return {
    url: double.url,
    openVault: () => openSqliteVault({ path: join(directory, 'vault.db'), keys }),
    close: async () => {
      await double.close();
      rmSync(directory, { recursive: true });
    },
  };
});

if (url === undefined) {
  process.stderr.write('SKIPPED: two nodes on a real EventStoreDB. To run them: EVENTSTORE_URL=… npx jest two-nodes\n');
  test.skip('one login on two nodes of a real EventStoreDB (EVENTSTORE_URL is not set)', () => undefined);
} else {
  twoNodes('a real EventStoreDB', async () => ({
    url,
    openVault: () => vaultBeside(url),
    close: async () => undefined,
  }));
}
