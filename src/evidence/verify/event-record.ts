import { hash } from 'node:crypto';
import { decodeEvent, type KnownEvent, UnreadableEvent } from '../../domain/stored-events';
import { HASH_BYTES } from '../../ledger/merkle-tree';
import { BUNDLE_FILES, MAX_BUNDLE_EVENTS, MAX_RECORD_LINE_BYTES } from './bundle-layout';
import { BundleRejected } from './bundle-rejected';
import { jsonOf } from './strict-json';

/** An event as a bundle holds it. */
export interface BundleEvent {
  readonly id: string;
  readonly stream: string;
  /** Place in the stream, from 1. */
  readonly version: number;
  readonly recordedAt: string;
  readonly metadata: Readonly<Record<string, unknown>>;
  /** Base64url; absent where the event bears none. */
  readonly tag: string | undefined;
  /** SHA-256 of the record's bytes: the second half of the leaf. */
  readonly recordHash: Buffer;
  /** Data as they are stored; read as an event of the domain by {@link knownEvent}. */
  readonly data: unknown;
  readonly type: string;
}

const RECORD_FORM = 'samtykke/event/v1';
const RECORD_LINES = 8;
const LINE_FEED = 0x0a;

/** The events of `events.txt`: records of eight lines each, one after the other. @throws BundleRejected */
export function readRecords(content: Buffer): readonly BundleEvent[] {
  const events: BundleEvent[] = [];
  let start = 0;
  while (start < content.length) {
    if (events.length >= MAX_BUNDLE_EVENTS)
      throw malformed(events.length, 'there are more events than a bundle may have');
    let end = start;
    for (let line = 0; line < RECORD_LINES; line += 1) {
      const lineFeed = content.indexOf(LINE_FEED, end);
      if (lineFeed < 0) throw malformed(events.length, 'the file ends within an event');
      if (lineFeed - end > MAX_RECORD_LINE_BYTES)
        throw malformed(events.length, 'a line is longer than that of any event');
      end = lineFeed + 1;
    }
    events.push(readRecord(content.subarray(start, end), events.length));
    start = end;
  }
  return events;
}

function readRecord(record: Buffer, place: number): BundleEvent {
  const [form, id = '', type = '', stream = '', version = '', recordedAt = '', metadataText = '', dataText = ''] =
    record.toString('utf8').split('\n');
  const metadata = jsonOf(metadataText);
  const data = jsonOf(dataText);
  const isWhole = form === RECORD_FORM && /^[1-9]\d{0,15}$/.test(version) && isObject(metadata) && isObject(data);
  if (!isWhole) throw malformed(place, 'it is no record of an event', id);
  const { streamTag } = metadata;
  return {
    id,
    type,
    stream,
    version: Number(version),
    recordedAt,
    metadata,
    tag: typeof streamTag === 'string' ? streamTag : undefined,
    recordHash: hash('sha256', record, 'buffer').subarray(0, HASH_BYTES),
    data,
  };
}

/** @throws BundleRejected EVENT_UNKNOWN */
export function knownEvent({ id, type, metadata, data }: BundleEvent): KnownEvent {
  try {
    return decodeEvent(type, metadata.schemaVersion, data);
  } catch (error) {
    if (!(error instanceof UnreadableEvent)) throw error;
    throw new BundleRejected('EVENT_UNKNOWN', { file: BUNDLE_FILES.events, event: id }, error.message);
  }
}

function malformed(place: number, why: string, id = ''): BundleRejected {
  const culprit = /^[0-9a-f-]{36}$/.test(id) ? { event: id } : { place: `record ${place + 1}` };
  return new BundleRejected('EVENT_MALFORMED', { file: BUNDLE_FILES.events, ...culprit }, why);
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
