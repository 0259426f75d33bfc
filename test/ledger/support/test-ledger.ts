import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { EventStore, StoredEvent } from '../../../src/event-store/event-store';
import { type Ledger, type LedgerPace, openLedger } from '../../../src/ledger/ledger';
import type { LedgerTree } from '../../../src/ledger/ledger-tree';
import type { TimestampAuthority } from '../../../src/ledger/timestamp-authority';
import { collect } from '../../support/event-store-samples';
import { LEAF_PREFIXES, openLogWithTree } from './log-with-tree';

export const LOG_ID = '01907a5e-0000-7000-8000-00000000abcd';
export const LEDGER_STREAM = `ledger-${LOG_ID}`;

export interface Said {
  readonly level: string;
  readonly message: string;
  readonly details: Readonly<Record<string, string>>;
}

export interface TestLedger {
  readonly store: EventStore;
  readonly tree: LedgerTree;
  readonly ledger: Ledger;
  readonly keys: string;
  readonly said: readonly Said[];
  /** The test turns it. */
  readonly clock: { nowMs: number };
  /** Every checkpoint in the log. */
  checkpoints(): Promise<readonly StoredEvent[]>;
  close(): Promise<void>;
}

/** A pace at which nothing happens by itself within a test. */
export const STILL: LedgerPace = {
  everyMs: 3_600_000,
  everyLeaves: 1_000_000,
  lookMs: 5,
  scrub: { pauseMs: 1, restMs: 3_600_000, keepMs: 3_600_000 },
};

/** A SQLite log in a directory, with its ledger open, as a node has them; keys lie beside it. */
export async function openTestLedger(
  directory: string,
  pace: Partial<LedgerPace> = {},
  authority?: TimestampAuthority,
): Promise<TestLedger> {
  const { store, tree } = openLogWithTree(join(directory, 'data'));
  return over(store, tree, join(directory, 'keys'), true, pace, () => store.close(), authority);
}

/** Opens ledgers for a test, and closes them after it. Call it once in a describe block. */
export function openedLedgers(): typeof openTestLedger {
  const open: TestLedger[] = [];
  afterEach(async () => {
    for (const each of open.splice(0)) await each.close();
  });
  return async (...asked) => {
    const node = await openTestLedger(...asked);
    open.push(node);
    return node;
  };
}

/** The ledger over a store that keeps no tree itself. */
export function openFollowingLedger(
  store: EventStore,
  tree: LedgerTree,
  keys: string,
  pace: Partial<LedgerPace> = {},
): Promise<TestLedger> {
  return over(store, tree, keys, false, pace, async () => undefined);
}

async function over(
  store: EventStore,
  tree: LedgerTree,
  keysDirectory: string,
  inStep: boolean,
  pace: Partial<LedgerPace>,
  afterClose: () => Promise<void>,
  authority?: TimestampAuthority,
): Promise<TestLedger> {
  mkdirSync(keysDirectory, { recursive: true });
  const clock = { nowMs: Date.now() };
  const said: Said[] = [];
  const log = (level: string, message: string, details: Said['details']) => void said.push({ level, message, details });
  const ledger = await openLedger({
    store,
    tree,
    logId: LOG_ID,
    prefixes: LEAF_PREFIXES,
    keysDirectory,
    inStep,
    nowMs: () => clock.nowMs,
    log,
    authority,
    pace: { ...STILL, ...pace },
  });
  return {
    store,
    tree,
    ledger,
    keys: keysDirectory,
    said,
    clock,
    checkpoints: () => collect(store.readStream(LEDGER_STREAM)),
    close: async () => {
      await ledger.close();
      await afterClose();
    },
  };
}

const PATIENCE_MS = 10_000;

/** Waits until something holds. @throws when it does not come to hold */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + PATIENCE_MS;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`It did not come to hold: ${holds}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
