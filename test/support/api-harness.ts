import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ExecutionResult, graphql, parse, subscribe } from 'graphql';
import { ANONYMOUS, type Caller, parseGrant } from '../../src/api/auth/caller';
import { type ApiServices, createApiContext, type Fault } from '../../src/api/context';
import { openEvidence } from '../../src/api/evidence/open-evidence';
import { openApi } from '../../src/api/open-api';
import { createApplication } from '../../src/application/application';
import { openLog } from '../../src/application/open-log';
import { instantAt } from '../../src/domain/time';
import type { EventStore } from '../../src/event-store/event-store';
import { openSqlitePreparedFiles } from '../../src/evidence/sqlite/sqlite-prepared-files';
import { guardedBy, type Ledger } from '../../src/ledger/ledger';
import { openReadModels } from '../../src/read-models/sqlite/open-read-models';
import { openSqliteRecords } from '../../src/records/sqlite/sqlite-records';
import { keyEncryptionKeysInMemory } from '../../src/vault/key-encryption-keys';
import { openSqliteVault } from '../../src/vault/sqlite/sqlite-vault';
import type { Vault } from '../../src/vault/vault';
import { borrowSchema } from './borrowed-schema';
import { ledgerOfTest, type StoreWithTree, storeBesideTree, storeWithTree } from './ledger-of-test';
import { tokenKeysInMemory } from './token-keys';

export interface Asked {
  readonly as?: Caller;
  readonly variables?: Readonly<Record<string, unknown>>;
  /** `extensions.atLeast` of the request. */
  readonly atLeast?: unknown;
  /** As a GET would bring it. */
  readonly inAddress?: boolean;
}

/** What came back: values by path, and the codes of the errors. */
export interface Answered {
  readonly data: unknown;
  readonly codes: readonly string[];
  readonly errors: ExecutionResult['errors'];
  /** The value at a path such as `policy.versions.nodes.0.label`; undefined when there is none. */
  at(path: string): unknown;
}

/** A whole node over a real store and vault in memory, without a transport; the test turns its clock. */
export interface TestApi {
  readonly services: ApiServices;
  readonly ledger: Ledger;
  readonly clock: { nowMs: number };
  readonly faults: Fault[];
  /** Where prepared files are. */
  readonly directory: string;
  ask(document: string, asked?: Asked): Promise<Answered>;
  /** As {@link ask}, but fails the test when anything but an answer comes back. */
  get(document: string, asked?: Asked): Promise<Answered>;
  watch(document: string, asked?: Asked): Promise<AsyncIterableIterator<ExecutionResult> | Answered>;
  close(): Promise<void>;
}

/**
 * @param parts a store, or a log with its tree, and a vault of the test's own, which the harness closes; else fresh ones
 *   in memory. `keys`: where the ledger keeps its keys
 */
export async function openTestApi(
  now = '2024-06-15T10:00:00.000Z',
  parts: {
    readonly store?: EventStore;
    readonly vault?: Vault;
    readonly log?: StoreWithTree;
    readonly keys?: string;
  } = {},
): Promise<TestApi> {
  const clock = { nowMs: Date.parse(now) };
  const log = parts.log ?? (parts.store ? storeBesideTree(parts.store) : storeWithTree(() => clock.nowMs));
  const { store } = log;
  const vault = parts.vault ?? (await openSqliteVault({ path: ':memory:', keys: keyEncryptionKeysInMemory() }));
  const logId = await openLog(store, vault.id, instantAt(clock.nowMs));
  const models = openReadModels({ file: ':memory:', store, nowMs: () => clock.nowMs });
  models.runner.start();
  const { readModels } = models;
  const appNow = () => instantAt(Math.max(clock.nowMs, readModels.applied().clockMs));
  const ledger = await ledgerOfTest(log, logId, () => clock.nowMs, {}, parts.keys);
  const app = createApplication({ store: guardedBy(store, ledger), vault, logId, now: appNow });
  const faults: Fault[] = [];
  const records = await openSqliteRecords(':memory:');
  const node = { app, readModels, progress: models.runner, nowMs: () => clock.nowMs };
  const directory = mkdtempSync(join(tmpdir(), 'samtykke-api-'));
  const files = await openSqlitePreparedFiles(directory);
  const reportFault = (fault: Fault) => void faults.push(fault);
  const evidence = await openEvidence({
    ...node,
    records,
    files,
    ledger,
    reportFault: (error) => reportFault({ id: randomUUID(), correlationId: '', where: 'evidence', error }),
  });
  const api = openApi({ ...node, ledger, records, evidence, keys: await tokenKeysInMemory(), reportFault });
  const { services } = api;
  const { schema, giveBack } = borrowSchema(() => clock.nowMs);
  const contextOf = ({ as = ANONYMOUS, atLeast, inAddress = false }: Asked) =>
    createApiContext(services, { caller: as, correlationId: randomUUID(), atLeast, transport: 'http', inAddress });

  async function ask(source: string, asked: Asked = {}): Promise<Answered> {
    const variableValues = asked.variables ?? {};
    return answered(await graphql({ schema, source, variableValues, contextValue: contextOf(asked) }));
  }
  return {
    services,
    ledger,
    clock,
    faults,
    directory,
    ask,
    get: async (source, asked) => {
      const answer = await ask(source, asked);
      if (answer.errors !== undefined) throw new Error(answer.errors.map(({ message }) => message).join('\n'));
      return answer;
    },
    watch: async (source, asked = {}) => {
      const variableValues = asked.variables ?? {};
      const document = parse(source);
      const result = await subscribe({ schema, document, variableValues, contextValue: contextOf(asked) });
      return Symbol.asyncIterator in result ? (result as AsyncIterableIterator<ExecutionResult>) : answered(result);
    },
    close: async () => {
      await api.close();
      await evidence.close();
      await files.close();
      await records.close();
      await models.close();
      await ledger.close();
      await log.close();
      await vault.close();
      rmSync(directory, { recursive: true });
      giveBack();
    },
  };
}

function answered({ data, errors }: ExecutionResult): Answered {
  return {
    data,
    errors,
    codes: (errors ?? []).map(({ extensions }) => String(extensions.code ?? 'none')),
    at: (path) => path.split('.').reduce<unknown>(member, data),
  };
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

/** The bearer of a token with these roles, such as `editor@skysoft`; the same name is the same person. */
export function caller(actor: string, ...roles: readonly string[]): Caller {
  const grants = roles.map((role) => {
    const grant = parseGrant(role);
    if (grant === undefined) throw new Error(`${role} is no role.`);
    return grant;
  });
  return {
    kind: 'token',
    issuer: 'test',
    actorClaim: actor,
    actorName: actor,
    roles: grants,
    expiresAt: Date.parse('2100-01-01T00:00:00Z'),
  };
}

export const operator = caller('Odd', 'operator');
