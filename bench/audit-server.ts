/** A node over ten years of an organisation's people, in a process of its own, asked by its officer. */
import 'reflect-metadata';
import { join } from 'node:path';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { openTokenKeys } from '../src/api/auth/token-keys';
import { createApiContext } from '../src/api/context';
import { openApi } from '../src/api/open-api';
import { createPolicyPages } from '../src/api/pages/find-policy-page';
import { buildApiSchema } from '../src/api/schema';
import { createServerLog } from '../src/api/server/server-log';
import { startServer } from '../src/api/server/start-server';
import { createApplication } from '../src/application/application';
import { openLog } from '../src/application/open-log';
import { instantAt } from '../src/domain/time';
import { openSqliteEventStore } from '../src/event-store/sqlite/sqlite-event-store';
import { READ_PREFIXES } from '../src/read-models/incoming-event';
import { openReadModels } from '../src/read-models/sqlite/open-read-models';
import { openSqliteRecords } from '../src/records/sqlite/sqlite-records';
import { keyEncryptionKeysInMemory } from '../src/vault/key-encryption-keys';
import { openSqliteVault } from '../src/vault/sqlite/sqlite-vault';
import { auditedLog, SLUG } from './audited-people';
import { idleLedger } from './bench-ledger';
import { obey } from './child-server';

export interface AuditOrder {
  readonly directory: string;
  readonly people: number;
  readonly factsEach: number;
}

export interface AuditedNode {
  readonly address: string;
  readonly policy: string;
  readonly startMs: number;
  readonly endMs: number;
}

const LATE_PERCENT = 10;
const CATCH_UP_MS = 3_600_000;
/** Appends that wait for the disk together. */
const AT_ONCE = 1_000;

if (require.main === module) obey(serve);

async function serve({ directory, people, factsEach }: AuditOrder): Promise<AuditedNode> {
  const log = auditedLog({ people, facts: people * factsEach, latePercent: LATE_PERCENT });
  let nowMs = log.startMs;
  const store = openSqliteEventStore({ directory, clock: () => nowMs });
  const vault = await openSqliteVault({ path: ':memory:', keys: keyEncryptionKeysInMemory() });
  const logId = await openLog(store, vault.id, instantAt(nowMs));
  let waiting: Promise<unknown>[] = [];
  for (const { id, recordedAt, stream, version, type, data, metadata } of log.stored()) {
    nowMs = recordedAt;
    waiting.push(store.append(stream, [{ id, type, data, metadata }], version - 1));
    if (waiting.length < AT_ONCE) continue;
    await Promise.all(waiting);
    waiting = [];
  }
  await Promise.all(waiting);
  const { readModels, runner } = openReadModels({ file: join(directory, 'read-model.db'), store, nowMs: () => nowMs });
  runner.start();
  const head = await store.head(READ_PREFIXES);
  if (head !== undefined) await runner.waitFor(head, CATCH_UP_MS);

  const app = createApplication({ store, vault, logId, now: () => instantAt(nowMs) });
  const records = await openSqliteRecords(':memory:');
  const keys = await openTokenKeys(directory, () => undefined);
  const ledger = await idleLedger(store, logId);
  const node = { app, readModels, ledger, progress: runner, records };
  const { services } = openApi({ ...node, keys, nowMs: () => nowMs, reportFault: console.error });
  const { address } = await startServer({
    host: '127.0.0.1',
    port: 0,
    schema: buildApiSchema(),
    createContext: (request) => createApiContext(services, request),
    authenticate: async () => ({
      kind: 'token',
      issuer: 'bench',
      actorClaim: 'officer',
      roles: [{ role: 'officer', organisation: SLUG }],
      expiresAt: Number.MAX_SAFE_INTEGER,
    }),
    pages: createPolicyPages(services),
    health: async () => [],
    log: createServerLog('info', pino.destination('/dev/null')),
    metrics: new Registry(),
    nowMs: () => nowMs,
    ide: false,
  });
  return { address, policy: log.policy, startMs: log.startMs, endMs: log.endMs };
}
