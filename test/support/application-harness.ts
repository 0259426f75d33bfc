import { randomUUID } from 'node:crypto';
import { type Application, createApplication, type RequestContext } from '../../src/application/application';
import { openLog } from '../../src/application/open-log';
import { type Instant, instantAt, parseInstant } from '../../src/domain/time';
import type { EventStore } from '../../src/event-store/event-store';
import { openSqliteEventStore } from '../../src/event-store/sqlite/sqlite-event-store';
import { keyEncryptionKeysInMemory } from '../../src/vault/key-encryption-keys';
import { openSqliteVault } from '../../src/vault/sqlite/sqlite-vault';

/** An application over a real store and vault in memory, whose clock the test turns. */
export interface TestApplication {
  readonly app: Application;
  readonly clock: { now: Instant };
  /** A request of an actor known by this name. */
  request(actor: string, idempotencyKey?: string): Promise<RequestContext>;
  close(): Promise<void>;
}

export async function openTestApplication(
  store: EventStore = openSqliteEventStore({ clock: Date.now }),
): Promise<TestApplication> {
  const clock = { now: parseInstant('2024-06-15T10:00:00.000Z') };
  const vault = await openSqliteVault({ path: ':memory:', keys: keyEncryptionKeysInMemory() });
  const logId = await openLog(store, vault.id, instantAt(0));
  const app = createApplication({ store, vault, logId, now: () => clock.now });
  return {
    app,
    clock,
    request: async (actor, idempotencyKey) => ({
      actor: await vault.actorOf({ issuer: 'test', claim: actor }),
      correlationId: randomUUID(),
      ...(idempotencyKey !== undefined && { idempotencyKey }),
    }),
    close: async () => {
      await store.close();
      await vault.close();
    },
  };
}
