import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { createAuthentication } from '../../src/api/auth/authentication';
import type { TokenKeys } from '../../src/api/auth/token-keys';
import { AUDIENCE, OWN_ISSUER, ownIssuer } from '../../src/api/auth/tokens';
import { createApiContext } from '../../src/api/context';
import { buildApiSchema } from '../../src/api/schema';
import { openTestApi, type TestApi } from '../support/api-harness';
import { openOffice } from '../support/policy-over-api';
import { tokenKeysInMemory } from '../support/token-keys';
import { codesOf, openSocket, type ServerUnderTest, startTestServer } from './server/running-server';

/** Forged tokens at the doors of a running server, each on each transport: one code, and nothing written. */
let api: TestApi;
let keys: TokenKeys;
let server: ServerUnderTest;
let organisation: string;

beforeAll(async () => {
  api = await openTestApi(new Date().toISOString());
  organisation = (await openOffice(api, 'fjordlys')).id;
  keys = await tokenKeysInMemory();
  const door = createAuthentication({ issuers: [ownIssuer(keys)], standingOf: () => undefined, nowMs: Date.now });
  server = await startTestServer({
    schema: buildApiSchema(),
    createContext: (request) => createApiContext(api.services, request),
    authenticate: door.authenticate,
    isRevoked: door.isRevoked,
  });
});
afterAll(async () => {
  await server.close();
  await api.close();
});

const encode = (part: object | string) =>
  Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url');
const seconds = () => Math.floor(Date.now() / 1_000);
const claims = () => ({
  iss: OWN_ISSUER,
  aud: AUDIENCE,
  sub: 'mallory',
  roles: ['operator', 'editor@fjordlys', 'officer@fjordlys'],
  iat: seconds(),
  exp: seconds() + 3_600,
});
const signed = async (payload: object, header: object = {}, privateKey?: KeyObject) => {
  const key = await keys.signingKey();
  const body = `${encode({ alg: 'EdDSA', typ: 'JWT', kid: key.id, ...header })}.${encode(payload)}`;
  return `${body}.${sign(null, Buffer.from(body), privateKey ?? key.privateKey).toString('base64url')}`;
};
const stranger = generateKeyPairSync('ed25519').privateKey;

const FORGED: readonly (readonly [string, () => Promise<string>])[] = [
  ['that has expired', () => signed({ ...claims(), iat: 1_000, exp: 2_000 })],
  ['for another audience', () => signed({ ...claims(), aud: 'somebody else' })],
  ['of another issuer', () => signed({ ...claims(), iss: 'https://id.example' })],
  ['of the future', () => signed({ ...claims(), iat: seconds() + 3_600, exp: seconds() + 7_200 })],
  ['without an end', () => signed({ ...claims(), exp: undefined })],
  ['of a key that nobody knows', () => signed(claims(), { kid: 'unknown' }, stranger)],
  ['of a stranger under our key’s name', () => signed(claims(), {}, stranger)],
  ['with a key of its own', () => signed(claims(), { jwk: stranger.export({ format: 'jwk' }) }, stranger)],
  ['of a role that there is not', () => signed({ ...claims(), roles: ['emperor@fjordlys'] })],
  ['without a signature', async () => `${encode({ alg: 'none' })}.${encode(claims())}.`],
  [
    'signed with the public key as a shared secret',
    async () => {
      const { id, publicKey } = await keys.signingKey();
      const body = `${encode({ alg: 'HS256', kid: id })}.${encode(claims())}`;
      const secret = publicKey.export({ format: 'pem', type: 'spki' });
      return `${body}.${createHmac('sha256', secret).update(body).digest('base64url')}`;
    },
  ],
  [
    'with another’s payload',
    async () => (await signed(claims())).replace(/\.[^.]+\./, `.${encode({ ...claims(), sub: 'ola' })}.`),
  ],
  ['around another token', async () => signed({ ...claims(), iss: undefined, token: await signed(claims()) })],
  ['too long to be read', async () => signed({ ...claims(), more: 'x'.repeat(7_000) })],
  ['of garbage', async () => 'garbage'],
  ['of three empty parts', async () => '..'],
];

const MUTATION = `mutation ($organisation: ID!) {
  policyCreate(input: { organisation: $organisation, slug: "forged", kind: TERMS, title: "T" }) { position }
}`;
const LISTEN = 'subscription { policyChanges { cursor } }';

test.each(FORGED)('a token %s opens no door', async (_, forge) => {
  const token = await forge();
  const head = await api.services.app.store.head();
  const operation = { query: MUTATION, variables: { organisation } };
  const answer = await server.ask(operation, { authorization: `Bearer ${token}` });
  expect([answer.status, codesOf(answer)]).toEqual([401, ['UNAUTHENTICATED']]);
  expect(answer.headers.get('www-authenticate')).toBe('Bearer');

  const socket = await openSocket(server.address);
  socket.send({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } });
  expect(await socket.closed).toEqual({ code: 4401, reason: 'Unauthenticated' });

  const stream = await fetch(`${server.address}/graphql/stream`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      accept: 'text/event-stream',
      'content-type': 'application/json',
    },
    body: JSON.stringify({ query: LISTEN }),
  });
  expect(await stream.text()).toMatch(/event: next\ndata:.*"UNAUTHENTICATED".*4401.*\n\nevent: complete/);
  expect(await api.services.app.store.head()).toEqual(head);
  expect(JSON.stringify(server.logged())).not.toContain(token.length > 20 ? token.slice(-20) : 'garbage');
});

test('what the forger wanted is done with a good token, so the above could have failed', async () => {
  const token = await signed(claims());
  const operation = { query: MUTATION, variables: { organisation } };
  const answer = await server.ask(operation, { authorization: `Bearer ${token}` });
  expect(answer.body).toEqual({ data: { policyCreate: { position: expect.any(String) } } });
  expect(api.faults).toEqual([]);
});
