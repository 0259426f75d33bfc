import 'reflect-metadata';
import type { Logger } from 'pino';
import { Registry } from 'prom-client';
import { openSignIn, type SignIn } from './api/auth/sign-in';
import { standingIn } from './api/auth/subject-standing';
import type { TokenKeys } from './api/auth/token-keys';
import { createApiContext } from './api/context';
import { openEvidence } from './api/evidence/open-evidence';
import { openApi } from './api/open-api';
import { createPolicyPages } from './api/pages/find-policy-page';
import { buildApiSchema } from './api/schema';
import { startServer } from './api/server/start-server';
import { createSharedSubscribe } from './api/shared-subscribe';
import type { Node, Running } from './cli/doors';
import { openBackupDoor } from './composition/backup-door';
import type { Config } from './config';
import { giveServerRoom } from './engine-memory';
import type { EventStore } from './event-store/event-store';
import type { PreparedFiles } from './evidence/prepared-files';
import { originOf } from './ledger/checkpoint-stream';
import type { Ledger } from './ledger/ledger';
import { ledgerKeysOf } from './ledger/ledger-keys';
import { healthOf, healthOfLedger } from './node-health';
import { reconcileAtStart, startNodeJobs } from './node-jobs';
import { registerNodeMetrics } from './node-metrics';
import type { ProjectionRunner } from './read-models/projection-runner';
import type { Records } from './records/records';

interface ServeOptions {
  readonly node: Node;
  readonly store: EventStore;
  readonly models: { readonly runner: ProjectionRunner };
  readonly config: Config;
  readonly log: Logger;
  readonly records: Records;
  readonly ledger: Ledger;
  readonly keys: TokenKeys;
  readonly files: PreparedFiles;
  readonly onReady: (running: Running) => Promise<void>;
}

/** Serves an opened node until the process is asked to stop; then drains and closes it. */
export async function serve(options: ServeOptions): Promise<void> {
  const { node, store, models, config, log, records, keys, files, ledger, onReady } = options;
  giveServerRoom();
  const stopped = stopSignal();
  const parts = { app: node.app, readModels: node.readModels, progress: models.runner, records, nowMs: Date.now };
  await reconcile(parts, ledger, log);
  const evidence = await openEvidence({
    ...parts,
    files,
    ledger,
    signers: () => ledgerKeysOf(config.keysDirectory, originOf(node.app.logId)),
    reportFault: (error) => log.error({ err: error }, 'A file could not be prepared'),
  });
  const api = openApi({
    ...parts,
    ledger,
    evidence,
    keys,
    reportFault: ({ error, id: faultId, ...where }) =>
      log.error({ faultId, ...where, err: error }, 'A fault was hidden from a caller'),
  });
  const { services } = api;
  const signIn = signInOf(node, keys, config, log);
  const schema = buildApiSchema();
  const health = async () => [
    ...(await healthOf({ store, runner: models.runner, readModels: node.readModels }, config.readyLagLimitMs)),
    healthOfLedger(ledger),
    ...signIn.health(),
  ];
  const metrics = new Registry();
  registerNodeMetrics(metrics, { health, runner: models.runner, readModels: node.readModels, ledger });
  const server = await startServer({
    host: config.host,
    port: config.port,
    schema,
    subscribe: createSharedSubscribe(schema, services),
    createContext: (request) => createApiContext(services, request),
    authenticate: signIn.authenticate,
    isRevoked: signIn.isRevoked,
    pages: createPolicyPages(services),
    evidence,
    health,
    log,
    metrics,
    nowMs: Date.now,
    ide: config.ide,
    introspection: config.introspection,
    behindProxy: config.trustProxy,
    ...(config.metricsPort !== undefined && { metricsPort: config.metricsPort }),
    corsOrigins: config.corsOrigins,
  });
  ledger.start();
  const jobs = startNodeJobs({ ...parts, evidence, log });
  const backups = await openBackupDoor({ dataDirectory: config.dataDirectory, backup: node.backup, log });
  try {
    await onReady({ node, url: server.address });
    await stopped;
  } finally {
    await backups.close();
    await server.close();
    await jobs.close();
    await api.close();
    await evidence.close();
    await files.close();
    await node.close();
  }
}

/** A log that may not be written on any more is read on; what its erasures still lack is done once it is whole again. */
async function reconcile(parts: Parameters<typeof reconcileAtStart>[0], ledger: Ledger, log: Logger): Promise<void> {
  try {
    await reconcileAtStart(parts);
  } catch (error) {
    const { phase } = ledger.state();
    if (phase !== 'DIVERGED' && phase !== 'KEY_UNKNOWN') throw error;
    log.error({ err: error, ledger: phase }, 'Vault and log could not be made to agree about who is erased.');
  }
}

function signInOf({ app, readModels }: Node, keys: TokenKeys, { openId }: Config, log: Logger): SignIn {
  return openSignIn({
    keys,
    ...(openId && { openId }),
    standingOf: standingIn(readModels),
    findSubject: async (slug, externalId) => {
      const organisation = readModels.organisationBySlug(slug, readModels.applied());
      return organisation && (await app.vault.findSubjects(organisation.id, [externalId]))[0];
    },
    nowMs: Date.now,
    log,
  });
}

function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
  });
}
