import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { calculateJwkThumbprint } from 'jose';
import {
  addKeyFile,
  ensureKeyFiles,
  type KeyFile,
  KeyFileUnusable,
  readKeyFiles,
  type Warn,
  warnOfOpenKeyFiles,
} from '../../key-files';

/** The installation's own Ed25519 keys: the newest signs, all of them verify. */
export interface TokenKeys {
  signingKey(): Promise<TokenKey>;
  /** The key with this id, also one that another process has added meanwhile; undefined when there is none. */
  keyWithId(id: string): Promise<TokenKey | undefined>;
}

export interface TokenKey {
  /** JWK thumbprint of the public key (RFC 7638), which stands in a token's header as `kid`. */
  readonly id: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

/** A key taken out of the directory stops verifying after so long at most. */
export const KEYS_TRUSTED_MS = 60_000;
/** Tokens with unknown key ids make the directory be read at most so often. */
export const KEYS_REREAD_MS = 1_000;

/**
 * The token keys in a directory, the first made with a warning where there is none.
 *
 * @param clock milliseconds, running
 * @throws KeyFileUnusable when a file is no Ed25519 private key in PKCS #8 PEM
 */
export async function openTokenKeys(directory: string, warn: Warn, clock: () => number = Date.now): Promise<TokenKeys> {
  let keys = await Promise.all(ensureKeyFiles(directory, 'token', newTokenKey, warn).map(tokenKeyOf));
  let readAt = clock();
  warnOfOpenKeyFiles(directory, 'token', warn);

  const reread = async () => {
    readAt = clock();
    keys = await Promise.all(readKeyFiles(directory, 'token').map(tokenKeyOf));
  };
  const freshEnough = async () => {
    if (clock() - readAt >= KEYS_TRUSTED_MS) await reread();
  };

  return {
    async signingKey() {
      await freshEnough();
      const newest = keys.at(-1);
      if (newest === undefined) throw new KeyFileUnusable(`${directory} has no token key any more`);
      return newest;
    },
    async keyWithId(id) {
      await freshEnough();
      const known = keys.find((key) => key.id === id);
      if (known !== undefined || clock() - readAt < KEYS_REREAD_MS) return known;
      await reread();
      return keys.find((key) => key.id === id);
    },
  };
}

/** Adds a new generation: it signs from now on, and what older ones signed stays good until it expires. */
export async function rotateTokenKey(directory: string): Promise<{ readonly generation: number; readonly id: string }> {
  const added = addKeyFile(directory, 'token', newTokenKey());
  return { generation: added.generation, id: (await tokenKeyOf(added)).id };
}

function newTokenKey(): string {
  return generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
}

async function tokenKeyOf({ generation, content }: KeyFile): Promise<TokenKey> {
  const privateKey = privateKeyOf(content);
  if (privateKey?.asymmetricKeyType !== 'ed25519') {
    throw new KeyFileUnusable(`token key ${generation} is not an Ed25519 private key (PKCS #8, PEM)`);
  }
  const publicKey = createPublicKey(privateKey);
  const { kty, crv, x } = publicKey.export({ format: 'jwk' });
  if (kty === undefined || crv === undefined || x === undefined) {
    throw new KeyFileUnusable(`token key ${generation} has no public half`);
  }
  return { id: await calculateJwkThumbprint({ kty, crv, x }), privateKey, publicKey };
}

function privateKeyOf(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem);
  } catch {
    return undefined;
  }
}
