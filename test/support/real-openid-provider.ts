import { createHash, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import Provider, { type Configuration } from 'oidc-provider';

/** A certified OpenID Connect provider on the loopback, with one backend and one app that people sign in to. */
export interface RealOpenIdProvider {
  readonly issuer: string;
  /** Grants in the tokens of a client or a person, by its id or theirs. */
  readonly grants: Map<string, readonly string[]>;
  /** An access token of the backend, for itself (client credentials). */
  backendToken(audience?: string): Promise<string>;
  /** What a person gets who signs in to the app and agrees (authorization code with PKCE). */
  signIn(person: string): Promise<{ readonly accessToken: string; readonly idToken: string }>;
  /** A token that says nothing by itself. */
  opaqueToken(): Promise<string>;
  /** Comes back with another key and forgets the one before. */
  rotateKeys(algorithm: string): Promise<void>;
  stop(): Promise<void>;
}

export const REAL_AUDIENCE = 'urn:samtykke:api-of-the-tests';
const SECRET = 'a secret of the tests';
const REDIRECT = 'http://127.0.0.1/signed-in';

export async function startRealOpenIdProvider(): Promise<RealOpenIdProvider> {
  const grants = new Map<string, readonly string[]>();
  let answer: (request: IncomingMessage, response: ServerResponse) => void = () => undefined;
  const server = createServer((request, response) => answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const rotateKeys = async (algorithm: string) => {
    const provider = new Provider(issuer, configuration(grants, await privateJwk(algorithm)));
    const serve = provider.callback();
    answer = (request, response) => {
      if (request.url?.startsWith('/interaction/')) void agree(provider, request, response);
      else void serve(request, response);
    };
  };
  await rotateKeys('ES256');
  return {
    issuer,
    grants,
    rotateKeys,
    backendToken: async (resource = REAL_AUDIENCE) => text(await askForToken(issuer, { resource }), 'access_token'),
    opaqueToken: async () => text(await askForToken(issuer, {}), 'access_token'),
    signIn: (person) => signIn(issuer, person),
    stop: () => stop(server),
  };
}

async function privateJwk(algorithm: string): Promise<JWK> {
  const { privateKey } = await generateKeyPair(algorithm, { extractable: true });
  return { ...(await exportJWK(privateKey)), alg: algorithm, use: 'sig', kid: randomBytes(6).toString('hex') };
}

function configuration(grants: ReadonlyMap<string, readonly string[]>, key: JWK): Configuration {
  const alg = key.alg === 'ES256' ? 'ES256' : 'RS256';
  return {
    clients: [
      {
        client_id: 'backend',
        client_secret: SECRET,
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
      },
      {
        client_id: 'app',
        application_type: 'native',
        token_endpoint_auth_method: 'none',
        redirect_uris: [REDIRECT],
        id_token_signed_response_alg: alg,
      },
    ],
    clientDefaults: { id_token_signed_response_alg: alg },
    jwks: { keys: [key] },
    cookies: { keys: [randomBytes(16).toString('hex')] },
    findAccount: (_context, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
    // Of which person or program a token speaks, and what they may do here.
    extraTokenClaims: (_context, token) => {
      const whose = token.kind === 'AccessToken' ? token.accountId : token.clientId;
      return { samtykke_roles: [...(grants.get(whose ?? '') ?? [])], name: `${whose} of the provider` };
    },
    interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
    ttl: { AccessToken: 600, ClientCredentials: 600, IdToken: 600, Interaction: 600, Session: 600, Grant: 600 },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => [],
        useGrantedResource: () => true,
        getResourceServerInfo: (_context, audience) => ({
          scope: 'samtykke',
          audience,
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg } },
        }),
      },
    },
  };
}

/** Signs in whoever asks, under the name in the hint, and agrees to everything. */
async function agree(provider: Provider, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { prompt, params, session } = await provider.interactionDetails(request, response);
  if (prompt.name === 'login') {
    const login = { accountId: String(params.login_hint) };
    await provider.interactionFinished(request, response, { login }, { mergeWithLastSubmission: false });
    return;
  }
  const grant = new provider.Grant({ accountId: session?.accountId ?? '', clientId: String(params.client_id) });
  grant.addOIDCScope('openid');
  grant.addResourceScope(String(params.resource), 'samtykke');
  const consent = { grantId: await grant.save() };
  await provider.interactionFinished(request, response, { consent }, { mergeWithLastSubmission: true });
}

async function askForToken(issuer: string, asked: Readonly<Record<string, string>>): Promise<unknown> {
  const basic = Buffer.from(`backend:${encodeURIComponent(SECRET)}`).toString('base64');
  return post(issuer, { grant_type: 'client_credentials', ...asked }, { authorization: `Basic ${basic}` });
}

async function post(issuer: string, form: Readonly<Record<string, string>>, headers: Readonly<Record<string, string>>) {
  const response = await fetch(`${issuer}/token`, { method: 'POST', headers, body: new URLSearchParams(form) });
  const body: unknown = await response.json();
  if (!response.ok) throw new Error(`The provider refused: ${JSON.stringify(body)}`);
  return body;
}

function text(answer: unknown, name: string): string {
  const value: unknown = typeof answer === 'object' && answer !== null ? Reflect.get(answer, name) : undefined;
  if (typeof value !== 'string') throw new Error(`The provider answered no ${name}.`);
  return value;
}

/** As a browser does it: from page to page with its cookies, until it is sent back to the app with a code. */
async function signIn(issuer: string, person: string) {
  const verifier = randomBytes(32).toString('base64url');
  const asked = new URLSearchParams({
    client_id: 'app',
    response_type: 'code',
    scope: 'openid samtykke',
    redirect_uri: REDIRECT,
    resource: REAL_AUDIENCE,
    login_hint: person,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  });
  const back = await followUntil(`${issuer}/auth?${asked}`, REDIRECT);
  const answer = await post(
    issuer,
    {
      grant_type: 'authorization_code',
      client_id: 'app',
      code: back.searchParams.get('code') ?? '',
      redirect_uri: REDIRECT,
      code_verifier: verifier,
      resource: REAL_AUDIENCE,
    },
    {},
  );
  return { accessToken: text(answer, 'access_token'), idToken: text(answer, 'id_token') };
}

const MAX_PAGES = 10;

async function followUntil(start: string, end: string): Promise<URL> {
  const cookies = new Map<string, string>();
  let address = new URL(start);
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(address, { redirect: 'manual', headers: { cookie } });
    for (const set of response.headers.getSetCookie()) {
      const [name = '', value = ''] = set.split(';')[0]?.split('=') ?? [];
      cookies.set(name, value);
    }
    const location = response.headers.get('location');
    if (location === null) throw new Error(`The provider stopped at ${address.pathname}: ${await response.text()}`);
    address = new URL(location, address);
    if (address.href.startsWith(end)) return address;
  }
  throw new Error('The provider sends from page to page without end.');
}

async function stop(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise<void>((resolve) => server.close(() => resolve()));
}
