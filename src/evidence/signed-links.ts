import { createHmac, timingSafeEqual } from 'node:crypto';

/** How long a link to a prepared file is good, in milliseconds: whoever has it needs no token. */
export const LINK_LIFE_MS = 10 * 60_000;

/** What a link says beside the id of the file. */
export interface SignedPart {
  /** Seconds since 1970. */
  readonly expires: number;
  /** base64url */
  readonly signature: string;
}

/**
 * Signs a link with a key that all nodes have, so that each of them serves what another has signed.
 *
 * @param pepper the organisation's random bytes in the vault; the key for links is derived from it
 */
export function signLink(pepper: Uint8Array, id: string, expires: number): SignedPart {
  return { expires, signature: signatureOf(pepper, id, expires).toString('base64url') };
}

/** Whether the signature is that of this id and time; it takes as long for a wrong one as for the right one. */
export function isSigned(pepper: Uint8Array, id: string, { expires, signature }: SignedPart): boolean {
  const right = signatureOf(pepper, id, expires);
  const given = Buffer.from(signature, 'base64url');
  return given.length === right.length && timingSafeEqual(given, right);
}

function signatureOf(pepper: Uint8Array, id: string, expires: number): Buffer {
  const key = createHmac('sha256', pepper).update('evidence link', 'utf8').digest();
  return createHmac('sha256', key).update(`${id}.${expires}`, 'utf8').digest();
}
