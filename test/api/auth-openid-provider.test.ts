import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuthentication } from '../../src/api/auth/authentication';
import type { Caller } from '../../src/api/auth/caller';
import { openIdIssuer } from '../../src/api/auth/openid-issuer';
import { createProviderKeys, KEYS_FRESH_MS, PROVIDER_COOLDOWN_MS } from '../../src/api/auth/openid-keys';
import { DEFAULT_GRANTABLE } from '../../src/api/auth/openid-settings';
import { openSignIn, type SignIn } from '../../src/api/auth/sign-in';
import { openTokenKeys } from '../../src/api/auth/token-keys';
import { createApiContext } from '../../src/api/context';
import { buildApiSchema } from '../../src/api/schema';
import { openTestApi, type TestApi } from '../support/api-harness';
import { type Office, openOffice } from '../support/policy-over-api';
import { REAL_AUDIENCE, type RealOpenIdProvider, startRealOpenIdProvider } from '../support/real-openid-provider';
import {
  codesOf,
  enterSocket,
  eventually,
  openSocket,
  type ServerUnderTest,
  startTestServer,
} from './server/running-server';

/** Everything against a provider that others wrote and that is certified, over real connections. */
let provider: RealOpenIdProvider;
let api: TestApi;
let office: Office;
let server: ServerUnderTest;
let signIn: SignIn;
let directory: string;
let warned: string[];

beforeEach(async () => {
  provider = await startRealOpenIdProvider();
  api = await openTestApi();
  office = await openOffice(api, 'fjordlys');
  directory = mkdtempSync(join(tmpdir(), 'samtykke-'));
  warned = [];
  signIn = openSignIn({
    keys: await openTokenKeys(directory, () => undefined),
    openId: settings(),
    standingOf: () => undefined,
    findSubject,
    nowMs: Date.now,
    log: { warn: (_details: unknown, message?: string) => void warned.push(String(message)) },
  });
  server = await startTestServer({
    schema: buildApiSchema(),
    createContext: (request) => createApiContext(api.services, request),
    authenticate: signIn.authenticate,
    isRevoked: signIn.isRevoked,
    health: async () => [{ name: 'STORE', ok: true }, ...signIn.health()],
  });
});
afterEach(async () => {
  await server.close();
  await api.close();
  await provider.stop();
  rmSync(directory, { recursive: true });
});

const settings = () => ({
  issuer: provider.issuer,
  audience: REAL_AUDIENCE,
  rolesClaim: 'samtykke_roles',
  subjectClaim: 'sub',
  grantable: DEFAULT_GRANTABLE,
});
const findSubject = async (slug: string, externalId: string) => {
  const { app, readModels } = api.services;
  const organisation = readModels.organisationBySlug(slug, readModels.applied());
  return organisation && (await app.vault.findSubjects(organisation.id, [externalId]))[0];
};
const WHO = '{ caller { actor grants { role organisation { slug } } expiresAt } }';
const ask = (token: string) => server.ask({ query: WHO }, { authorization: `Bearer ${token}` });
const subjectIn = (caller: Caller) => (caller.kind === 'token' ? caller.subject : undefined);

test('a backend is who its provider says, over HTTP and WebSocket', async () => {
  provider.grants.set('backend', ['service@fjordlys', 'offline_access']);
  const token = await provider.backendToken();
  const data = {
    caller: {
      actor: 'backend of the provider',
      grants: [{ role: 'service', organisation: { slug: 'fjordlys' } }],
      expiresAt: expect.any(String),
    },
  };
  expect((await ask(token)).body).toEqual({ data });
  const socket = await enterSocket(server.address, { authorization: `Bearer ${token}` });
  socket.send({ id: '1', type: 'subscribe', payload: { query: WHO } });
  expect(await socket.next()).toMatchObject({ payload: { data } });
  socket.socket.close();
});

test('a person who signs in is the subject with their external id, and nobody while they are not registered', async () => {
  provider.grants.set('kari', ['subject@fjordlys']);
  const { accessToken } = await provider.signIn('kari');
  expect(subjectIn(await signIn.authenticate(accessToken))).toBeUndefined();
  const { id } = await api.services.app.vault.subjectOf(office.id, 'kari');
  expect(subjectIn(await signIn.authenticate(`Bearer ${accessToken}`))).toBe(id);
  provider.grants.set('ola', ['subject@fjordlys']);
  expect(subjectIn(await signIn.authenticate((await provider.signIn('ola')).accessToken))).toBeUndefined();
});

test('what is meant for the app, for somebody else, or says nothing by itself is refused', async () => {
  provider.grants.set('kari', ['officer@fjordlys']);
  const { idToken } = await provider.signIn('kari');
  const tokens = [idToken, await provider.backendToken('urn:somebody:else'), await provider.opaqueToken()];
  for (const token of tokens) {
    const answer = await ask(token);
    expect([answer.status, codesOf(answer)]).toEqual([401, ['UNAUTHENTICATED']]);
    const socket = await openSocket(server.address);
    socket.send({ type: 'connection_init', payload: { authorization: token } });
    expect((await socket.closed).code).toBe(4401);
  }
});

test('a provider that is out is told by the health of the node, which stays ready', async () => {
  const health = async () => {
    const response = await fetch(`${server.address}/health/ready`);
    const body = (await response.json()) as { readonly checks: readonly { readonly name: string }[] };
    return [response.status, body.checks.find(({ name }) => name === 'OPENID_PROVIDER')];
  };
  await eventually(async () => JSON.stringify(await health()).includes('"ok":true'), 'the provider has answered');
  await provider.stop();
  const apart = openSignIn({
    keys: await openTokenKeys(directory, () => undefined),
    openId: settings(),
    standingOf: () => undefined,
    findSubject,
    nowMs: Date.now,
    log: { warn: (_details: unknown, message?: string) => void warned.push(String(message)) },
  });
  expect(apart.health()).toMatchObject([{ name: 'OPENID_PROVIDER', ok: false, required: false }]);
  await eventually(() => warned.length > 0, 'somebody was warned');
  expect(warned).toEqual(['OpenID Connect: The provider cannot be reached.']);
  expect(apart.health()).toEqual([
    {
      name: 'OPENID_PROVIDER',
      ok: false,
      required: false,
      detail: 'The provider cannot be reached. Its tokens are refused.',
    },
  ]);
  expect((await health())[0]).toBe(200);
});

describe('keys', () => {
  let clock = 0;
  const door = () => {
    const keys = createProviderKeys({ issuer: provider.issuer, onFault: () => undefined, clock: () => clock });
    const issuers = [openIdIssuer(settings(), keys, findSubject)];
    return createAuthentication({ issuers, standingOf: () => undefined, nowMs: Date.now });
  };
  const isGood = (by: ReturnType<typeof door>, token: string) =>
    by.authenticate(token).then(
      () => true,
      () => false,
    );

  test('that the provider rotates are followed, also to another algorithm', async () => {
    const by = door();
    const old = await provider.backendToken();
    expect(await isGood(by, old)).toBe(true);
    await provider.rotateKeys('RS256');
    const fresh = await provider.backendToken();
    expect(await isGood(by, fresh)).toBe(false);
    clock += PROVIDER_COOLDOWN_MS;
    expect(await isGood(by, fresh)).toBe(true);
    expect(await isGood(by, old)).toBe(false);
  });

  test('that are known stay good while the provider is out', async () => {
    const by = door();
    const token = await provider.backendToken();
    expect(await isGood(by, token)).toBe(true);
    await provider.stop();
    clock += KEYS_FRESH_MS;
    expect(await isGood(by, token)).toBe(true);
  });
});
