import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';

/** An OpenID Connect provider on a free port of the loopback, which a test can make do whatever providers do. */
export interface OpenIdProvider {
  readonly issuer: string;
  /** Requests for the key set so far. */
  readonly keyRequests: () => number;
  /** What it says of itself; a test may alter it. */
  readonly discovery: Record<string, unknown>;
  /** The key set as it is answered; a test may alter it. */
  keys: JWK[];
  /** Takes over each answer while it is set. */
  answer: ((request: IncomingMessage, response: ServerResponse) => void) | undefined;
  /** Adds a key, publishes it alone, and signs with it from now on. */
  rotate(algorithm?: string): Promise<SigningKey>;
  signingKey(): SigningKey;
  /** A token with these claims beside good ones; undefined leaves one out. */
  token(claims?: Readonly<Record<string, unknown>>, options?: TokenOptions): Promise<string>;
  /** Nobody listens any more. */
  stop(): Promise<void>;
  /** Listens again, where it did. */
  start(): Promise<void>;
}

export interface SigningKey {
  readonly kid: string;
  readonly algorithm: string;
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
}

export interface TokenOptions {
  readonly key?: SigningKey;
  readonly header?: Readonly<Record<string, unknown>>;
}

export const PROVIDER_AUDIENCE = 'urn:samtykke:tests';

export async function startOpenIdProvider(): Promise<OpenIdProvider> {
  let requests = 0;
  let current: SigningKey;
  let server: Server | undefined;
  let port = 0;
  const listen = async () => {
    server = createServer(respond);
    await new Promise<void>((resolve) => server?.listen(port, '127.0.0.1', resolve));
    port = (server.address() as AddressInfo).port;
  };
  const respond = (request: IncomingMessage, response: ServerResponse) => {
    if (request.url === '/keys') requests += 1;
    if (provider.answer !== undefined) provider.answer(request, response);
    else if (request.url === '/.well-known/openid-configuration') json(response, provider.discovery);
    else if (request.url === '/keys') json(response, { keys: provider.keys });
    else response.writeHead(404).end();
  };
  await listen();
  const issuer = `http://127.0.0.1:${port}`;
  const rotate = async (algorithm = 'ES256') => {
    current = await newSigningKey(algorithm);
    provider.keys = [await publicJwk(current)];
    return current;
  };
  const provider: OpenIdProvider = {
    issuer,
    keyRequests: () => requests,
    discovery: { issuer, jwks_uri: `${issuer}/keys` },
    keys: [],
    answer: undefined,
    rotate,
    signingKey: () => current,
    token: (claims, options) => signed({ ...usualClaims(issuer), ...claims }, options?.key ?? current, options?.header),
    start: listen,
    stop: async () => {
      server?.closeAllConnections();
      await new Promise<void>((resolve) => server?.close(() => resolve()) ?? resolve());
      server = undefined;
    },
  };
  await rotate();
  return provider;
}

export async function newSigningKey(algorithm: string, kid = `k${Math.random().toString(36).slice(2)}`) {
  return { kid, algorithm, ...(await generateKeyPair(algorithm, { extractable: true })) };
}

export async function publicJwk({ kid, algorithm, publicKey }: SigningKey): Promise<JWK> {
  return { ...(await exportJWK(publicKey)), kid, alg: algorithm, use: 'sig' };
}

export function json(response: ServerResponse, body: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function usualClaims(iss: string): JWTPayload {
  const now = Math.floor(Date.now() / 1_000);
  return { iss, aud: PROVIDER_AUDIENCE, sub: 'kari', name: 'Kari Nordmann', iat: now, exp: now + 3_600 };
}

function signed(claims: Readonly<Record<string, unknown>>, key: SigningKey, header: object = {}): Promise<string> {
  const present = Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined));
  return new SignJWT(present)
    .setProtectedHeader({ alg: key.algorithm, kid: key.kid, typ: 'JWT', ...header })
    .sign(key.privateKey);
}
