import { createAuthentication } from '../../src/api/auth/authentication';
import { openIdIssuer } from '../../src/api/auth/openid-issuer';
import { createProviderKeys } from '../../src/api/auth/openid-keys';
import { DEFAULT_GRANTABLE } from '../../src/api/auth/openid-settings';
import { standingIn } from '../../src/api/auth/subject-standing';
import { createSubjectTokens } from '../../src/api/auth/subject-tokens';
import type { TokenKeys } from '../../src/api/auth/token-keys';
import { issueToken, ownIssuer } from '../../src/api/auth/tokens';
import { createApiContext } from '../../src/api/context';
import { buildApiSchema } from '../../src/api/schema';
import { openTestApi, type TestApi } from '../support/api-harness';
import { type OpenIdProvider, PROVIDER_AUDIENCE, startOpenIdProvider } from '../support/openid-provider';
import { peopleOf, type ShownVersion } from '../support/people-over-api';
import { type Office, openOffice, refusals, send, write } from '../support/policy-over-api';
import { tokenKeysInMemory } from '../support/token-keys';
import {
  type AnsweredError,
  codesOf,
  enterSocket,
  eventually,
  openSocket,
  type RawSocket,
  type ServerUnderTest,
  startTestServer,
} from './server/running-server';

/** People and their own tokens from end to end: issued, used, taken back, over real connections. */
let api: TestApi;
let office: Office;
let keys: TokenKeys;
let provider: OpenIdProvider;
let server: ServerUnderTest;

beforeEach(async () => {
  api = await openTestApi(new Date().toISOString());
  office = await openOffice(api, 'fjordlys');
  keys = await tokenKeysInMemory();
  provider = await startOpenIdProvider();
  const { app, readModels } = api.services;
  const parts = { keys, standingOf: standingIn(readModels), nowMs: Date.now };
  const settings = {
    issuer: provider.issuer,
    audience: PROVIDER_AUDIENCE,
    rolesClaim: 'samtykke_roles',
    subjectClaim: 'sub',
    grantable: DEFAULT_GRANTABLE,
  };
  const providerKeys = createProviderKeys({ issuer: provider.issuer, onFault: () => undefined });
  const openId = openIdIssuer(settings, providerKeys, async (slug, externalId) => {
    const organisation = readModels.organisationBySlug(slug, readModels.applied());
    return organisation && (await app.vault.findSubjects(organisation.id, [externalId]))[0];
  });
  const door = createAuthentication({ ...parts, issuers: [ownIssuer(keys), openId] });
  const services = { ...api.services, subjectTokens: createSubjectTokens(parts) };
  api = { ...api, services };
  server = await startTestServer({
    schema: buildApiSchema(),
    createContext: (request) => createApiContext(services, request),
    authenticate: door.authenticate,
    isRevoked: door.isRevoked,
  });
});
afterEach(async () => {
  await server.close();
  await api.close();
  await provider.stop();
});

const register = async (externalId?: string) => {
  const input = { organisation: office.id, ...(externalId && { externalId }) };
  return String((await write(api, office.service, 'subjectRegister', input, 'subject { id }')).at('subject.id'));
};
const serviceToken = async () =>
  (await issueToken({ roles: [{ role: 'service', organisation: 'fjordlys' }], expiresIn: 60_000 }, keys, Date.now()))
    .token;

/** As a product's backend asks for it, over HTTP. */
async function issued(subject: string, more: object = {}) {
  const query = `mutation ($input: SubjectTokenIssueInput!) {
    subjectTokenIssue(input: $input) { token expiresAt userErrors { code path } }
  }`;
  const variables = { input: { subject, ...more } };
  const { body } = await server.ask({ query, variables }, { authorization: `Bearer ${await serviceToken()}` });
  const { subjectTokenIssue } = body.data as {
    readonly subjectTokenIssue: {
      readonly token: string;
      readonly expiresAt: string;
      readonly userErrors: readonly { readonly code: string }[];
    };
  };
  return subjectTokenIssue;
}

/** Whom the server takes the bearer for: an id, null, or the code of the refusal. */
async function me(token: string): Promise<unknown> {
  const answer = await server.ask({ query: '{ me { id } }' }, { authorization: `Bearer ${token}` });
  const data = answer.body.data as { readonly me: { readonly id: string } | null } | undefined;
  return answer.body.errors === undefined ? (data?.me?.id ?? null) : `${answer.status} ${codesOf(answer)}`;
}
const GONE = '401 UNAUTHENTICATED';

test('a token that a backend asks for is the person’s own, for a quarter of an hour', async () => {
  const kari = await register('kari');
  const { token, expiresAt, userErrors } = await issued(kari);
  expect([await me(token), userErrors]).toEqual([kari, []]);
  const leftMs = Date.parse(expiresAt) - Date.now();
  expect(leftMs).toBeGreaterThan(800_000);
  expect(leftMs).toBeLessThanOrEqual(900_000);
});

test.each([0, 59, 86_401, -900])('a token is not made for %i seconds', async (validForSeconds) => {
  const { token, userErrors } = await issued(await register('kari'), { validForSeconds });
  expect([token, userErrors.map(({ code }) => code)]).toEqual([null, ['TOKEN_LIFE_OUT_OF_RANGE']]);
});

test('revoking ends every token of the person at once, and one made right after is good', async () => {
  const [kari, ola] = [await register('kari'), await register('ola')];
  const [first, second, other] = [await issued(kari), await issued(kari), await issued(ola)];
  const socket = await enterSocket(server.address, { authorization: second.token });
  await write(api, office.service, 'subjectTokensRevoke', { subject: kari }, 'subject { id }');
  const fresh = await issued(kari);
  expect([await me(first.token), await me(second.token), await me(fresh.token), await me(other.token)]).toEqual([
    GONE,
    GONE,
    kari,
    ola,
  ]);
  expect((await socket.closed).code).toBe(4401);
  const late = await openSocket(server.address);
  late.send({ type: 'connection_init', payload: { authorization: first.token } });
  expect((await late.closed).code).toBe(4401);
});

test('twenty times in a row a token made after a revocation is good, and the one before it is not', async () => {
  const kari = await register('kari');
  let { token } = await issued(kari);
  for (let round = 0; round < 20; round += 1) {
    await write(api, office.service, 'subjectTokensRevoke', { subject: kari }, 'subject { id }');
    const fresh = (await issued(kari)).token;
    expect([round, await me(token), await me(fresh)]).toEqual([round, GONE, kari]);
    token = fresh;
  }
});

describe('the token of an anonymous person who is linked to an account', () => {
  let visitor: string;
  let kari: string;
  let token: string;
  let shown: ShownVersion;
  let policy: string;
  let evidence: string;

  beforeEach(async () => {
    const anonymous = { organisation: office.id, categories: ['customers'] };
    const registered = await write(api, office.service, 'subjectRegister', anonymous, 'subject { id }');
    [visitor, kari] = [String(registered.at('subject.id')), await register('kari')];
    ({ token } = await issued(visitor));
    const people = peopleOf(api, office);
    policy = await office.createPolicy('privacy');
    shown = await people.publish(policy, { text: 'Versjon en.' });
    const copy = { kind: 'SUBJECT_COPY', format: 'JSON', subject: kari };
    const prepared = await write(api, office.officer, 'evidencePrepare', copy, 'evidence { id }');
    evidence = String(prepared.at('evidence.id'));
  });
  const link = () => write(api, office.service, 'subjectLink', { anonymous: visitor, account: kari }, 'subject { id }');
  const asked = async (query: string, variables: object = {}) => {
    const { status, body } = await server.ask({ query, variables }, { authorization: `Bearer ${token}` });
    return { status, data: body.data, codes: (body.errors ?? []).map(({ extensions }) => extensions.code) };
  };

  test('is let in, and reads nothing of anybody', async () => {
    expect(await me(token)).toBe(visitor);
    await link();
    const { status, data } = await asked(
      `query ($visitor: ID!, $account: ID!, $policy: ID!, $evidence: ID!) {
        me { id linkedTo } visitor: subject(id: $visitor) { id } account: subject(id: $account) { id }
        node(id: $visitor) { id } caller { subject { id } } evidence(id: $evidence) { id }
        policy(id: $policy) { handle }
      }`,
      { visitor, account: kari, policy, evidence },
    );
    expect([status, data]).toEqual([
      200,
      {
        me: null,
        visitor: null,
        account: null,
        node: null,
        caller: { subject: null },
        evidence: null,
        policy: { handle: 'fjordlys/privacy' },
      },
    ]);
    const state =
      'query ($who: ID!, $policy: ID!) { consentState(subject: $who, policy: $policy, purpose: "newsletter") { status } }';
    for (const who of [visitor, kari]) expect((await asked(state, { who, policy })).codes).toEqual(['NOT_FOUND']);
  });

  test('writes nothing: every mutation of a person says SUBJECT_LINKED', async () => {
    await link();
    const head = await api.services.app.store.head();
    const { id: version, locale, contentSha256 } = shown;
    const text = { version, locale, contentSha256, method: 'CLICKED_BUTTON' };
    const consent = { ...text, purposes: ['newsletter'] };
    const { method: _, ...notice } = { ...text, channel: 'APP' };
    const onPurposes = { policy, purposes: ['newsletter'] };
    const writes: readonly (readonly [mutation: string, input: object, type?: string])[] = [
      ['noticeRecord', { ...notice, step: 'SHOWN' }],
      ['noticeRecord', { ...notice, step: 'NOTIFIED' }],
      ['noticeDefer', { version }],
      ['termsAccept', text, 'DecisionInput'],
      ['termsRefuse', text, 'DecisionInput'],
      ['consentGive', consent, 'DecisionInput'],
      ['consentRefuse', consent, 'DecisionInput'],
      ['consentDefer', consent, 'DecisionInput'],
      ['consentWithdraw', onPurposes],
      ['processingObject', onPurposes, 'ProcessingRightInput'],
      ['processingObjectionLift', onPurposes, 'ProcessingRightInput'],
      ['processingRestrict', onPurposes, 'ProcessingRightInput'],
      ['processingRestrictionLift', onPurposes, 'ProcessingRightInput'],
      ['subjectErasureRequest', {}],
      ['evidencePrepare', { kind: 'SUBJECT_COPY', format: 'JSON' }],
    ];
    for (const [mutation, input, type] of writes) {
      const named = type ?? `${mutation[0]?.toUpperCase()}${mutation.slice(1)}Input`;
      const document = `mutation ($input: ${named}!) { ${mutation}(input: $input) { position userErrors { code } } }`;
      for (const target of [{}, { subject: visitor }]) {
        const { data, codes } = await asked(document, { input: { ...input, ...target } });
        expect({ mutation, data, codes }).toEqual({
          mutation,
          data: { [mutation]: { position: null, userErrors: [{ code: 'SUBJECT_LINKED' }] } },
          codes: [],
        });
      }
      const other = await asked(document, { input: { ...input, subject: kari } });
      const denied = mutation === 'evidencePrepare' ? 'NOT_FOUND' : 'FORBIDDEN';
      expect({ mutation, codes: other.codes }).toEqual({ mutation, codes: [denied] });
    }
    expect(await api.services.app.store.head()).toEqual(head);
    expect((await issued(visitor)).userErrors.map(({ code }) => code)).toEqual(['SUBJECT_LINKED']);
  });

  test('opens no notices, and those that are open end with the link, on both transports', async () => {
    const socket = await enterSocket(server.address, { authorization: token });
    const watch = (id: string) =>
      socket.send({ id, type: 'subscribe', payload: { query: 'subscription { policyNotices { kind } }' } });
    watch('1');
    const streamed = await openStream();
    expect([await said(socket), await said(socket)]).toEqual([
      '1 next {"policyNotices":{"kind":"OUTSTANDING"}}',
      '1 next {"policyNotices":{"kind":"OUTSTANDING"}}',
    ]);
    await link();
    await write(api, office.service, 'subjectClassify', { subject: kari, categories: ['customers'] }, 'subject { id }');
    expect(await said(socket)).toBe('1 error SUBJECT_LINKED');
    const events = [...(await streamed.text()).matchAll(/"kind":"(\w+)"|"code":"(\w+)"|event: (complete)/g)];
    expect(events.map(([, kind, code, end]) => kind ?? code ?? end)).toEqual([
      'OUTSTANDING',
      'OUTSTANDING',
      'SUBJECT_LINKED',
      'complete',
    ]);
    watch('2');
    expect(await said(socket)).toBe('2 next SUBJECT_LINKED');
    expect(await said(socket)).toBe('2 complete undefined');
    expect(await (await openStream()).text()).toMatch(/SUBJECT_LINKED.*event: complete/s);
    // Whatever is public stays open to it.
    socket.send({ id: '3', type: 'subscribe', payload: { query: '{ __typename }' } });
    expect(await said(socket)).toBe('3 next {"__typename":"Query"}');
    socket.socket.close();
  });

  /** A message in short: whose it is, of which type, and the data or the codes of the errors. */
  async function said(socket: RawSocket): Promise<string> {
    const { id, type, payload } = await socket.next();
    const said: { readonly data?: unknown; readonly errors?: readonly AnsweredError[] } | readonly AnsweredError[] =
      payload ?? {};
    const errors = Array.isArray(said) ? said : 'errors' in said ? (said.errors ?? []) : [];
    const codes = errors.map(({ extensions }: AnsweredError) => extensions.code).join();
    return `${id} ${type} ${codes || JSON.stringify('data' in said ? said.data : undefined)}`;
  }

  const openStream = () =>
    fetch(`${server.address}/graphql/stream`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream', authorization: `Bearer ${token}` },
      body: JSON.stringify({ query: 'subscription { policyNotices { id kind } }' }),
    });
});

test('an erased person’s token ends, however they signed in', async () => {
  const kari = await register('kari');
  const { token } = await issued(kari);
  const openId = await provider.token({ samtykke_roles: ['subject@fjordlys'] });
  const operatorsOwn = (
    await issueToken(
      { roles: [{ role: 'subject', organisation: 'fjordlys' }], subject: kari, expiresIn: 60_000 },
      keys,
      Date.now(),
    )
  ).token;
  expect([await me(token), await me(openId), await me(operatorsOwn)]).toEqual([kari, kari, kari]);
  const erased = await send(api, office.officer, 'subjectErase', { subject: kari, reason: 'Art. 17' });
  expect([erased.codes, refusals(erased)]).toEqual([[], []]);
  await eventually(async () => (await me(token)) === GONE, 'the erasure has begun');
  expect(await me(operatorsOwn)).toBe(GONE);
  // The provider still vouches for them; but whoever they were here is gone.
  await eventually(async () => [GONE, null].includes((await me(openId)) as string | null), 'nobody is found');
});

test('a person who signs in with the provider is taken back with their other tokens', async () => {
  const kari = await register('kari');
  const openId = await provider.token({ samtykke_roles: ['subject@fjordlys'] });
  expect(await me(openId)).toBe(kari);
  const socket = await enterSocket(server.address, { authorization: openId });
  // Tokens of a provider are judged by clocks; this one's stood still since the test began.
  api.clock.nowMs = Date.now();
  await write(api, office.service, 'subjectTokensRevoke', { subject: kari }, 'subject { id }');
  expect(await me(openId)).toBe(GONE);
  expect((await socket.closed).code).toBe(4401);
});

test('the same command with a new token of the same person is the same command', async () => {
  const kari = await register('kari');
  const request = async (token: string) => {
    const query =
      'mutation { subjectErasureRequest(input: { idempotencyKey: "once" }) { position userErrors { code } } }';
    return (await server.ask({ query }, { authorization: `Bearer ${token}` })).body;
  };
  const first = await request((await issued(kari)).token);
  expect(first).toMatchObject({ data: { subjectErasureRequest: { position: expect.any(String), userErrors: [] } } });
  expect(await request((await issued(kari)).token)).toEqual(first);
  const openId = await provider.token({ samtykke_roles: ['subject@fjordlys'] });
  expect(await request(openId)).toEqual(first);
});

test('what a person does by signing in leaves neither their name nor their id with the actors', async () => {
  await register('kari');
  const openId = await provider.token({ samtykke_roles: ['subject@fjordlys'], name: 'Kari Nordmann' });
  const query = '{ caller { actor subject { id } } }';
  const { body } = await server.ask({ query }, { authorization: `Bearer ${openId}` });
  expect(JSON.stringify(body)).not.toMatch(/Nordmann|"kari"/);
  expect(api.faults).toEqual([]);
});
