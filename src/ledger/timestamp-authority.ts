/** Somebody else's clock: says, with a signature, that something was there at a time (RFC 3161). */
export interface TimestampAuthority {
  /**
   * Answers a TimeStampReq with a TimeStampResp, both DER.
   * @throws TimestampUnavailable
   */
  answer(request: Uint8Array): Promise<Uint8Array>;
}

/** The authority did not answer, or with something else than a response. Trying again later may work. */
export class TimestampUnavailable extends Error {
  override readonly name = 'TimestampUnavailable';
  readonly code = 'TIMESTAMP_UNAVAILABLE';
}

/** A response holds a few certificates; whatever is larger is none. */
export const MAX_RESPONSE_BYTES = 65_536;
const ANSWER_LIMIT_MS = 15_000;
const REQUEST_TYPE = 'application/timestamp-query';

/** The authority at an address, over HTTP (RFC 3161, 3.4). What is sent is a digest and tells nothing. */
export function httpTimestampAuthority(url: string): TimestampAuthority {
  return {
    answer: async (request) => {
      try {
        const response = await fetch(url, {
          method: 'POST',
          headers: { 'content-type': REQUEST_TYPE, accept: 'application/timestamp-reply' },
          body: Buffer.from(request),
          redirect: 'error',
          signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
        });
        if (!response.ok) throw new TimestampUnavailable(`The authority answered with status ${response.status}.`);
        return await boundedBody(response);
      } catch (error) {
        if (error instanceof TimestampUnavailable) throw error;
        throw new TimestampUnavailable('The authority did not answer.', { cause: error });
      }
    },
  };
}

async function boundedBody({ body }: Response): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += chunk.length;
    if (bytes > MAX_RESPONSE_BYTES) throw new TimestampUnavailable('The answer of the authority is too large.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
