import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { createAuthentication } from '../../src/api/auth/authentication';
import type { RoleGrant } from '../../src/api/auth/caller';
import { REVOCATION_SEEN_MS } from '../../src/api/auth/caller-watch';
import type { SubjectStanding } from '../../src/api/auth/subject-standing';
import { createSubjectTokens, type SubjectTokens } from '../../src/api/auth/subject-tokens';
import { openTokenKeys, type TokenKeys } from '../../src/api/auth/token-keys';
import { issueToken, ownIssuer } from '../../src/api/auth/tokens';
import { createApiContext } from '../../src/api/context';
import { buildApiSchema } from '../../src/api/schema';
import { instantAt } from '../../src/domain/time';
import { openTestApi, type TestApi } from '../support/api-harness';
import { type Office, openOffice } from '../support/policy-over-api';
import { codesOf, enterSocket, openSocket, type ServerUnderTest, startTestServer } from './server/running-server';

const KARI = '6f2a4a4e-5d13-4a37-9d52-1f9e5d3c7a01';
const OLA = '6f2a4a4e-5d13-4a37-9d52-1f9e5d3c7a02';
const CHANGES = `subscription ($after: String) {
  policyChanges(handle: "fjordlys/privacy", after: $after) { id cursor kind version { label } }
}`;
const STAMP = '{ policyInForce(handle: "fjordlys/privacy") { asOf { cursor } } }';

let api: TestApi;
let office: Office;
let policy: string;
let directory: string;
let keys: TokenKeys;
let subjectTokens: SubjectTokens;
let server: ServerUnderTest;
let standings: Map<string, SubjectStanding>;

beforeEach(async () => {
  api = await openTestApi(new Date(Date.now() - 60_000).toISOString());
  office = await openOffice(api, 'fjordlys');
  policy = await office.createPolicy('privacy');
  await office.publish(policy, { text: 'Den første.', label: 'Null' });
  directory = mkdtempSync(join(tmpdir(), 'samtykke-'));
  keys = await openTokenKeys(directory, () => undefined);
  standings = new Map();
  const parts = { keys, standingOf: (id: string) => standings.get(id), nowMs: Date.now };
  subjectTokens = createSubjectTokens(parts);
  const door = createAuthentication({ ...parts, issuers: [ownIssuer(keys)] });
  server = await startTestServer({
    schema: buildApiSchema(),
    createContext: (request) => createApiContext(api.services, request),
    authenticate: door.authenticate,
    isRevoked: door.isRevoked,
  });
});
afterEach(async () => {
  await server.close();
  await api.close();
  rmSync(directory, { recursive: true });
});

const tokenOf = async (role: RoleGrant['role'], lifeMs = 60_000) =>
  (await issueToken({ roles: [{ role, organisation: 'fjordlys' }], expiresIn: lifeMs }, keys, Date.now())).token;
const subjectToken = async (subject = KARI) => (await subjectTokens.issue({ subject, organisation: 'fjordlys' })).token;
const revoke = (subject = KARI) => standings.set(subject, { status: 'active', tokensRevokedAt: instantAt(Date.now()) });
const subscribe = (query: string, id = '1') => ({ id, type: 'subscribe', payload: { query } });
const publish = async (label: string) => {
  api.clock.nowMs += 10_000;
  await office.publish(policy, { text: `Teksten ${label}.`, label, reasons: ['WORDING'] });
};
const listen = 'subscription { policyChanges(handle: "fjordlys/privacy") { cursor version { label } } }';

/** The server's answer to one whole stream, as it stands when it has ended. */
async function streamOf(
  token: string,
): Promise<{ readonly ended: Promise<readonly Readonly<Record<string, unknown>>[]> }> {
  const response = await fetch(`${server.address}/graphql/stream`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query: listen }),
  });
  const ended = response.text().then((text) =>
    [...text.matchAll(/event: (\w+)\ndata:(.*)\n\n/g)].map(([, event, data = '']) => ({
      event,
      ...(data === '' ? {} : JSON.parse(data)),
    })),
  );
  return { ended };
}

interface Change {
  readonly id: string;
  readonly cursor: string;
  readonly kind: string;
  readonly version: { readonly label: string };
}

/** What comes after a cursor over a socket, through a client that others wrote: until it is closed, or a version is in force. */
async function changesAfter(
  after: string,
  authorization: string,
  { until, closes = [] }: { readonly until?: string; readonly closes?: unknown[] },
) {
  const client = createClient({
    url: `${server.address.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { authorization },
    retryAttempts: 0,
    on: { closed: (event) => closes.push(event instanceof Object && 'code' in event ? event.code : event) },
  });
  const seen: Change[] = [];
  let end: unknown;
  try {
    const items = client.iterate<{ readonly policyChanges: Change }>({ query: CHANGES, variables: { after } });
    for await (const { data } of items) {
      if (data) seen.push(data.policyChanges);
      if (data?.policyChanges.kind === 'IN_FORCE' && data.policyChanges.version.label === until) break;
    }
  } catch (error) {
    end = error;
  }
  await client.dispose();
  return { seen, end };
}

const UNAUTHENTICATED = [
  {
    event: 'next',
    errors: [{ message: expect.any(String), extensions: { code: 'UNAUTHENTICATED', closeCode: 4401 } }],
  },
  { event: 'complete' },
];

test('a socket whose token has run out is closed with 4401; a new token and the cursor miss nothing', async () => {
  const start = String((await api.get(STAMP)).at('policyInForce.asOf.cursor'));
  await publish('En');
  const closes: unknown[] = [];
  const { seen, end } = await changesAfter(start, await tokenOf('editor', 3_000), { closes });
  expect(seen.map(({ version }) => version.label)).toContain('En');
  expect([end, closes]).toEqual([expect.objectContaining({ code: 4401 }), [4401]]);
  await publish('To');
  const rest = await changesAfter(seen.at(-1)?.cursor ?? start, await tokenOf('editor'), { until: 'To' });
  const whole = await changesAfter(start, await tokenOf('editor'), { until: 'To' });
  expect([...seen, ...rest.seen]).toEqual(whole.seen);
});

test('a socket whose token is taken back is closed with 4401 in time, and the others stay', async () => {
  const kari = await enterSocket(server.address, { authorization: await subjectToken() });
  const ola = await enterSocket(server.address, { authorization: await subjectToken(OLA) });
  const officer = await enterSocket(server.address, { authorization: await tokenOf('officer') });
  kari.send(subscribe(listen));
  revoke();
  expect(await kari.closed).toEqual({ code: 4401, reason: 'Token revoked' });
  for (const socket of [ola, officer]) {
    socket.send(subscribe('{ caller { grants { role } } }', '2'));
    expect(await socket.next()).toMatchObject({ type: 'next', id: '2' });
    socket.socket.close();
  }
  const again = await enterSocket(server.address, { authorization: await subjectToken() });
  again.socket.close();
});

test('a socket of a person who is erased is closed with 4401', async () => {
  const socket = await enterSocket(server.address, { authorization: await subjectToken() });
  standings.set(KARI, { status: 'erased' });
  expect((await socket.closed).code).toBe(4401);
});

test('a socket of an anonymous person who is linked stays open until their tokens are taken back', async () => {
  const socket = await enterSocket(server.address, { authorization: await subjectToken() });
  standings.set(KARI, { status: 'linked' });
  let isClosed = false;
  void socket.closed.then(() => {
    isClosed = true;
  });
  await sleep(REVOCATION_SEEN_MS + 200);
  expect(isClosed).toBe(false);
  socket.send(subscribe('{ __typename }'));
  expect((await socket.next()).type).toBe('next');
  standings.set(KARI, { status: 'linked', tokensRevokedAt: instantAt(Date.now()) });
  expect((await socket.closed).code).toBe(4401);
});

test('nothing begins on an open socket with a token that was just taken back', async () => {
  const socket = await enterSocket(server.address, { authorization: await subjectToken() });
  revoke();
  socket.send(subscribe('{ caller { grants { role } } }'));
  expect((await socket.closed).code).toBe(4401);
  await expect(socket.next()).rejects.toThrow('closed');
});

test('a token that was taken back opens nothing on any transport', async () => {
  const token = await subjectToken();
  const fresh = async () => subjectToken();
  revoke();
  const answer = await server.ask({ query: '{ caller { actor } }' }, { authorization: `Bearer ${token}` });
  expect([answer.status, codesOf(answer)]).toEqual([401, ['UNAUTHENTICATED']]);
  const socket = await openSocket(server.address);
  socket.send({ type: 'connection_init', payload: { authorization: token } });
  expect(await socket.closed).toEqual({ code: 4401, reason: 'Unauthenticated' });
  expect(await (await streamOf(token)).ended).toEqual(UNAUTHENTICATED);
  const good = await server.ask({ query: '{ caller { actor } }' }, { authorization: `Bearer ${await fresh()}` });
  expect([good.status, codesOf(good)]).toEqual([200, []]);
});

test('an event stream whose token runs out says so last, and completes', async () => {
  const { ended } = await streamOf(await tokenOf('editor', 2_000));
  expect(await ended).toEqual(UNAUTHENTICATED);
});

test('an event stream whose token is taken back says so last, and completes', async () => {
  const { ended } = await streamOf(await subjectToken());
  revoke();
  expect(await ended).toEqual(UNAUTHENTICATED);
});

test('a token that is good for sixty days closes nothing early', async () => {
  const socket = await enterSocket(server.address, { authorization: await tokenOf('officer', 60 * 24 * 3_600_000) });
  await new Promise((resolve) => setTimeout(resolve, 300));
  socket.send(subscribe('{ caller { grants { role } } }'));
  expect(await socket.next()).toMatchObject({ type: 'next' });
  socket.socket.close();
});

test('nothing of the above was a fault', async () => {
  expect(api.faults).toEqual([]);
  expect(server.logged().filter(({ level }) => level === 50)).toEqual([]);
});
