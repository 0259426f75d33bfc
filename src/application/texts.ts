import { isUtf8 } from 'node:buffer';
import { MAX_ARCHIVED_TEXT_BYTES, MAX_TEXT_BYTES } from '../domain/limits';
import type { ContentRef, TextFormat } from '../domain/policy/policy.events';
import { Refusal } from '../domain/refusal';
import { decodeEvent } from '../domain/stored-events';
import type { TextChunkStored } from '../domain/text/text.events';
import { appendBytes, type JsonObject, MAX_APPEND_BYTES, type NewEvent } from '../event-store/event-store';
import { sha256Hex } from './aggregate';
import type { Application } from './application';
import { eventId } from './command-ids';
import { publicStreamTag } from './handle-command';
import { textStream } from './stream-names';

/** Most bytes of a text in one event (rule X2). */
const MAX_CHUNK_BYTES = 262_144;
/** JSON that grows beyond this share of the bytes is kept as base64 instead. */
const MAX_ESCAPED_SHARE = 1.4;
const SCHEMA_VERSION = 1;

export interface ReceivedText {
  readonly locale: string;
  readonly format: TextFormat;
  readonly bytes: Uint8Array;
  /** As the WHATWG names it; absent: utf-8. */
  readonly charset?: string;
}

export const textTooLarge = (mostBytes = MAX_TEXT_BYTES) =>
  new Refusal('TEXT_TOO_LARGE', `A text may have at most ${mostBytes} bytes.`, 'X2', { path: ['text'] });

/** The text of a client is the UTF-8 of its string; half a surrogate pair has none (rule X1). */
export function utf8Of(text: string): Uint8Array {
  if (/\p{Surrogate}/u.test(text)) {
    throw new Refusal('TEXT_NOT_UNICODE', 'The text holds half a surrogate pair.', 'X1', { path: ['text'] });
  }
  return Buffer.from(text, 'utf8');
}

/** Stores a text's bytes as received, before any event names them, and answers how they are named (rules X1, X2). */
export async function storeText(app: Application, organisationId: string, text: ReceivedText): Promise<ContentRef> {
  if (text.bytes.length > MAX_TEXT_BYTES) throw textTooLarge();
  const content = contentOf(text);
  const stream = textStream(organisationId, content.sha256);
  if (!app.texts.get(stream)) await appendText(app, organisationId, stream, content, text.bytes);
  app.texts.set(stream, text.bytes, text.bytes.length + 1);
  return content;
}

/**
 * As {@link storeText}, for one of many texts of a history, which may be larger and which nobody reads soon: nothing of
 * it stays in memory.
 */
export async function archiveText(app: Application, organisationId: string, text: ReceivedText): Promise<ContentRef> {
  if (text.bytes.length > MAX_ARCHIVED_TEXT_BYTES) throw textTooLarge(MAX_ARCHIVED_TEXT_BYTES);
  const content = contentOf(text);
  await appendText(app, organisationId, textStream(organisationId, content.sha256), content, text.bytes);
  return content;
}

function contentOf({ bytes, locale, format, charset }: ReceivedText): ContentRef {
  return { locale, format, sha256: sha256Hex(bytes), bytes: bytes.length, ...(charset && { charset }) };
}

async function appendText(
  app: Application,
  organisationId: string,
  stream: string,
  { sha256 }: ContentRef,
  bytes: Uint8Array,
): Promise<void> {
  let expected = 0;
  for (const events of inAppends(chunkEvents(app, organisationId, stream, sha256, bytes))) {
    await app.store.append(stream, events, expected);
    expected += events.length;
  }
}

function* chunkEvents(
  app: Application,
  organisationId: string,
  stream: string,
  sha256: string,
  bytes: Uint8Array,
): Generator<NewEvent, void> {
  const chunks = chunksOf(bytes);
  const metadata = {
    tenant: organisationId,
    schemaVersion: SCHEMA_VERSION,
    streamTag: publicStreamTag(app.logId, stream),
  };
  for (const [index, chunk] of chunks.entries()) {
    const data: TextChunkStored['data'] = { organisationId, sha256, index, count: chunks.length, ...encoded(chunk) };
    const id = eventId(stream.slice(stream.indexOf('-') + 1), stream, index);
    yield { id, type: 'TextChunkStored' satisfies TextChunkStored['type'], data: { ...data } as JsonObject, metadata };
  }
}

/** Pieces of at most the limit, cut between characters where the bytes are UTF-8. An empty text has one empty piece. */
function chunksOf(bytes: Uint8Array): readonly Uint8Array[] {
  const chunks: Uint8Array[] = [];
  let start = 0;
  do {
    let end = Math.min(start + MAX_CHUNK_BYTES, bytes.length);
    for (let back = 0; back < 3 && end < bytes.length && isContinuation(bytes[end]); back += 1) end -= 1;
    chunks.push(bytes.subarray(start, end));
    start = end;
  } while (start < bytes.length);
  return chunks;
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}

function encoded(chunk: Uint8Array): Pick<TextChunkStored['data'], 'encoding' | 'chunk'> {
  if (isUtf8(chunk)) {
    const text = Buffer.from(chunk).toString('utf8');
    // What is escaped grows by ASCII alone, so characters tell how many bytes more there are.
    const escaped = JSON.stringify(text).length - 2 - text.length;
    if (chunk.length + escaped <= chunk.length * MAX_ESCAPED_SHARE) {
      return { encoding: 'utf-8', chunk: text };
    }
  }
  return { encoding: 'base64', chunk: Buffer.from(chunk).toString('base64') };
}

/** As many events together as one append takes; those of one append are held at a time. */
function* inAppends(events: Iterable<NewEvent>): Generator<readonly NewEvent[], void> {
  let append: NewEvent[] = [];
  for (const event of events) {
    // Of most texts, which are one event, the size is never asked.
    if (append.length > 0 && appendBytes([...append, event]) > MAX_APPEND_BYTES) {
      yield append;
      append = [];
    }
    append.push(event);
  }
  yield append;
}

/** The bytes of a text exactly as they were received. @throws when the log does not hold the whole text */
export async function readTextBytes(app: Application, organisationId: string, sha256: string): Promise<Uint8Array> {
  const stream = textStream(organisationId, sha256);
  const cached = app.texts.get(stream);
  if (cached) return cached;
  const chunks: Uint8Array[] = [];
  for await (const event of app.store.readStream(stream)) {
    const { data } = decodeEvent(event.type, event.metadata.schemaVersion, event.data) as TextChunkStored;
    chunks.push(Buffer.from(data.chunk, data.encoding === 'base64' ? 'base64' : 'utf8'));
  }
  const bytes = Buffer.concat(chunks);
  if (sha256Hex(bytes) !== sha256) throw new Error(`The log does not hold the text ${sha256} whole.`);
  app.texts.set(stream, bytes, bytes.length + 1);
  return bytes;
}

/** The text of a content: its bytes decoded by the charset recorded with it, byte order mark kept (rule X1). */
export async function readText(app: Application, organisationId: string, content: ContentRef): Promise<string> {
  const bytes = await readTextBytes(app, organisationId, content.sha256);
  return decodeText(bytes, content.charset);
}

export function decodeText(bytes: Uint8Array, charset = 'utf-8'): string {
  return new TextDecoder(charset, { ignoreBOM: true }).decode(bytes);
}
