import { createHmac } from 'node:crypto';
import { CompactSign, exportJWK, exportSPKI } from 'jose';
import type { TokenCaller } from '../../src/api/auth/caller';
import { readOpenIdAddress } from '../../src/api/auth/openid-address';
import { MAX_PROVIDER_ANSWER_BYTES, PROVIDER_ANSWER_MS, type ProviderFault } from '../../src/api/auth/openid-fetch';
import { type FindSubject, OPENID_ALGORITHMS, openIdIssuer } from '../../src/api/auth/openid-issuer';
import {
  createProviderKeys,
  KEYS_FRESH_MS,
  KEYS_KEPT_MS,
  MAX_PROVIDER_KEYS,
  PROVIDER_COOLDOWN_MS,
  type ProviderKeys,
} from '../../src/api/auth/openid-keys';
import { DEFAULT_GRANTABLE, type OpenIdSettings } from '../../src/api/auth/openid-settings';
import { CLOCK_LEEWAY_MS, MAX_TOKEN_LENGTH, OWN_ISSUER, TokenRejected, verifyToken } from '../../src/api/auth/tokens';
import {
  json,
  newSigningKey,
  type OpenIdProvider,
  PROVIDER_AUDIENCE,
  publicJwk,
  startOpenIdProvider,
} from '../support/openid-provider';

const KARI = '6f2a4a4e-5d13-4a37-9d52-1f9e5d3c7a01';

let provider: OpenIdProvider;
let faults: string[];
let clock: number;
let keys: ProviderKeys;
let known: Map<string, string>;

beforeEach(async () => {
  provider = await startOpenIdProvider();
  faults = [];
  clock = 0;
  keys = keysOf(provider.issuer);
  known = new Map();
});
afterEach(() => provider.stop());

const keysOf = (issuer: string) =>
  createProviderKeys({ issuer, onFault: ({ reason }: ProviderFault) => void faults.push(reason), clock: () => clock });
const findSubject: FindSubject = async (organisation, externalId) => known.get(`${organisation}/${externalId}`);
const verify = (token: string, settings: Partial<OpenIdSettings> = {}, now = Date.now()): Promise<TokenCaller> => {
  const all: OpenIdSettings = {
    issuer: provider.issuer,
    audience: PROVIDER_AUDIENCE,
    rolesClaim: 'samtykke_roles',
    subjectClaim: 'sub',
    grantable: DEFAULT_GRANTABLE,
    ...settings,
  };
  return verifyToken(token, [openIdIssuer(all, keys, findSubject)], now);
};
const outcome = async (token: string, settings: Partial<OpenIdSettings> = {}, now = Date.now()) =>
  verify(token, settings, now).then(
    () => 'good',
    (error: unknown) => (error instanceof TokenRejected ? error.reason : error),
  );
const outcomeOf = async (...asked: Parameters<OpenIdProvider['token']>) => outcome(await provider.token(...asked));
const seconds = (fromNow: number) => Math.floor(Date.now() / 1_000) + fromNow;
const encode = (part: object | string) =>
  Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url');

describe('a token of the provider', () => {
  test('names its bearer, their grants and its end', async () => {
    const token = await provider.token({ samtykke_roles: ['officer@skysoft', 'editor@cerum'] });
    expect(await verify(token)).toEqual({
      kind: 'token',
      issuer: provider.issuer,
      actorClaim: 'kari',
      actorName: 'Kari Nordmann',
      roles: [
        { role: 'officer', organisation: 'skysoft' },
        { role: 'editor', organisation: 'cerum' },
      ],
      expiresAt: expect.any(Number),
    });
  });

  test.each(OPENID_ALGORITHMS)('may be signed with %s', async (algorithm) => {
    await provider.rotate(algorithm);
    expect(await outcomeOf()).toBe('good');
  });

  test('may be for several audiences, ours among them', async () => {
    expect(await outcomeOf({ aud: ['account', PROVIDER_AUDIENCE] })).toBe('good');
  });

  test('may name no key where the provider has only one', async () => {
    expect(await outcomeOf({}, { header: { kid: undefined } })).toBe('good');
  });

  test.each([undefined, 'JWT', 'jwt', 'at+jwt', 'application/at+jwt'])('may be of type %s', async (typ) => {
    expect(await outcomeOf({}, { header: { typ } })).toBe('good');
  });

  test('may be a minute younger than this clock, and is over at its end', async () => {
    const now = Date.now();
    const [iat, exp] = [Math.floor(now / 1_000), Math.floor(now / 1_000) + 60];
    const token = await provider.token({ iat, nbf: iat, exp });
    expect(await outcome(token, {}, iat * 1_000 - CLOCK_LEEWAY_MS)).toBe('good');
    expect(await outcome(token, {}, iat * 1_000 - CLOCK_LEEWAY_MS - 1_000)).toBe('bad-claims');
    expect(await outcome(token, {}, exp * 1_000 - 1)).toBe('good');
    expect(await outcome(token, {}, exp * 1_000)).toBe('expired');
  });
});

describe('a token is refused', () => {
  test.each<readonly [string, Record<string, unknown>, string]>([
    ['for another audience', { aud: 'somebody else' }, 'bad-claims'],
    ['for no audience', { aud: undefined }, 'bad-claims'],
    ['for an audience that only begins like ours', { aud: `${PROVIDER_AUDIENCE}2` }, 'bad-claims'],
    ['without an end', { exp: undefined }, 'bad-claims'],
    ['with an end that is a text', { exp: '2999' }, 'bad-claims'],
    ['with an end beyond all years', { exp: 1e15 }, 'bad-claims'],
    ['after its end', { exp: 1_000 }, 'expired'],
    ['without a beginning', { iat: undefined }, 'bad-claims'],
    ['with a beginning in the future', { iat: 4_000_000_000, exp: 4_000_000_100 }, 'bad-claims'],
    ['before it is valid', { nbf: 4_000_000_000 }, 'bad-claims'],
    ['for nobody', { sub: undefined }, 'bad-claims'],
    ['for an empty name', { sub: '' }, 'bad-claims'],
    ['for a name that is a number', { sub: 7 }, 'bad-claims'],
    ['for half a character', { sub: 'a\uD800' }, 'bad-claims'],
    ['for a NUL', { sub: 'a\0b' }, 'bad-claims'],
    ['for an endless name', { sub: 'a'.repeat(256) }, 'bad-claims'],
    ['when bound to a key of its bearer', { cnf: { jkt: 'x' } }, 'bad-claims'],
    [
      'with more grants than anybody has',
      { samtykke_roles: Array.from({ length: 33 }, (_, i) => `editor@o${i}`) },
      'bad-claims',
    ],
  ])('%s', async (_situation, claims, reason) => {
    expect(await outcomeOf(claims)).toBe(reason);
  });

  test.each([
    ['with a slash more', (issuer: string) => `${issuer}/`],
    ['in another case', (issuer: string) => issuer.replace('http', 'HTTP')],
    ['of another provider', () => 'https://id.example'],
    ['as a list', (issuer: string) => [issuer]],
    ['left out', () => undefined],
  ])('with its issuer %s', async (_how, alter) => {
    expect(await outcomeOf({ iss: alter(provider.issuer) })).toBe('unknown-issuer');
  });

  test.each(['logout+jwt', 'dpop+jwt', 'secevent+jwt', 'JOSE', ''])('of the type %p', async (typ) => {
    expect(await outcomeOf({}, { header: { typ } })).toBe('bad-claims');
  });

  test('without a signature', async () => {
    const { kid } = provider.signingKey();
    const [, payload] = (await provider.token()).split('.');
    for (const alg of ['none', 'None', 'NONE']) {
      expect(await outcome(`${encode({ alg, kid })}.${payload}.`)).toBe('malformed');
      expect(await outcome(`${encode({ alg, kid })}.${payload}.AA`)).toBe('malformed');
    }
  });

  test.each(['HS256', 'HS384', 'HS512'])('signed by %s with the public key as if it were a secret', async (alg) => {
    const { kid, publicKey } = provider.signingKey();
    const [, payload] = (await provider.token({ samtykke_roles: ['officer@skysoft'] })).split('.');
    const body = `${encode({ alg, kid, typ: 'JWT' })}.${payload}`;
    const digest = `sha${alg.slice(2)}`;
    for (const secret of [await exportSPKI(publicKey), JSON.stringify(await exportJWK(publicKey)), String(kid)]) {
      expect(await outcome(`${body}.${createHmac(digest, secret).update(body).digest('base64url')}`)).toBe('malformed');
    }
  });

  test('signed with a shared secret that stands among the provider’s keys', async () => {
    provider.keys = [...provider.keys, { kty: 'oct', k: encode('hemmelig'), kid: 'shared', alg: 'HS256' }];
    const [, payload] = (await provider.token()).split('.');
    const body = `${encode({ alg: 'HS256', kid: 'shared' })}.${payload}`;
    expect(await outcome(`${body}.${createHmac('sha256', 'hemmelig').update(body).digest('base64url')}`)).toBe(
      'malformed',
    );
  });

  test('signed by a stranger, with our key’s name or with a key of its own in its header', async () => {
    const stranger = await newSigningKey('ES256', provider.signingKey().kid);
    expect(await outcomeOf({}, { key: stranger })).toBe('bad-signature');
    const jwk = await publicJwk(stranger);
    expect(await outcomeOf({}, { key: stranger, header: { jwk, jku: 'https://evil.example/keys' } })).toBe(
      'bad-signature',
    );
    expect(await outcomeOf({}, { key: await newSigningKey('ES256'), header: { jwk } })).toBe('unknown-key');
  });

  test('with another algorithm than its key is for', async () => {
    const { kid } = provider.signingKey();
    for (const algorithm of ['ES384', 'EdDSA', 'PS256']) {
      expect(await outcomeOf({}, { key: await newSigningKey(algorithm, kid) })).toBe('unknown-key');
    }
  });

  test('with critical words that nobody here knows', async () => {
    const [, payload, signature] = (await provider.token()).split('.');
    const header = { alg: 'ES256', kid: provider.signingKey().kid, crit: ['skysoft'], skysoft: 1 };
    expect(await outcome(`${encode(header)}.${payload}.${signature}`)).toBe('malformed');
  });

  test('that is huge, before anything of it is read', async () => {
    const token = await provider.token({ more: 'x'.repeat(MAX_TOKEN_LENGTH) });
    expect(await outcome(token)).toBe('malformed');
    expect(provider.keyRequests()).toBe(0);
  });

  test('that holds another token, or is encrypted', async () => {
    const inner = await provider.token({ samtykke_roles: ['officer@skysoft'] });
    const { kid, privateKey } = provider.signingKey();
    const nested = await new CompactSign(Buffer.from(inner))
      .setProtectedHeader({ alg: 'ES256', kid, cty: 'JWT' })
      .sign(privateKey);
    expect(await outcome(nested)).toBe('malformed');
    expect(await outcome(`${encode({ alg: 'dir', enc: 'A256GCM' })}..${encode('iv')}.${encode('text')}.AA`)).toBe(
      'malformed',
    );
  });

  test('with one letter of its payload altered', async () => {
    const [header, , signature] = (await provider.token()).split('.');
    const claims = { iss: provider.issuer, aud: PROVIDER_AUDIENCE, sub: 'ola', iat: seconds(0), exp: seconds(60) };
    expect(await outcome(`${header}.${encode(claims)}.${signature}`)).toBe('bad-signature');
  });

  test('signed with a key that is too weak, or is none', async () => {
    const { publicKey } = await provider.rotate('RS256');
    const { n: _n, ...torn } = await exportJWK(publicKey);
    const weak = { ...(await exportJWK(publicKey)), n: Buffer.alloc(128, 0xc5).toString('base64url') };
    for (const jwk of [torn, weak]) {
      keys = keysOf(provider.issuer);
      provider.keys = [{ ...jwk, kid: provider.signingKey().kid, alg: 'RS256' }];
      expect(['unknown-key', 'bad-signature']).toContain(await outcomeOf());
    }
  });

  test('where two keys answer to its key’s name', async () => {
    provider.keys = [...provider.keys, await publicJwk(await newSigningKey('ES256', provider.signingKey().kid))];
    expect(await outcomeOf()).toBe('unknown-key');
  });
});

describe('grants', () => {
  const rolesOf = async (claims: Readonly<Record<string, unknown>>, settings: Partial<OpenIdSettings> = {}) =>
    (await verify(await provider.token(claims), settings)).roles.map(({ role, organisation }) =>
      organisation === undefined ? role : `${role}@${organisation}`,
    );

  test('are what the claim names and Samtykke knows, each once', async () => {
    const samtykke_roles = ['offline_access', 'officer@skysoft', 'emperor@skysoft', 'editor', 'officer@skysoft', 7];
    expect(await rolesOf({ samtykke_roles })).toEqual(['officer@skysoft']);
  });

  test.each<readonly [string, unknown]>([
    ['absent', undefined],
    ['null', null],
    ['a number', 7],
    ['an object', { 0: 'officer@skysoft' }],
    ['a list of lists', [['officer@skysoft']]],
    ['nested deeply', JSON.parse(`${'['.repeat(1_500)}${']'.repeat(1_500)}`)],
  ])('are none where the claim is %s', async (_, samtykke_roles) => {
    expect(await rolesOf({ samtykke_roles })).toEqual([]);
  });

  test('may stand in one text', async () => {
    expect(await rolesOf({ samtykke_roles: 'openid officer@skysoft  editor@cerum' })).toEqual([
      'officer@skysoft',
      'editor@cerum',
    ]);
  });

  test('may stand deeper, or at a claim whose name has dots', async () => {
    expect(
      await rolesOf({ realm_access: { roles: ['officer@skysoft'] } }, { rolesClaim: 'realm_access.roles' }),
    ).toEqual(['officer@skysoft']);
    const rolesClaim = 'https://skysoft.example/roles';
    expect(await rolesOf({ [rolesClaim]: ['editor@skysoft'] }, { rolesClaim })).toEqual(['editor@skysoft']);
    for (const path of ['realm_access', 'realm_access.', '__proto__.x', 'constructor.name', 'sub.length', 'aud.0']) {
      expect(await rolesOf({ realm_access: { roles: ['officer@skysoft'] } }, { rolesClaim: path })).toEqual([]);
    }
  });

  test('of those who run the installation are the provider’s to give only where it was said so', async () => {
    const samtykke_roles = ['operator', 'editor@skysoft'];
    expect(await rolesOf({ samtykke_roles })).toEqual(['editor@skysoft']);
    expect(await rolesOf({ samtykke_roles }, { grantable: ['operator'] })).toEqual(['operator']);
  });

  test('never come with a subject id of the token’s own choice', async () => {
    const caller = await verify(await provider.token({ samtykke_roles: ['subject@skysoft'], subject: KARI }));
    expect(caller).not.toHaveProperty('subject');
  });
});

describe('a person who signs in for themselves', () => {
  const samtykke_roles = ['subject@skysoft'];

  test('is the subject with their external id, as the same actor as with a token of the installation', async () => {
    known.set('skysoft/kari', KARI);
    const iat = seconds(0);
    expect(await verify(await provider.token({ samtykke_roles, iat }))).toEqual({
      kind: 'token',
      issuer: OWN_ISSUER,
      actorClaim: `subject:${KARI}`,
      roles: [{ role: 'subject', organisation: 'skysoft' }],
      subject: KARI,
      expiresAt: expect.any(Number),
      issuance: { issuedAt: iat * 1_000 },
    });
  });

  test('may be known by another claim', async () => {
    known.set('skysoft/c-17', KARI);
    const token = await provider.token({ samtykke_roles, customer: { id: 'c-17' } });
    expect(await verify(token, { subjectClaim: 'customer.id' })).toMatchObject({ subject: KARI });
  });

  test.each<readonly [string, Record<string, unknown>]>([
    ['nobody knows them there', { samtykke_roles: ['subject@cerum'] }],
    ['no organisation is named', { samtykke_roles: ['subject'] }],
    ['two organisations are named', { samtykke_roles: ['subject@skysoft', 'subject@cerum'] }],
    ['they have no such role', { samtykke_roles: ['officer@skysoft'] }],
    ['their id has another case', { samtykke_roles, sub: 'Kari' }],
  ])('is no subject where %s', async (_, claims) => {
    known.set('skysoft/kari', KARI);
    const caller = await verify(await provider.token(claims));
    expect(caller).not.toHaveProperty('subject');
    expect(caller.issuer).toBe(provider.issuer);
  });

  test.each([[''], [7], [null], [['kari']], ['a\0'], ['\uD800'], ['x'.repeat(501)]])(
    'is no subject where the other claim is %p',
    async (id) => {
      known.set(`skysoft/${String(id)}`, KARI);
      const token = await provider.token({ samtykke_roles, id });
      expect(await verify(token, { subjectClaim: 'id' })).not.toHaveProperty('subject');
    },
  );

  test('who also works there acts by their own name', async () => {
    known.set('skysoft/kari', KARI);
    const caller = await verify(await provider.token({ samtykke_roles: ['subject@skysoft', 'officer@skysoft'] }));
    expect(caller).toMatchObject({ issuer: provider.issuer, actorClaim: 'kari', subject: KARI });
  });

  test.each([[7], [''], ['  '], ['a\0b'], ['x'.repeat(201)], [['Kari']]])(
    'or works there has no name where it is %p',
    async (name) => {
      expect(await verify(await provider.token({ name }))).not.toHaveProperty('actorName');
    },
  );
});

describe('the provider’s keys', () => {
  test('are asked for once, however many tokens come at a time', async () => {
    const token = await provider.token();
    expect(new Set(await Promise.all(Array.from({ length: 50 }, () => outcome(token))))).toEqual(new Set(['good']));
    expect(provider.keyRequests()).toBe(1);
  });

  test('are asked for again when a token names a new one', async () => {
    expect(await outcomeOf()).toBe('good');
    const old = await provider.token();
    await provider.rotate();
    clock += PROVIDER_COOLDOWN_MS;
    expect(await outcomeOf()).toBe('good');
    expect(provider.keyRequests()).toBe(2);
    expect(await outcome(old)).toBe('unknown-key');
  });

  test('are not asked for more often, whatever keys are named by whomever', async () => {
    expect(await outcomeOf()).toBe('good');
    const stranger = await newSigningKey('ES256');
    for (let count = 0; count < 100; count += 1) {
      expect(await outcomeOf({}, { key: { ...stranger, kid: `k${count}` } })).toBe('unknown-key');
    }
    expect(provider.keyRequests()).toBe(1);
    clock += PROVIDER_COOLDOWN_MS;
    const token = await provider.token({}, { key: stranger });
    await Promise.all(Array.from({ length: 50 }, () => outcome(token)));
    expect(provider.keyRequests()).toBe(2);
    expect(await outcomeOf()).toBe('good');
  });

  test('that were withdrawn verify nothing after ten minutes', async () => {
    const old = await provider.token();
    expect(await outcome(old)).toBe('good');
    await provider.rotate();
    clock += KEYS_FRESH_MS - 1;
    expect(await outcome(old)).toBe('good');
    clock += 1;
    expect(await outcome(old)).toBe('unknown-key');
  });

  test('that are known are good while the provider is out, for a day', async () => {
    const token = await provider.token();
    expect(await outcome(token)).toBe('good');
    await provider.stop();
    clock += KEYS_FRESH_MS;
    expect(await outcome(token)).toBe('good');
    expect(keys.status()).toMatchObject({ kind: 'faulty', fault: { reason: 'unreachable' }, verifying: true });
    clock += KEYS_KEPT_MS - KEYS_FRESH_MS;
    expect(await outcome(token)).toBe('unknown-key');
    expect(keys.status()).toMatchObject({ kind: 'faulty', verifying: false });
    expect(faults).toEqual(['unreachable']);
    await provider.start();
    clock += PROVIDER_COOLDOWN_MS;
    expect(await outcome(token)).toBe('good');
    expect(keys.status()).toEqual({ kind: 'well' });
  });

  test('hold nobody up while a provider that was known is silent', async () => {
    const token = await provider.token();
    expect(await outcome(token)).toBe('good');
    await provider.stop();
    clock += KEYS_FRESH_MS;
    expect(await outcome(token)).toBe('good');
    provider.answer = () => undefined;
    await provider.start();
    clock += PROVIDER_COOLDOWN_MS;
    const late = new Promise((resolve) => setTimeout(() => resolve('late'), PROVIDER_ANSWER_MS / 2));
    expect(await Promise.race([outcome(token), late])).toBe('good');
  });

  test('are looked for again by whoever asks how it stands', async () => {
    await provider.stop();
    await keys.refresh();
    expect(keys.status()).toMatchObject({ kind: 'faulty', verifying: false });
    await provider.start();
    clock += PROVIDER_COOLDOWN_MS;
    keys.status();
    await keys.refresh();
    expect(keys.status()).toEqual({ kind: 'well' });
    expect(await outcomeOf()).toBe('good');
  });
});

describe('a provider that is not what it should be verifies nothing, and is named', () => {
  const expectFault = async (reason: string) => {
    const outcomes = [await outcomeOf(), await outcomeOf()];
    expect([outcomes, faults]).toEqual([['unknown-key', 'unknown-key'], [reason]]);
    expect(keys.status()).toMatchObject({ kind: 'faulty', fault: { reason }, verifying: false });
  };

  test.each<readonly [string, Record<string, unknown>, string]>([
    ['calls itself something else', { issuer: 'https://id.example' }, 'another-issuer'],
    ['has a slash more in its name', { issuer: '/' }, 'another-issuer'],
    ['has no name', { issuer: undefined }, 'unreadable'],
    ['has no keys', { jwks_uri: undefined }, 'unreadable'],
    ['has its keys nowhere', { jwks_uri: 'nowhere' }, 'unsafe-address'],
    ['has its keys in a file', { jwks_uri: 'file:///etc/passwd' }, 'unsafe-address'],
    ['has its keys in the open', { jwks_uri: 'http://id.example/keys' }, 'unsafe-address'],
  ])('that %s', async (_, change, reason) => {
    Object.assign(provider.discovery, change.issuer === '/' ? { issuer: `${provider.issuer}/` } : change);
    await expectFault(reason);
  });

  test.each<readonly [string, OpenIdProvider['answer'], string]>([
    ['is not there', (_, response) => response.writeHead(404).end(), 'refused'],
    ['is broken', (_, response) => response.writeHead(500).end('{}'), 'refused'],
    ['sends on', (_, response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(), 'refused'],
    ['says nothing', (_, response) => response.writeHead(200).end(), 'unreadable'],
    ['speaks in pages', (_, response) => response.writeHead(200).end('<html>'), 'unreadable'],
    ['answers with a list', (_, response) => json(response, []), 'unreadable'],
    ['hangs up', (_, response) => void response.destroy(), 'unreachable'],
    [
      'breaks off',
      (_, response) => {
        response.writeHead(200, { 'content-length': '100' });
        response.write('{');
        setTimeout(() => response.destroy(), 20);
      },
      'unreachable',
    ],
    [
      'never ends',
      (_, response) => {
        response.writeHead(200);
        const chunk = Buffer.alloc(65_536, ' ');
        const more = () => {
          while (!response.destroyed && response.write(chunk));
        };
        response.on('drain', more);
        more();
      },
      'too-large',
    ],
    ['is too large', (_, response) => json(response, { x: 'x'.repeat(MAX_PROVIDER_ANSWER_BYTES) }), 'too-large'],
  ])('that %s', async (_, answer, reason) => {
    provider.answer = answer;
    await expectFault(reason);
  });

  test.each<readonly [string, OpenIdProvider['keys'], string]>([
    ['none', [], 'no-keys'],
    ['shared secrets alone', [{ kty: 'oct', k: 'aGVtbWVsaWc' }], 'no-keys'],
    ['too many', Array.from({ length: MAX_PROVIDER_KEYS + 1 }, () => ({ kty: 'RSA' })), 'unreadable'],
  ])('whose keys are %s', async (_, set, reason) => {
    provider.keys = set;
    await expectFault(reason);
  });

  test(
    'that does not answer in time',
    async () => {
      provider.answer = () => undefined;
      await expectFault('late');
    },
    3 * PROVIDER_ANSWER_MS,
  );

  test('that is not there at all', async () => {
    await provider.stop();
    await expectFault('unreachable');
  });
});

describe('an address of a provider', () => {
  test.each([
    'https://id.example',
    'https://id.example/realms/skysoft/',
    'http://localhost:8080',
    'http://127.0.0.1/x',
    'http://[::1]:9000',
  ])('may be %s', (address) => {
    expect(readOpenIdAddress(address)?.href).toBe(new URL(address).href);
  });

  test.each([
    '',
    'id.example',
    'http://id.example',
    'http://10.0.0.1',
    'http://127.0.0.1.evil.example',
    'http://localhost.evil.example',
    'ftp://localhost',
    'file:///etc/passwd',
    'https://kari:hemmelig@id.example',
    'https://id.example?tenant=1',
    'https://id.example#x',
    'https://id.example ',
    `https://id.example/${'x'.repeat(1_000)}`,
  ])('may not be %p', (address) => {
    expect(readOpenIdAddress(address)).toBeUndefined();
  });
});
