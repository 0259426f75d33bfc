import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EventStore } from '../src/event-store/event-store';
import { type Ledger, openLedger } from '../src/ledger/ledger';
import { openLedgerFile } from '../src/ledger/sqlite/ledger-file';

/** The ledger of a node whose proofs nobody asks for: its tree has no leaf. */
export function idleLedger(store: EventStore, logId: string): Promise<Ledger> {
  return openLedger({
    store,
    tree: openLedgerFile(':memory:', []).tree,
    inStep: false,
    logId,
    prefixes: ['none-'],
    keysDirectory: mkdtempSync(join(tmpdir(), 'samtykke-bench-ledger-')),
    nowMs: Date.now,
    log: () => undefined,
  });
}
