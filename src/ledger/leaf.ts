import { hash } from 'node:crypto';
import type { JsonObject, StoredEvent } from '../event-store/event-store';
import { HASH_BYTES } from './merkle-tree';

/**
 * What stands in a leaf (rule L1): the tag of the event's stream, then SHA-256 of the event's record, 32 bytes each.
 * `docs/ledger.md` tells an outsider how to compute both; a change here is a change of every root.
 */
export const LEAF_BYTES = 2 * HASH_BYTES;

/** First line of every record: the form of what follows. */
const RECORD_FORM = 'samtykke/event/v1';

/** An event with its payloads as the JSON text that is stored. */
export interface EventTexts extends Pick<StoredEvent, 'id' | 'type' | 'stream' | 'version' | 'recordedAt'> {
  readonly data: string;
  readonly metadata: string;
}

/** What the tag of an event follows from. */
export type TaggedEvent = Pick<EventTexts, 'metadata' | 'stream'>;

/**
 * What a copied event remembers of its first log (rule N1); a copy has the leaf of its original. Two members have it in
 * their names; a search takes a third of the time where it does not begin with a quotation mark, of which there are many.
 */
const OF_THE_ORIGINAL = 'riginal';

/**
 * The event as text, a line each: form, id, type, stream, version, recording time, metadata, data, every line ended by
 * a line feed. None of them can hold one: JSON text escapes it, and names with control characters are refused.
 */
export function eventRecord(event: EventTexts): string {
  if (event.metadata.includes(OF_THE_ORIGINAL)) return recordOf(original(event));
  return recordOf(event);
}

function recordOf({ id, type, stream, version, recordedAt, metadata, data }: EventTexts): string {
  return `${RECORD_FORM}\n${id}\n${type}\n${stream}\n${version}\n${timeText(recordedAt)}\n${metadata}\n${data}\n`;
}

/** What is read from a store is the value of the stored text, and JSON written of it is that text again. */
export function textsOf({ data, metadata, ...event }: StoredEvent): EventTexts {
  return { ...event, data: JSON.stringify(data), metadata: JSON.stringify(metadata) };
}

function original(event: EventTexts): EventTexts {
  const { originalPosition, originalRecordedAt, ...metadata } = JSON.parse(event.metadata) as JsonObject;
  const recordedAt = typeof originalRecordedAt === 'string' ? Date.parse(originalRecordedAt) : originalRecordedAt;
  return {
    ...event,
    metadata: JSON.stringify(metadata),
    ...(typeof recordedAt === 'number' && Number.isFinite(recordedAt) && { recordedAt }),
  };
}

/** RFC 3339 in UTC with milliseconds. Events of one append have the same time. */
let lastTime = { at: 0, text: new Date(0).toISOString() };
function timeText(at: number): string {
  if (lastTime.at !== at) lastTime = { at, text: new Date(at).toISOString() };
  return lastTime.text;
}

/** SHA-256 of an event's record, a character for each byte. */
export function recordHash(event: EventTexts): string {
  return hash('sha256', eventRecord(event), 'binary');
}

/** Writes the leaf of an event at a place in a buffer. @param record what {@link recordHash} says of it */
export function writeLeaf(event: TaggedEvent, record: string, target: Buffer, offset: number): void {
  writeTag(event, target, offset);
  target.write(record, offset + HASH_BYTES, 'latin1');
}

/** The leaf of an event, as any store gives it back. */
export function leafOf(event: StoredEvent): Buffer {
  const leaf = Buffer.alloc(LEAF_BYTES);
  const texts = textsOf(event);
  writeLeaf(texts, recordHash(texts), leaf, 0);
  return leaf;
}

/** Behind its first quotation mark, for the same reason. */
const TAG_KEY = 'streamTag":"';
const TAG = /^[A-Za-z0-9_-]{43}$/;
const TAG_CHARACTERS = 43;

/** The tag that the event bears; one that bears none has SHA-256 of its stream's name in its place. */
function writeTag({ metadata, stream }: TaggedEvent, target: Buffer, offset: number): void {
  const tag = tagIn(metadata);
  if (tag !== undefined && TAG.test(tag)) target.write(tag, offset, 'base64url');
  else target.write(hash('sha256', stream, 'binary'), offset, 'latin1');
}

function tagIn(metadata: string): string | undefined {
  // In a flat object the key stands once and is the object's own; to parse it all takes ten times as long.
  const isFlat = metadata.indexOf('{', 1) === -1;
  if (!isFlat) {
    const { streamTag } = JSON.parse(metadata) as JsonObject;
    return typeof streamTag === 'string' ? streamTag : undefined;
  }
  let key = metadata.indexOf(TAG_KEY);
  while (key > 0 && metadata[key - 1] !== '"') key = metadata.indexOf(TAG_KEY, key + 1);
  const start = key + TAG_KEY.length;
  if (key < 0 || metadata[start + TAG_CHARACTERS] !== '"') return undefined;
  return metadata.slice(start, start + TAG_CHARACTERS);
}
