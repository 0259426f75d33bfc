import type { Projection } from '../../projections/projection';
import { decodeEvent } from '../domain/stored-events';
import { epochMsOf, parseInstant } from '../domain/time';
import type { Json, StoredEvent } from '../event-store/event-store';
import type { IncomingEvent } from './projection-tables';

/**
 * Categories of streams that nodes read, as prefixes: all that prove something. Their events are numbered 1, 2, 3 … in
 * log order, so a change here rebuilds every read model. A category added to the product belongs here from its first
 * event on; those outside the proof log (logins, deliveries, the ledger's checkpoints) never do.
 */
export const READ_PREFIXES: readonly string[] = [
  'log-',
  'clock-',
  'organisation-',
  'policy-',
  'template-',
  'text-',
  'subject-',
  'import-',
  'evidence-',
];

/** Categories in which an event of unknown type stops the node (rule S6): those that some projection lists. */
export function listedCategories(projections: readonly Projection[]): ReadonlySet<string> {
  return new Set(projections.flatMap(({ categories }) => categories));
}

/**
 * What projections see of a stored event. In categories that none of them lists its data is let go at once: pieces of
 * texts are large and many.
 * @throws UnreadableEvent
 */
export function incomingEvent(stored: StoredEvent, listed: ReadonlySet<string>): IncomingEvent {
  const { id, position, recordedAt, stream, version, metadata, type, data } = stored;
  const category = stream.slice(0, stream.indexOf('-'));
  const event = listed.has(category) ? decodeEvent(type, metadata.schemaVersion, data) : undefined;
  const { actor } = metadata;
  return {
    id,
    position,
    recordedAtMs: recordedAt,
    original: originalOf(metadata.originalPosition, metadata.originalRecordedAt),
    stream,
    category,
    version,
    actor: typeof actor === 'string' ? actor : undefined,
    event,
  };
}

/** A copied log keeps where an event stood first, and when it was recorded there (rule N1). */
function originalOf(position: Json | undefined, recordedAt: Json | undefined): IncomingEvent['original'] {
  if (position === undefined && recordedAt === undefined) return undefined;
  return { position: typeof position === 'string' ? position : undefined, recordedAtMs: epochMs(recordedAt) };
}

function epochMs(recordedAt: Json | undefined): number | undefined {
  if (typeof recordedAt === 'number' && Number.isSafeInteger(recordedAt)) return recordedAt;
  return typeof recordedAt === 'string' ? epochMsOf(parseInstant(recordedAt)) : undefined;
}
