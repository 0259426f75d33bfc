import { epochMsOf } from '../../domain/time';
import type { KeptRecord } from '../../records/records';
import type { CopyOf, CopyParts } from './copy-source';

const RECORDS_AT_ONCE = 500;

/** Logins and deliveries of the person that are still kept, of before the copy was asked for (GDPR Art. 15). */
export async function* heldRecords({ records }: CopyParts, { ids, order, signal }: CopyOf): AsyncGenerator<KeptRecord> {
  const askedAtMs = epochMsOf(order.requestedAt);
  for (const id of ids) {
    let after: number | undefined;
    for (;;) {
      signal.throwIfAborted();
      const page = await records.recordsOf(id, after, RECORDS_AT_ONCE);
      for (const record of page) if (record.atMs <= askedAtMs) yield record;
      after = page.at(-1)?.place;
      if (page.length < RECORDS_AT_ONCE) break;
    }
  }
}
