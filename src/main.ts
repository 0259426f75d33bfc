#!/usr/bin/env node
import { dirname, join, resolve } from 'node:path';
import pino, { type Logger } from 'pino';
import { parseGrant, ROLES } from './api/auth/caller';
import { openTokenKeys, rotateTokenKey, type TokenKeys } from './api/auth/token-keys';
import {
  actorNamed,
  issueToken,
  MAX_TOKEN_LIFE_MS,
  parseTokenLife,
  type TokenRequest,
  TokenRequestInvalid,
} from './api/auth/tokens';
import { createServerLog } from './api/server/server-log';
import { createApplication } from './application/application';
import { comparerApart } from './application/comparison/comparer';
import { assertLogNotLost, openLog } from './application/open-log';
import { encodePosition } from './application/position-text';
import {
  CommandRefused,
  type Doors,
  type Node,
  type NodeStatus,
  type Terminal,
  type TokenOrder,
  WrongUsage,
} from './cli/doors';
import { runCli } from './cli/run-cli';
import { safeWords } from './cli/safe-words';
import { backUpInstallation } from './composition/back-up-installation';
import { askForBackup } from './composition/backup-door';
import { changeLedgerKey } from './composition/change-ledger-key';
import { LEAF_PREFIXES, type LogWithTree, openLogWithTree } from './composition/log-with-tree';
import { restoreInstallation } from './composition/restore-installation';
import { type Config, ConfigInvalid, isLoopback, readConfig } from './config';
import { instantAt } from './domain/time';
import { keepHeapSmall } from './engine-memory';
import type { EventStore, Position } from './event-store/event-store';
import { makeBundle } from './evidence/bundle/make-bundle';
import { makeExport } from './evidence/make-export';
import { EVIDENCE_DIRECTORY, openSqlitePreparedFiles } from './evidence/sqlite/sqlite-prepared-files';
import { originOf } from './ledger/checkpoint-stream';
import { guardedBy, type Ledger, openLedger } from './ledger/ledger';
import { exportLedgerKeys, ledgerKeysOf } from './ledger/ledger-keys';
import { httpTimestampAuthority } from './ledger/timestamp-authority';
import { makeDirectory } from './make-directory';
import { READ_PREFIXES } from './read-models/incoming-event';
import { foldPrefix } from './read-models/sqlite/fold-prefix';
import {
  type OpenReadModels,
  type OpenReadModelsOptions,
  openReadModels,
  PROJECTIONS,
  READ_MODEL_FILE,
} from './read-models/sqlite/open-read-models';
import type { Records } from './records/records';
import { RECORDS_FILE } from './records/sqlite/records-database';
import { openSqliteRecords } from './records/sqlite/sqlite-records';
import { type FoldOrder, makeReplay } from './replay/make-replay';
import { openSqliteReplayFile } from './replay/sqlite/sqlite-replay-file';
import { keyEncryptionKeyFiles } from './vault/key-encryption-keys';
import { openSqliteVault } from './vault/sqlite/sqlite-vault';
import type { Vault } from './vault/vault';

/** The composition root: it and `composition/` alone name an adapter. Environment → config → adapters → commands → exit code. */
async function main(): Promise<number> {
  const terminal = processTerminal();
  try {
    const config = readConfig(process.env);
    return await runCli(process.argv.slice(2), doorsOf(config), terminal);
  } catch (error) {
    if (!(error instanceof ConfigInvalid)) throw error;
    terminal.say(error.message);
    return 2;
  }
}

function processTerminal(): Terminal {
  process.stdout.on('error', endWithReader);
  return {
    data: (chunk) => void process.stdout.write(chunk),
    say: (line) => void process.stderr.write(`${safeWords(line)}\n`),
    isTerminal: process.stdout.isTTY && process.stderr.isTTY,
  };
}

/** Whoever reads what is printed may stop, as `head` does: that is no fault. A disk that is full is. */
function endWithReader({ code, message }: NodeJS.ErrnoException): void {
  if (code === 'EPIPE') process.exit(0);
  process.stderr.write(`${message}\n`);
  process.exit(3);
}

/** Stdout is for data. */
function logOnStderr(level: string): Logger {
  return createServerLog(level, pino.destination(2));
}

const SMALL_CACHE_KIB = 8 * 1024;

function doorsOf(config: Config): Doors {
  // A single command says only what is wrong.
  const commandLog = logOnStderr('warn');
  const warn = (message: string) => commandLog.warn(message);
  const tokenKeys = () => openTokenKeys(config.keysDirectory, warn);
  return {
    settings: {
      dataDirectory: config.dataDirectory,
      store: config.eventStore.kind === 'embedded' ? 'sqlite' : 'eventstoredb',
      demo: config.demo,
      loopback: isLoopback(config.host),
    },
    // Mapped pages would count as the memory of a command that is soon over.
    openNode: async ({ mendReadModels = false, small = false } = {}) => {
      if (small) keepHeapSmall();
      const cache = small ? { cacheKib: SMALL_CACHE_KIB } : {};
      const options = { mappedBytes: 0, removeDamaged: mendReadModels, unhurried: small, ...cache };
      return (await openParts(config, commandLog, options)).node;
    },
    serve: async ({ onReady }) => {
      // Loaded only when served: GraphQL would double the start of every other command.
      const { serve }: typeof import('./serve') = require('./serve');
      const log = logOnStderr(config.logLevel);
      const parts = await openParts(config, log);
      const keys = await openTokenKeys(config.keysDirectory, (message) => log.warn(message));
      const files = await openSqlitePreparedFiles(join(config.dataDirectory, EVIDENCE_DIRECTORY));
      await serve({ ...parts, config, log, keys, files, onReady });
    },
    issueToken: async (order) => signedToken(tokenRequestOf(order), await tokenKeys()),
    rotateTokenKey: async () =>
      `Token key ${(await rotateTokenKey(config.keysDirectory)).generation} signs from now on.`,
    rotateVaultKey: () => rotateVaultKey(config, warn),
    rotateLedgerKey: async (oldKeyLost) => {
      const { generation } = await changeLedgerKey(config, oldKeyLost, commandLog);
      const signers = oldKeyLost ? 'it alone, since the one before is lost' : 'it and the one before';
      return `Ledger key ${generation} signs from now on; the next checkpoint is signed by ${signers}.`;
    },
    exportLedgerKeys: async () => exportLedgerKeys(config.keysDirectory),
    backup: async (directory) => {
      const asked = resolve(directory);
      const served = await askForBackup(config.dataDirectory, asked);
      if (served !== undefined) return served;
      const { node } = await openParts(config, commandLog, { mappedBytes: 0 });
      try {
        return await node.backup(asked);
      } finally {
        await node.close();
      }
    },
    restore: async (directory) => {
      for (const each of directoriesOf(config)) makeDirectory(each);
      return restoreInstallation(config, directory);
    },
    deployProjections: async () => {
      if (config.eventStore.kind === 'embedded') {
        throw new CommandRefused('NO_EVENTSTOREDB', 'Projections are deployed to EventStoreDB; set EVENTSTORE_URL.');
      }
      const { deployProjections } = await import('./event-store/eventstoredb/deploy-projections.js');
      return deployProjections(config.eventStore.connectionString, join(__dirname, '../../projections/eventstore'));
    },
  };
}

async function signedToken(request: TokenRequest, keys: TokenKeys): Promise<string> {
  try {
    return (await issueToken(request, keys, Date.now())).token;
  } catch (error) {
    if (error instanceof TokenRequestInvalid) throw new WrongUsage('TOKEN_REQUEST_INVALID', error.message);
    throw error;
  }
}

const BAD_ROLE = `--role is one of ${ROLES.join(', ')}; all but operator hold in the slug after --organisation.`;
const BAD_DURATION = `--for takes a duration such as 30m, 1h or 7d, of at most ${MAX_TOKEN_LIFE_MS / 86_400_000} days.`;

function tokenRequestOf({ role, organisation, actor, subject, life }: TokenOrder) {
  const grant = parseGrant(organisation === undefined ? role : `${role}@${organisation}`);
  const expiresIn = parseTokenLife(life);
  if (grant === undefined) throw new WrongUsage('BAD_ROLE', BAD_ROLE);
  if (expiresIn === undefined) throw new WrongUsage('BAD_DURATION', BAD_DURATION);
  return {
    roles: [grant],
    expiresIn,
    ...(actor !== undefined && { actor }),
    ...(subject !== undefined && { subject }),
  };
}

/** An opened installation with the parts that a server needs beside it. */
export interface Parts {
  readonly node: Node;
  readonly store: EventStore;
  readonly models: OpenReadModels;
  readonly records: Records;
  readonly ledger: Ledger;
}

async function openParts(
  config: Config,
  log: Logger,
  options: Pick<OpenReadModelsOptions, 'mappedBytes' | 'cacheKib' | 'removeDamaged' | 'unhurried'> = {},
): Promise<Parts> {
  const warn = (message: string) => log.warn(message);
  for (const directory of directoriesOf(config)) makeDirectory(directory);
  const opened = await openLogWithTree(config, log);
  const { store } = opened;
  const toClose = [opened.close];
  try {
    const keys = keyEncryptionKeyFiles(config.keysDirectory, warn);
    const vault = await openSqliteVault({ path: config.vaultFile, keys });
    toClose.push(vault.close);
    const records = await openSqliteRecords(join(config.dataDirectory, RECORDS_FILE));
    toClose.push(records.close);
    const models = openReadModels({
      ...options,
      file: join(config.dataDirectory, READ_MODEL_FILE),
      store,
      nowMs: Date.now,
      log: (level, message, details) => log[level](details, message),
    });
    toClose.push(models.close);
    await assertLogNotLost(store, vault);
    const logId = await openLog(store, vault.id, instantAt(Date.now()));
    models.runner.start();
    // A command's time is never before the log's own clock, whichever node's clock is behind (rule S4).
    const now = () => instantAt(Math.max(Date.now(), models.readModels.applied().clockMs));
    const [ledger] = await Promise.all([openNodeLedger(opened, logId, config, log), catchUp(store, models)]);
    const guarded = guardedBy(store, ledger);
    const app = createApplication({ store: guarded, vault, records, logId, now, comparer: comparerApart() });
    const node = nodeOf(app, { store, closeLog: opened.close, vault, records, models, ledger, config });
    return { node, store, models, records, ledger };
  } catch (error) {
    // What follows the log would keep the process alive.
    for (const close of toClose.reverse()) await close();
    throw error;
  }
}

/** What is wrong with the log does not keep the node from being opened: it is read on, and nothing more is written. */
function openNodeLedger({ store, tree, inStep }: LogWithTree, logId: string, config: Config, log: Logger) {
  return openLedger({
    store,
    tree,
    inStep,
    logId,
    prefixes: LEAF_PREFIXES,
    keysDirectory: config.keysDirectory,
    nowMs: Date.now,
    log: (level, message, details) => log[level](details, message),
    authority: config.timestampUrl === undefined ? undefined : httpTimestampAuthority(config.timestampUrl),
  });
}

/** Where files are made; made before any adapter looks for them. */
function directoriesOf({ dataDirectory, vaultFile, keysDirectory }: Config): readonly string[] {
  return [dataDirectory, dirname(vaultFile), keysDirectory];
}

/** How long a command waits for the read models before it goes on with what they have. */
const CATCH_UP_MS = 600_000;

async function catchUp(store: EventStore, { runner }: OpenReadModels): Promise<void> {
  const head = await store.head(READ_PREFIXES);
  if (head !== undefined) await runner.waitFor(head, CATCH_UP_MS);
}

function nodeOf(
  app: Node['app'],
  parts: Omit<Parts, 'node'> & {
    readonly closeLog: () => Promise<void>;
    readonly vault: Vault;
    readonly config: Config;
  },
): Node {
  const { store, vault, records, models, ledger, config } = parts;
  const { readModels, runner } = models;
  return {
    app,
    readModels,
    ledger,
    actorOf: (name) => vault.actorOf(actorNamed(name)),
    applied: async (position) => {
      if (!(await runner.waitFor(position, CATCH_UP_MS))) {
        throw new CommandRefused('READ_MODELS_STOPPED', 'It is recorded, but the read models do not follow the log.');
      }
    },
    status: () => statusOf(app, models, ledger, config),
    readModelNames: PROJECTIONS.map(({ name }) => name),
    rebuild: async (names) => {
      await runner.rebuild(names);
      return readModels.applied().n;
    },
    rebuildTree: () => rebuildTree(ledger),
    backup: (directory) => backUpInstallation(store, vault, directory),
    replay: (order) => {
      const fold = (folded: FoldOrder) => foldPrefix({ ...folded, store });
      return makeReplay({ app, readModels, nowMs: Date.now, fold, openFile: openSqliteReplayFile }, order);
    },
    bundle: (order) => {
      if (config.eventStore.kind !== 'embedded') ledger.start();
      const signers = () => ledgerKeysOf(config.keysDirectory, originOf(app.logId));
      const applied = async (position: Position) => void (await runner.waitFor(position, CATCH_UP_MS));
      return makeBundle({ app, readModels, ledger, signers, nowMs: Date.now, applied }, order);
    },
    export: (order) => {
      const applied = async (position: Position) => void (await runner.waitFor(position, CATCH_UP_MS));
      return makeExport({ app, readModels, nowMs: Date.now, applied }, order);
    },
    close: async () => {
      await app.comparer.close();
      await models.close();
      await ledger.close();
      await parts.closeLog();
      await records.close();
      await vault.close();
    },
  };
}

/**
 * Makes the tree anew. Only where it is the tree that was damaged: what was kept of the leaves is the evidence of what
 * was done to the log.
 */
async function rebuildTree(ledger: Ledger): Promise<number> {
  const { phase, divergence } = ledger.state();
  if (phase === 'DIVERGED' && divergence !== 'TREE_ALTERED') ledger.assertSound();
  await ledger.rebuild();
  ledger.assertSound();
  return ledger.tree.size();
}

async function statusOf(
  { logId, store }: Node['app'],
  { readModels, runner }: OpenReadModels,
  ledger: Ledger,
  { eventStore }: Config,
): Promise<NodeStatus> {
  const [head, lag] = await Promise.all([store.head(READ_PREFIXES), runner.lag()]);
  const prefix = readModels.applied();
  const state = runner.state();
  return {
    store: eventStore.kind === 'embedded' ? 'sqlite' : 'eventstoredb',
    logId,
    head: encodePosition(logId, head ?? prefix.position),
    applied: encodePosition(logId, prefix.position),
    recordedAt: instantAt(prefix.clockMs),
    lagMs: Math.round(lag.ms),
    lagEvents: lag.events,
    readModels: { state: state.phase, reason: 'reason' in state ? state.reason : undefined },
    ledger: ledgerStatusOf(ledger),
    ...readModels.counts(prefix),
  };
}

function ledgerStatusOf(ledger: Ledger): NodeStatus['ledger'] {
  const { phase, reason, size, signed, scrub } = ledger.state();
  const wholeAt = scrub.wholeAt === undefined ? undefined : instantAt(scrub.wholeAt);
  return { state: phase, reason, leaves: size, signed, scrubbed: scrub.leaves, scrubbedWholeAt: wholeAt };
}

async function rotateVaultKey(config: Config, warn: (message: string) => void): Promise<string> {
  for (const directory of directoriesOf(config)) makeDirectory(directory);
  const vault = await openSqliteVault({
    path: config.vaultFile,
    keys: keyEncryptionKeyFiles(config.keysDirectory, warn),
  });
  try {
    const epoch = await vault.beginEpoch();
    for (let left = 1; left > 0; ) left = await vault.rewrap();
    return `Epoch ${epoch} wraps every key of the vault. Older key files are needed for older backups only.`;
  } finally {
    await vault.close();
  }
}

main().then(
  (exitCode) => {
    process.exitCode = exitCode;
  },
  (fault: unknown) => {
    process.stderr.write(`${fault instanceof Error ? (fault.stack ?? fault.message) : String(fault)}\n`);
    process.exitCode = 1;
  },
);
