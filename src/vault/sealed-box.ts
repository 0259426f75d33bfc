import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

/** AES-256-GCM with a random nonce (NIST SP 800-38D). Layout: format, nonce, tag, ciphertext. */
export const KEY_BYTES = 32;
const FORMAT = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEADER_BYTES = 1 + NONCE_BYTES + TAG_BYTES;

/** The key is another, the place is another, or the bytes were altered; which of these cannot be told. */
export class SealBroken extends Error {
  override readonly name = 'SealBroken';
}

/** Encrypts `content`, bound to the `place` it is kept at: opened anywhere else it fails. */
export function seal(key: Uint8Array, content: Uint8Array, place: readonly string[]): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES }).setAAD(placeBytes(place));
  const body = Buffer.concat([cipher.update(content), cipher.final()]);
  return Buffer.concat([Buffer.of(FORMAT), nonce, cipher.getAuthTag(), body]);
}

/** @throws SealBroken */
export function unseal(key: Uint8Array, sealed: Uint8Array, place: readonly string[]): Buffer {
  const box = Buffer.from(sealed);
  if (box.length < HEADER_BYTES || box[0] !== FORMAT) throw new SealBroken('These bytes were not sealed here.');
  const nonce = box.subarray(1, 1 + NONCE_BYTES);
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES })
    .setAAD(placeBytes(place))
    .setAuthTag(box.subarray(1 + NONCE_BYTES, HEADER_BYTES));
  const content = decipher.update(box.subarray(HEADER_BYTES));
  try {
    decipher.final();
    return content;
  } catch {
    content.fill(0);
    throw new SealBroken('The seal does not fit the key and the place.');
  }
}

function placeBytes(place: readonly string[]): Buffer {
  return Buffer.from(JSON.stringify(place), 'utf8');
}
