import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Application } from '../../application/application';
import type { Evidence } from '../../application/evidence';
import type { StoredEvent } from '../../event-store/event-store';
import type { Signer } from '../../ledger/checkpoint-note';
import { eventRecord, leafOf, textsOf } from '../../ledger/leaf';
import type { Ledger } from '../../ledger/ledger';
import type { Prefix, ReadModels } from '../../read-models/read-models';
import { OrderFailed } from '../order-failed';
import { ownerOf, streamsOfPerson } from '../verify/bundle-folds';
import { categoryOf, MAX_BUNDLE_EVENTS, streamOf } from '../verify/bundle-layout';
import { type BundleEvent, readRecords } from '../verify/event-record';

/** What bundles are made from. */
export interface BundleParts {
  readonly app: Application;
  readonly readModels: ReadModels;
  readonly ledger: Pick<Ledger, 'tree' | 'covering' | 'keyChanges' | 'reach' | 'leafAt' | 'timestampOf'>;
  /** Every key of the log that is at hand: one signs the stream map of a large log. @throws KeyFileUnusable */
  readonly signers: () => readonly Signer[];
  /** Above so many leaves the stream map takes the place of their list; absent: {@link MAX_LISTED_LEAVES}. */
  readonly maxListedLeaves?: number;
}

/** An event that a bundle opens. */
export interface OpenedEvent {
  readonly stored: StoredEvent;
  /** Its record, byte for byte as it was hashed. */
  readonly record: Buffer;
  /** What its leaf has to hold. */
  readonly leaf: Buffer;
  /** The same event as the verifier reads it. */
  readonly event: BundleEvent;
}

export type OpenedStreams = ReadonlyMap<string, readonly OpenedEvent[]>;

/** Events that are read before others get their turn. */
const EVENTS_A_TURN = 200;

/** The streams that the answer rests on, each up to the end of the prefix, and that of the order itself. */
export async function openStreams(
  parts: BundleParts,
  order: Evidence,
  prefix: Prefix,
  signal: AbortSignal,
): Promise<OpenedStreams> {
  const opened = new Map<string, readonly OpenedEvent[]>();
  let count = 0;
  const open = async (stream: string, isWhole = false): Promise<readonly OpenedEvent[]> => {
    const known = opened.get(stream);
    if (known) return known;
    const events: OpenedEvent[] = [];
    for await (const stored of parts.app.store.readStream(stream)) {
      if (!isWhole && parts.app.store.comparePositions(stored.position, prefix.position) > 0) break;
      events.push(openedEvent(stored));
      count += 1;
      if (count > MAX_BUNDLE_EVENTS) throw new OrderFailed('BUNDLE_TOO_LARGE');
      if (count % EVENTS_A_TURN === 0) await nextTurn();
      signal.throwIfAborted();
    }
    if (events.length > 0) opened.set(stream, events);
    return events;
  };
  await open(streamOf('evidence', order.evidenceId), true);
  await open(streamOf('organisation', order.organisationId));
  if (order.policyId !== undefined) await open(streamOf('policy', order.policyId));
  if (order.subjectId !== undefined) await openPerson({ ...order, subjectId: order.subjectId }, open, opened);
  for (const [stream, events] of [...opened]) {
    const owner = categoryOf(stream) === 'policy' ? ownerOf(events.map(({ event }) => event)) : undefined;
    if (owner !== undefined) await open(streamOf('organisation', owner));
  }
  return opened;
}

async function openPerson(
  order: Evidence & { readonly subjectId: string },
  open: (stream: string) => Promise<readonly OpenedEvent[]>,
  opened: OpenedStreams,
): Promise<void> {
  await open(streamOf('subject', order.subjectId));
  for (const stream of order.streams ?? []) await open(stream);
  const events = new Map([...opened].map(([stream, each]) => [stream, each.map(({ event }) => event)]));
  for (const stream of streamsOfPerson(order, events)) await open(stream);
}

function openedEvent(stored: StoredEvent): OpenedEvent {
  const record = Buffer.from(eventRecord(textsOf(stored)), 'utf8');
  const [event] = readRecords(record);
  if (!event) throw new Error('The record of an event cannot be read.');
  return { stored, record, leaf: leafOf(stored), event };
}
