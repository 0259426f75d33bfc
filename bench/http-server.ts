/** The servers that `http.ts` measures, each in a process of its own: `samtykke`, or `static`, which sends fixed bytes. */
import 'reflect-metadata';
import { mkdtempSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { ANONYMOUS } from '../src/api/auth/caller';
import { openTokenKeys } from '../src/api/auth/token-keys';
import { createApiContext } from '../src/api/context';
import { openApi } from '../src/api/open-api';
import { createPolicyPages } from '../src/api/pages/find-policy-page';
import { buildApiSchema } from '../src/api/schema';
import { createServerLog } from '../src/api/server/server-log';
import { startServer } from '../src/api/server/start-server';
import { type Application, createApplication } from '../src/application/application';
import { openLog } from '../src/application/open-log';
import { registerOrganisation } from '../src/application/organisations';
import { createPolicy } from '../src/application/policies';
import { importVersion } from '../src/application/policy-versions';
import { addDays, instantAt } from '../src/domain/time';
import { openSqliteEventStore } from '../src/event-store/sqlite/sqlite-event-store';
import { openReadModels } from '../src/read-models/sqlite/open-read-models';
import { openSqliteRecords } from '../src/records/sqlite/sqlite-records';
import { keyEncryptionKeysInMemory } from '../src/vault/key-encryption-keys';
import { openSqliteVault } from '../src/vault/sqlite/sqlite-vault';
import { idleLedger } from './bench-ledger';
import { DAYS_BETWEEN, FIRST_DAY, type Order, type Report, VERSIONS } from './http-orders';

process.on('message', async (order: Order) => {
  if (order.kind === 'stop') process.exit(0);
  if (order.kind === 'cpu') {
    const { user, system } = process.cpuUsage();
    report({ kind: 'cpu', microseconds: user + system });
    return;
  }
  const address = order.answer === undefined ? await serveSamtykke() : await serveStatic(order.answer);
  report({ kind: 'serving', address });
});

function report(message: Report): void {
  process.send?.(message);
}

async function serveStatic(answer: string): Promise<string> {
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => {
      response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' });
      response.end(answer);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function serveSamtykke(): Promise<string> {
  const store = openSqliteEventStore({ clock: Date.now });
  const vault = await openSqliteVault({ path: ':memory:', keys: keyEncryptionKeysInMemory() });
  const logId = await openLog(store, vault.id, instantAt(Date.now()));
  const { readModels, runner } = openReadModels({ file: ':memory:', store, nowMs: Date.now });
  runner.start();
  const app = createApplication({ store, vault, logId, now: () => instantAt(Date.now()) });
  const position = await fill(app);
  await runner.waitFor(position, 60_000);
  const records = await openSqliteRecords(':memory:');
  const keys = await openTokenKeys(mkdtempSync(join(tmpdir(), 'samtykke-bench-')), () => undefined);
  const ledger = await idleLedger(store, logId);
  const node = { app, readModels, ledger, progress: runner, records };
  const parts = { ...node, keys, nowMs: Date.now, reportFault: console.error };
  const { services } = openApi(parts);
  const server = await startServer({
    host: '127.0.0.1',
    port: 0,
    schema: buildApiSchema(),
    createContext: (request) => createApiContext(services, request),
    authenticate: async () => ANONYMOUS,
    pages: createPolicyPages(services),
    health: async () => [],
    log: createServerLog('info', pino.destination('/dev/null')),
    metrics: new Registry(),
    nowMs: Date.now,
    ide: false,
  });
  return server.address;
}

async function fill(app: Application) {
  const request = { actor: '00000000-0000-4000-8000-000000000000', correlationId: 'bench' };
  const rules = { timeZone: 'Europe/Oslo', defaultLocale: 'nb', approvalRequired: false };
  const organisation = await registerOrganisation(app, request, { slug: 'bench', name: 'Bench AS', ...rules });
  const creation = {
    organisationId: organisation.id,
    slug: 'privacy',
    kind: 'PRIVACY_NOTICE',
    title: 'Personvern',
  } as const;
  let { id, position } = await createPolicy(app, request, creation);
  const lists = { reasons: [], summaries: [], audience: [], renewalPurposes: [] };
  for (let index = 0; index < VERSIONS; index += 1) {
    const effectiveOn = addDays(FIRST_DAY, index * DAYS_BETWEEN);
    const text = `Versjon ${index}. ${'Vi behandler navn og e-postadresse for å gi deg en konto. '.repeat(100)}`;
    const version = {
      policyId: id,
      label: `Versjon ${index}`,
      effectiveOn,
      locale: 'nb',
      format: 'PLAIN_TEXT',
      text,
    } as const;
    ({ position } = await importVersion(app, request, { ...version, ...lists }));
  }
  return position;
}
