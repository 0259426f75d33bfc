/**
 * The two messages of RFC 3161, as far as they are needed here: a request for a SHA-256 digest, and of the response
 * whether it was granted, for what, and when. The response is kept as it came; its signature is checked by whoever
 * trusts the authority, with OpenSSL.
 */

/** The authority did not answer with a time stamp of what it was asked for. */
export class TimestampRefused extends Error {
  override readonly name = 'TimestampRefused';
  readonly code = 'TIMESTAMP_REFUSED';
}

/** The authority stamped another digest than the one that was asked about. */
export class TimestampOfAnother extends TimestampRefused {}

export const DIGEST_BYTES = 32;
export const NONCE_BYTES = 8;

/** Version 1, then a message imprint of SHA-256 up to its octets. */
const BEFORE_DIGEST = Buffer.from('3043020101' + '3031300d060960864801650304020105000420', 'hex');
/** Asks for the authority's certificate in the answer: without it nobody can verify in ten years. */
const WITH_CERTIFICATE = Buffer.from('0101ff', 'hex');
/** Of a message imprint, from its algorithm on, up to its octets. */
const IMPRINT_START = BEFORE_DIGEST.subarray(7);
/** Some authorities leave out the parameters of the algorithm. */
const IMPRINT_START_WITHOUT_NULL = Buffer.from('300b0609608648016503040201' + '0420', 'hex');

const SEQUENCE = 0x30;
const INTEGER = 0x02;
const OCTETS = 0x04;
const OBJECT_ID = 0x06;
const GENERALIZED_TIME = 0x18;
const FIRST_CONTEXT = 0xa0;
const SIGNED_DATA = '2a864886f70d010702';
const TST_INFO = '2a864886f70d0109100104';
const GRANTED = 0;
const GRANTED_WITH_CHANGES = 1;

/** @param nonce {@link NONCE_BYTES}, of which the first is from 1 to 127, as a positive number has it */
export function timestampRequest(digest: Uint8Array, nonce: Uint8Array): Buffer {
  if (digest.length !== DIGEST_BYTES || nonce.length !== NONCE_BYTES || !isPositive(nonce)) {
    throw new TypeError('A time stamp is asked for a digest of 32 bytes and with a nonce of 8.');
  }
  return Buffer.concat([BEFORE_DIGEST, digest, Buffer.of(INTEGER, NONCE_BYTES), nonce, WITH_CERTIFICATE]);
}

function isPositive([first = 0]: Uint8Array): boolean {
  return first > 0 && first < 0x80;
}

/**
 * When the authority says that it saw the digest, in milliseconds since 1970-01-01T00:00Z.
 * @throws TimestampRefused
 */
export function timeStamped(response: Uint8Array, digest: Uint8Array, nonce?: Uint8Array): number {
  const [status, token, ...more] = children(only(response, SEQUENCE));
  if (more.length > 0) throw unreadable();
  const [code] = children(contentsOf(status, SEQUENCE));
  const granted = contentsOf(code, INTEGER);
  if (granted.length !== 1 || ![GRANTED, GRANTED_WITH_CHANGES].includes(granted[0] ?? -1)) {
    throw new TimestampRefused(`The authority did not grant a time stamp (status ${granted.toString('hex')}).`);
  }
  const info = children(only(contentOf(token), SEQUENCE));
  const [version, policy, imprint, serial, time] = info;
  contentsOf(version, INTEGER);
  contentsOf(policy, OBJECT_ID);
  contentsOf(serial, INTEGER);
  const stamped = contentsOf(imprint, SEQUENCE);
  const wanted = [IMPRINT_START, IMPRINT_START_WITHOUT_NULL].map((start) => Buffer.concat([start, digest]));
  if (!wanted.some((each) => stamped.equals(each))) {
    throw new TimestampOfAnother('The authority stamped something else than it was asked for.');
  }
  const answered = info.slice(5).find(({ tag }) => tag === INTEGER)?.value;
  if (nonce !== undefined && answered?.equals(nonce) !== true) {
    throw new TimestampRefused('The answer belongs to another request.');
  }
  return timeOf(contentsOf(time, GENERALIZED_TIME).toString('latin1'));
}

/** What is signed, out of ContentInfo, SignedData and EncapsulatedContentInfo. */
function contentOf(token: Element | undefined): Buffer {
  const [type, wrapped] = children(contentsOf(token, SEQUENCE));
  assertIs(type, SIGNED_DATA);
  const [, , content] = children(only(contentsOf(wrapped, FIRST_CONTEXT), SEQUENCE));
  const [contentType, octets] = children(contentsOf(content, SEQUENCE));
  assertIs(contentType, TST_INFO);
  return only(contentsOf(octets, FIRST_CONTEXT), OCTETS);
}

function assertIs(element: Element | undefined, id: string): void {
  if (contentsOf(element, OBJECT_ID).toString('hex') !== id) throw unreadable();
}

/** `20261122084512.123Z` */
function timeOf(text: string): number {
  const [, year, month, day, hour, minute, second, fraction = ''] =
    /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})(\.\d{1,9})?Z$/.exec(text) ?? [];
  const at = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}${fraction.slice(0, 4)}Z`);
  if (!Number.isFinite(at)) throw unreadable();
  return at;
}

interface Element {
  readonly tag: number;
  readonly value: Buffer;
}

/** The elements that follow each other in some bytes. */
function children(bytes: Uint8Array): readonly Element[] {
  const elements: Element[] = [];
  for (let rest = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length); rest.length > 0; ) {
    const [tag = 0, first = 0] = rest;
    const lengthBytes = first < 0x80 ? 0 : first - 0x80;
    const start = 2 + lengthBytes;
    // Of the forms that DER has none is longer; the indefinite one is not DER.
    if (rest.length < start || lengthBytes > 4 || first === 0x80) throw unreadable();
    const length = lengthBytes === 0 ? first : rest.readUIntBE(2, lengthBytes);
    if (rest.length < start + length) throw unreadable();
    elements.push({ tag, value: rest.subarray(start, start + length) });
    rest = rest.subarray(start + length);
  }
  return elements;
}

/** The value of the one element that some bytes are. */
function only(bytes: Uint8Array, tag: number): Buffer {
  const [element, more] = children(bytes);
  if (more !== undefined) throw unreadable();
  return contentsOf(element, tag);
}

function contentsOf(element: Element | undefined, tag: number): Buffer {
  if (element?.tag !== tag) throw unreadable();
  return element.value;
}

function unreadable(): TimestampRefused {
  return new TimestampRefused('The answer of the authority is no time stamp of RFC 3161 in DER.');
}
