import { generateKeyPairSync } from 'node:crypto';
import { calculateJwkThumbprint } from 'jose';
import type { TokenKeys } from '../../src/api/auth/token-keys';

/** A token key that no file holds. */
export async function tokenKeysInMemory(): Promise<TokenKeys> {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const key = { id: await calculateJwkThumbprint(publicKey.export({ format: 'jwk' })), privateKey, publicKey };
  return {
    signingKey: async () => key,
    keyWithId: async (id) => (id === key.id ? key : undefined),
  };
}
