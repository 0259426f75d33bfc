import { hkdfSync } from 'node:crypto';
import { KEY_BYTES } from './sealed-box';

/**
 * A key for one purpose, from a key that is random already (RFC 5869 without salt). `purpose` tells the derived keys
 * apart; none says anything about another, nor about the key that it came from.
 */
export function deriveKey(key: Uint8Array, purpose: readonly string[]): Buffer {
  return Buffer.from(hkdfSync('sha256', key, Buffer.of(), Buffer.from(JSON.stringify(purpose), 'utf8'), KEY_BYTES));
}

/** Runs `work` with a derived key, which is overwritten afterwards. */
export function withDerivedKey<T>(key: Uint8Array, purpose: readonly string[], work: (derived: Buffer) => T): T {
  const derived = deriveKey(key, purpose);
  try {
    return work(derived);
  } finally {
    derived.fill(0);
  }
}
