import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createApplication } from '../src/application/application';
import { openLog } from '../src/application/open-log';
import { registerOrganisation } from '../src/application/organisations';
import { createPolicy } from '../src/application/policies';
import { instantAt } from '../src/domain/time';
import { openSqliteEventStore } from '../src/event-store/sqlite/sqlite-event-store';
import { openLedgerTables } from '../src/ledger/sqlite/ledger-tables';
import { READ_PREFIXES } from '../src/read-models/incoming-event';
import { keyEncryptionKeysInMemory } from '../src/vault/key-encryption-keys';
import { openSqliteVault } from '../src/vault/sqlite/sqlite-vault';

const WRITERS = 64;
const COMMANDS = 6_400;
const WARM_UP = 640;

/**
 * Processor time of one command as users give it, in microseconds: loaded, decided, appended with its expectation, by
 * so many writers at once. It is among the smallest that there are: no person's key is used, and nothing is read before.
 */
export async function costOfCommand(directory: string, withLedger: boolean): Promise<number> {
  const log = mkdtempSync(join(directory, 'commands-'));
  const sink = withLedger ? { sink: (door: Door) => openLedgerTables(door, READ_PREFIXES).sink } : {};
  const store = openSqliteEventStore({ directory: log, clock: Date.now, ...sink });
  const vault = await openSqliteVault({ path: ':memory:', keys: keyEncryptionKeysInMemory() });
  const logId = await openLog(store, vault.id, instantAt(Date.now()));
  const app = createApplication({ store, vault, logId, now: () => instantAt(Date.now()) });
  const request = { actor: '00000000-0000-4000-8000-000000000000', correlationId: 'bench' };
  const rules = { timeZone: 'Europe/Oslo', defaultLocale: 'nb', approvalRequired: false };
  const { id } = await registerOrganisation(app, request, { slug: 'bench', name: 'Bench AS', ...rules });
  const policy = { organisationId: id, kind: 'PRIVACY_NOTICE', title: 'Personvern' } as const;
  const give = (from: number, to: number) =>
    Promise.all(
      Array.from({ length: WRITERS }, async (_, writer) => {
        for (let turn = from; turn < to; turn += 1) {
          await createPolicy(app, request, { ...policy, slug: `policy-${writer}-${turn}` });
        }
      }),
    );
  await give(0, WARM_UP / WRITERS);
  const before = process.cpuUsage();
  await give(WARM_UP / WRITERS, (WARM_UP + COMMANDS) / WRITERS);
  const { user, system } = process.cpuUsage(before);
  await app.comparer.close();
  await store.close();
  await vault.close();
  rmSync(log, { recursive: true });
  return (user + system) / COMMANDS;
}

type Door = Parameters<typeof openLedgerTables>[0];
