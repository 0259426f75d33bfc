import { eventBytes, type JsonObject, type NewEvent } from '../event-store';
import { checkAppendBytes, checkAppendForm } from '../request-checks';

/** An append as it is sent, however often: payloads as they were at the call, whatever their owner does with them since. */
export interface AppendRequest {
  readonly stream: string;
  readonly events: readonly ProposedEvent[];
  readonly expected: number;
}

export interface ProposedEvent {
  readonly id: string;
  readonly type: string;
  /** Our own copy: the driver insists on making the text itself, at a time of its own. */
  readonly data: JsonObject;
  /** JSON as bytes, which the driver passes on as they are. */
  readonly metadata: Uint8Array;
}

const utf8 = new TextEncoder();

/**
 * Checks an append before anything is sent: the server's limit, 1,048,576 bytes for a whole append up to version 25.0,
 * is above ours, and beyond 16 MiB it would fail every append in flight.
 *
 * @throws TypeError a request of the wrong form
 * @throws AppendTooLarge no events, too many, or too many bytes
 */
export function appendRequest(stream: string, events: readonly NewEvent[], expected: number): AppendRequest {
  checkAppendForm(stream, events, expected);
  let bytes = 0;
  const proposed = events.map(({ id, type, data, metadata }) => {
    const dataText = JSON.stringify(data);
    const metadataText = JSON.stringify(metadata);
    bytes += eventBytes(type, dataText, metadataText);
    return { id, type, dataText, metadata: utf8.encode(metadataText) };
  });
  checkAppendBytes(bytes);
  return {
    stream,
    expected,
    events: proposed.map(({ id, type, dataText, metadata }) => ({ id, type, data: JSON.parse(dataText), metadata })),
  };
}
