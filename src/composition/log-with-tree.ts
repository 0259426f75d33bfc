import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Config } from '../config';
import type { EventStore } from '../event-store/event-store';
import { readConnectionString } from '../event-store/eventstoredb/connection-string';
import { lockDataDirectory, onceUnlocked } from '../event-store/sqlite/data-directory-lock';
import { openSqliteEventStore } from '../event-store/sqlite/sqlite-event-store';
import type { LedgerTree } from '../ledger/ledger-tree';
import { openLedgerFile } from '../ledger/sqlite/ledger-file';
import { openTreeInLog } from '../ledger/sqlite/tree-in-log';
import { READ_PREFIXES } from '../read-models/incoming-event';

/** File of the tree in the data directory, where the log keeps none itself. It may be deleted: it follows from the log. */
export const LEDGER_FILE = 'ledger.db';

/** Categories whose events are leaves: all that proves something, and so not the checkpoints themselves (rule L3). */
export const LEAF_PREFIXES: readonly string[] = READ_PREFIXES;

/** The log, and the Merkle tree over it. */
export interface LogWithTree {
  readonly store: EventStore;
  readonly tree: LedgerTree;
  /** True where the store writes each leaf with its event. */
  readonly inStep: boolean;
  close(): Promise<void>;
}

type OpensEventStoreDb = typeof import('../event-store/eventstoredb/open-event-store-db');

/** Opens the log that the configuration names: embedded, with the tree in its own transactions, or EventStoreDB. */
export async function openLogWithTree(config: Config, log: Logger): Promise<LogWithTree> {
  if (config.eventStore.kind === 'embedded') return openEmbedded(config.dataDirectory);
  // Told before anything is touched: whoever else holds the directory, such a string opens nothing.
  readConnectionString(config.eventStore.connectionString);
  // The log may be shared; the read models and the tree beside it are one process's.
  const lock = onceUnlocked(() => lockDataDirectory(config.dataDirectory));
  lock.note();
  try {
    const opened = await openShared(config, config.eventStore.connectionString, log);
    const close = async () => {
      await opened.close();
      lock.release();
    };
    return { ...opened, close };
  } catch (error) {
    lock.release();
    throw error;
  }
}

async function openShared(config: Config, url: string, log: Logger): Promise<LogWithTree> {
  // Loaded only where it is used: its client takes memory and time that an embedded log has no use for.
  const { openEventStoreDb }: OpensEventStoreDb = require('../event-store/eventstoredb/open-event-store-db');
  const store = await openEventStoreDb({ url, log: (level, message, details) => log[level](details, message) });
  try {
    const file = openLedgerFile(join(config.dataDirectory, LEDGER_FILE), LEAF_PREFIXES);
    const close = async () => {
      await store.close();
      file.close();
    };
    return { store, tree: file.tree, inStep: false, close };
  } catch (error) {
    await store.close();
    throw error;
  }
}

function openEmbedded(directory: string): LogWithTree {
  const { store, tree } = openTreeInLog(LEAF_PREFIXES, (sink) =>
    openSqliteEventStore({ directory, clock: Date.now, sink }),
  );
  return { store, tree, inStep: true, close: store.close };
}
