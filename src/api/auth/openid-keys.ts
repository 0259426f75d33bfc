import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import { z } from 'zod';
import { isSafe, readOpenIdAddress } from './openid-address';
import { fetchFromProvider, ProviderFault } from './openid-fetch';
import { TokenRejected } from './tokens';

/** The public keys of an OpenID Connect provider, as it publishes them. */
export interface ProviderKeys {
  /** The key that a token's header names. @throws TokenRejected when there is none */
  readonly keyOf: JWTVerifyGetKey;
  /** Looks for the keys now, unless that was tried a moment ago. Never rejects. */
  refresh(): Promise<void>;
  /** How it stands; begins to look for the keys when it is time, and does not wait for them. */
  status(): ProviderStatus;
}

export type ProviderStatus =
  | { readonly kind: 'unasked' }
  | { readonly kind: 'well' }
  /** `verifying`: the keys that are known are still used. */
  | { readonly kind: 'faulty'; readonly fault: ProviderFault; readonly verifying: boolean };

/** Keys are asked for again after so long: a key that the provider has withdrawn is trusted no longer. */
export const KEYS_FRESH_MS = 10 * 60_000;
/** While the provider cannot be asked, what it said last holds so long. */
export const KEYS_KEPT_MS = 24 * 3_600_000;
/** The provider is asked at most so often, whoever sends tokens with whatever key ids. */
export const PROVIDER_COOLDOWN_MS = 10_000;
export const MAX_PROVIDER_KEYS = 100;

interface ProviderKeysOptions {
  /** Compared with what the provider calls itself, letter by letter. */
  readonly issuer: string;
  /** Told of the first of a row of faults. */
  readonly onFault: (fault: ProviderFault) => void;
  /** Milliseconds, running. */
  readonly clock?: () => number;
}

type KeyLookup = ReturnType<typeof createLocalJWKSet>;

export function createProviderKeys({ issuer, onFault, clock = runningClock }: ProviderKeysOptions): ProviderKeys {
  let known: { readonly lookUp: KeyLookup; readonly since: number } | undefined;
  let askedAt = Number.NEGATIVE_INFINITY;
  let fault: ProviderFault | undefined;
  let pending: Promise<void> | undefined;

  const ask = async () => {
    askedAt = clock();
    try {
      known = { lookUp: createLocalJWKSet(await fetchKeys(issuer)), since: askedAt };
      fault = undefined;
    } catch (error) {
      if (!(error instanceof ProviderFault)) throw error;
      if (fault?.reason !== error.reason) onFault(error);
      fault = error;
    }
  };
  const refresh = async () => {
    if (pending === undefined && clock() - askedAt < PROVIDER_COOLDOWN_MS) return;
    pending ??= ask().finally(() => {
      pending = undefined;
    });
    await pending;
  };
  const ageMs = () => (known === undefined ? Number.POSITIVE_INFINITY : clock() - known.since);
  const usable = () => (ageMs() < KEYS_KEPT_MS ? known?.lookUp : undefined);

  return {
    refresh,
    async keyOf(header, token) {
      if (ageMs() >= KEYS_FRESH_MS) {
        const asked = refresh();
        // Nobody waits for a provider that is known to be silent while there are keys to go by.
        if (fault === undefined || usable() === undefined) await asked;
      }
      const key = await lookUp(usable(), header, token);
      if (key !== undefined) return key;
      await refresh();
      const found = await lookUp(usable(), header, token);
      if (found === undefined) throw new TokenRejected('unknown-key');
      return found;
    },
    status() {
      if (ageMs() >= KEYS_FRESH_MS) void refresh();
      if (fault !== undefined) return { kind: 'faulty', fault, verifying: usable() !== undefined };
      return { kind: known === undefined ? 'unasked' : 'well' };
    },
  };
}

const runningClock = () => performance.now();

async function lookUp(keys: KeyLookup | undefined, ...asked: Parameters<KeyLookup>) {
  try {
    return await keys?.(...asked);
  } catch (error) {
    if (error instanceof errors.JWKSNoMatchingKey) return undefined;
    // Two keys that answer to one name, or one that is no key: whatever it is, it is about the provider's set.
    throw new TokenRejected('unknown-key');
  }
}

const DISCOVERY = z.object({ issuer: z.string(), jwks_uri: z.string() });
const KEY_SET = z.object({ keys: z.array(z.looseObject({ kty: z.string() })).max(MAX_PROVIDER_KEYS) });

/** @throws ProviderFault */
async function fetchKeys(issuer: string): Promise<JSONWebKeySet> {
  const discovery = DISCOVERY.safeParse(await fetchFromProvider(discoveryAddress(issuer)));
  if (!discovery.success) throw new ProviderFault('unreadable');
  if (discovery.data.issuer !== issuer) throw new ProviderFault('another-issuer');
  const set = KEY_SET.safeParse(await fetchFromProvider(keysAddress(discovery.data.jwks_uri, issuer)));
  if (!set.success) throw new ProviderFault('unreadable');
  // A shared secret, if one stood there by mistake, is no secret and verifies nothing.
  const keys = set.data.keys.filter(({ kty }) => kty !== 'oct');
  if (keys.length === 0) throw new ProviderFault('no-keys');
  return { keys };
}

/** OpenID Connect Discovery 1.0, 4.1: a slash at the end of the issuer is left out. */
function discoveryAddress(issuer: string): URL {
  return new URL(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`);
}

/** @throws ProviderFault unless as safe as the issuer itself */
function keysAddress(text: string, issuer: string): URL {
  const address = URL.canParse(text) ? new URL(text) : undefined;
  const elsewhere = readOpenIdAddress(issuer)?.protocol === 'https:' && address?.protocol !== 'https:';
  if (address === undefined || elsewhere || !isSafe(address)) throw new ProviderFault('unsafe-address');
  return address;
}
