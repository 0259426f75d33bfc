import { setImmediate as nextTurn } from 'node:timers/promises';
import type { DecisionRecord } from '../../application/receipts/decision-record';
import { receiptSource } from '../../application/receipts/receipt-source';
import { subjectStream } from '../../application/stream-names';
import type { CopyOf, CopyParts } from './copy-source';

/** Others get their turn after so many. */
const DECISIONS_A_TURN = 25;

/** What the receipts of every decision of the person tell. */
export async function* heldReceipts(
  { app }: CopyParts,
  { ids, prefix, signal }: CopyOf,
): AsyncGenerator<DecisionRecord> {
  for (const id of ids) {
    const source = receiptSource(app, id);
    for await (const stored of app.store.readStream(subjectStream(id))) {
      signal.throwIfAborted();
      if (app.store.comparePositions(stored.position, prefix.position) > 0) break;
      const record = await source.recordOf(stored);
      if (record) yield record;
      if (stored.version % DECISIONS_A_TURN === 0) await nextTurn();
    }
  }
}
