import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ANONYMOUS, formatGrant, parseGrant } from '../../src/api/auth/caller';
import {
  KEYS_REREAD_MS,
  KEYS_TRUSTED_MS,
  openTokenKeys,
  rotateTokenKey,
  type TokenKeys,
} from '../../src/api/auth/token-keys';
import {
  AUDIENCE,
  actorNamed,
  authenticate,
  CLOCK_LEEWAY_MS,
  issueToken,
  MAX_TOKEN_LENGTH,
  OWN_ISSUER,
  ownIssuer,
  parseTokenLife,
  type TokenIssuer,
  TokenRejected,
  TokenRequestInvalid,
  verifyToken,
} from '../../src/api/auth/tokens';
import { KeyFileUnusable } from '../../src/key-files';

const NOW = Date.UTC(2024, 0, 31, 12);
const HOUR = 3_600_000;
const SUBJECT = '6f2a4a4e-5d13-4a37-9d52-1f9e5d3c7a01';
const EDITOR = { role: 'editor', organisation: 'skysoft' } as const;

let directory: string;
let keys: TokenKeys;
let warnings: string[];
let clock = NOW;
const open = () =>
  openTokenKeys(
    directory,
    (message) => warnings.push(message),
    () => clock,
  );

beforeEach(async () => {
  directory = join(mkdtempSync(join(tmpdir(), 'samtykke-')), 'keys');
  warnings = [];
  clock = NOW;
  keys = await open();
});
afterEach(() => rmSync(join(directory, '..'), { recursive: true }));

const issue = (actor?: string) =>
  issueToken({ roles: [EDITOR], expiresIn: HOUR, ...(actor === undefined ? {} : { actor }) }, keys, NOW);
const verify = (token: string, now = NOW) => verifyToken(token, [ownIssuer(keys)], now);
const refusal = async (token: string, now = NOW) => {
  const outcome = await verify(token, now).catch((error: unknown) => error);
  return outcome instanceof TokenRejected ? outcome.reason : outcome;
};

describe('a token that was issued here', () => {
  test('names its bearer, roles and end', async () => {
    const { token, expiresAt } = await issue('Kari Nordmann');
    expect(expiresAt).toBe(NOW + HOUR);
    expect(await verify(token)).toEqual({
      kind: 'token',
      issuer: OWN_ISSUER,
      actorClaim: 'Kari Nordmann',
      actorName: 'Kari Nordmann',
      roles: [EDITOR],
      expiresAt,
    });
  });

  test('carries several roles, and a subject with the role of one', async () => {
    const roles = [{ role: 'operator' }, { role: 'officer', organisation: 'acme' }, { role: 'subject' }] as const;
    const { token } = await issueToken({ roles, subject: SUBJECT, expiresIn: HOUR }, keys, NOW);
    expect(await verify(token)).toMatchObject({ roles, subject: SUBJECT });
  });

  test('has the same claim for the same name however it is written, and a new one without a name', async () => {
    const claimOf = async (actor?: string) => (await verify((await issue(actor)).token)).actorClaim;
    expect(await claimOf('  Åse \t Ødegård ')).toBe(await claimOf('Åse Ødegård'.normalize('NFD')));
    expect(await claimOf()).not.toBe(await claimOf());
    const { issuer, claim, name } = actorNamed(' Åse  Ødegård');
    expect({ issuer, claim, name }).toEqual({ issuer: OWN_ISSUER, claim: await claimOf('Åse Ødegård'), name: claim });
  });

  test('is good to its last millisecond and expired from its end', async () => {
    const { token, expiresAt } = await issue();
    expect((await verify(token, expiresAt - 1)).kind).toBe('token');
    expect(await refusal(token, expiresAt)).toBe('expired');
  });

  test('may be a minute younger than this clock, and no more', async () => {
    const { token } = await issue();
    expect((await verify(token, NOW - CLOCK_LEEWAY_MS)).kind).toBe('token');
    expect(await refusal(token, NOW - CLOCK_LEEWAY_MS - 1_000)).toBe('bad-claims');
  });
});

describe('a token that cannot be', () => {
  test.each([
    ['no role', { roles: [], expiresIn: HOUR }],
    ['an operator of an organisation', { roles: [{ role: 'operator', organisation: 'skysoft' }], expiresIn: HOUR }],
    ['an editor of nothing', { roles: [{ role: 'editor' }], expiresIn: HOUR }],
    ['a slug that is none', { roles: [{ role: 'editor', organisation: 'Sky soft' }], expiresIn: HOUR }],
    ['a slug with a second at sign', { roles: [{ role: 'editor', organisation: 'a@b' }], expiresIn: HOUR }],
    ['a subject without the role', { roles: [EDITOR], subject: SUBJECT, expiresIn: HOUR }],
    ['the role without a subject', { roles: [{ role: 'subject' }], expiresIn: HOUR }],
    ['a subject that is no id', { roles: [{ role: 'subject' }], subject: 'kari', expiresIn: HOUR }],
    ['no time', { roles: [EDITOR], expiresIn: 0 }],
    ['time that is not a number', { roles: [EDITOR], expiresIn: Number.NaN }],
    ['ten years', { roles: [EDITOR], expiresIn: 3_650 * 24 * HOUR }],
    ['an empty actor', { roles: [EDITOR], actor: ' ', expiresIn: HOUR }],
    ['half a character', { roles: [EDITOR], actor: 'a\uD800', expiresIn: HOUR }],
    ['a NUL', { roles: [EDITOR], actor: 'a\0b', expiresIn: HOUR }],
    ['an endless actor', { roles: [EDITOR], actor: 'a'.repeat(201), expiresIn: HOUR }],
  ] as const)('with %s is refused', async (_, request) => {
    await expect(issueToken(request, keys, NOW)).rejects.toBeInstanceOf(TokenRequestInvalid);
  });
});

describe('a token that somebody made up', () => {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const claims = () => ({
    iss: OWN_ISSUER,
    aud: AUDIENCE,
    sub: 'x',
    roles: ['operator'],
    iat: NOW / 1_000,
    exp: (NOW + HOUR) / 1_000,
  });
  const signed = async (payload: object, header: object = {}) => {
    const { id, privateKey } = await keys.signingKey();
    const body = `${encode({ alg: 'EdDSA', kid: id, ...header })}.${encode(payload)}`;
    return `${body}.${sign(null, Buffer.from(body), privateKey).toString('base64url')}`;
  };

  test('is good only as long as it is exactly what this installation makes', async () => {
    expect((await verify(await signed(claims()))).kind).toBe('token');
  });

  test('without a signature is refused', async () => {
    const { id } = await keys.signingKey();
    expect(await refusal(`${encode({ alg: 'none', kid: id })}.${encode(claims())}.`)).toBe('malformed');
    expect(await refusal(`${encode({ alg: 'none' })}.${encode(claims())}.AA`)).toBe('malformed');
  });

  test('signed with the public key as if it were a shared secret is refused', async () => {
    const { id, publicKey } = await keys.signingKey();
    const body = `${encode({ alg: 'HS256', kid: id })}.${encode(claims())}`;
    for (const secret of [
      publicKey.export({ format: 'pem', type: 'spki' }),
      publicKey.export({ format: 'der', type: 'spki' }),
    ]) {
      const forged = `${body}.${createHmac('sha256', secret).update(body).digest('base64url')}`;
      expect(await refusal(forged)).toBe('malformed');
    }
  });

  test('signed with another key is refused, whichever id it claims', async () => {
    const stranger = generateKeyPairSync('ed25519').privateKey;
    const forged = (kid: string) => {
      const body = `${encode({ alg: 'EdDSA', kid })}.${encode(claims())}`;
      return `${body}.${sign(null, Buffer.from(body), stranger).toString('base64url')}`;
    };
    expect(await refusal(forged((await keys.signingKey()).id))).toBe('bad-signature');
    expect(await refusal(forged('another'))).toBe('unknown-key');
  });

  test('with a key in its own header is refused', async () => {
    expect(await refusal(await signed(claims(), { kid: undefined, jwk: { kty: 'OKP' } }))).toBe('unknown-key');
    expect(await refusal(await signed(claims(), { kid: ['a'] }))).toBe('unknown-key');
    expect(await refusal(await signed(claims(), { crit: ['exp'], exp: 1 }))).toBe('malformed');
  });

  test.each([
    ['another issuer', { iss: 'https://example.com' }, 'unknown-issuer'],
    ['no issuer', { iss: undefined }, 'unknown-issuer'],
    ['another audience', { aud: 'somebody else' }, 'bad-claims'],
    ['no audience', { aud: undefined }, 'bad-claims'],
    ['no end', { exp: undefined }, 'bad-claims'],
    ['an end that is a text', { exp: '2999' }, 'bad-claims'],
    ['no beginning', { iat: undefined }, 'bad-claims'],
    ['a beginning in the future', { iat: NOW / 1_000 + 3_600 }, 'bad-claims'],
    ['a beginning beyond all dates', { iat: 1e300, exp: 1e301 }, 'bad-claims'],
    ['validity only later', { nbf: NOW / 1_000 + 60 }, 'bad-claims'],
    ['nobody', { sub: undefined }, 'bad-claims'],
    ['an empty claim', { sub: '' }, 'bad-claims'],
    ['a role of another time', { roles: ['emperor@skysoft'] }, 'bad-claims'],
    ['one bad role among good ones', { roles: ['operator', 'editor'] }, 'bad-claims'],
    ['roles that are a text', { roles: 'operator' }, 'bad-claims'],
    ['too many roles', { roles: Array.from({ length: 33 }, () => 'operator') }, 'bad-claims'],
    ['a subject that is no id', { subject: 'kari' }, 'bad-claims'],
  ])('with %s is refused', async (_, change, reason) => {
    expect(await refusal(await signed({ ...claims(), ...change }))).toBe(reason);
  });

  test('with one letter of its payload altered is refused', async () => {
    const [header, payload, signature] = (await issue('Kari')).token.split('.');
    const altered = encode({
      ...JSON.parse(Buffer.from(String(payload), 'base64url').toString()),
      roles: ['operator'],
    });
    expect(await refusal(`${header}.${altered}.${signature}`)).toBe('bad-signature');
  });

  test.each([
    ['empty', ''],
    ['two dots', '..'],
    ['words', 'not a token'],
    ['four parts', 'a.b.c.d'],
    ['JSON that is a list', `${Buffer.from('[]').toString('base64url')}.W10.AA`],
    ['huge', 'a'.repeat(MAX_TOKEN_LENGTH + 1)],
    ['NUL', '\0.\0.\0'],
    ['half a character', '\uD800.\uD800.\uD800'],
  ])('of garbage (%s) is refused', async (_, token) => {
    expect(await refusal(token)).toBe('malformed');
  });
});

describe('an authorization', () => {
  const ask = (authorization: unknown) => authenticate(authorization, [ownIssuer(keys)], NOW);

  test('that is absent is nobody', async () => {
    expect(await ask(undefined)).toBe(ANONYMOUS);
    expect(await ask(null)).toBe(ANONYMOUS);
  });

  test('with a good token is its bearer, with the scheme in any case or left out', async () => {
    const { token } = await issue();
    for (const authorization of [`Bearer ${token}`, `bearer  ${token}`, token]) {
      expect((await ask(authorization)).kind).toBe('token');
    }
  });

  test.each([
    [''],
    ['Bearer'],
    ['Bearer '],
    ['Basic a2FyaTpoZW1tZWxpZw=='],
    [7],
    [true],
    [{}],
    [['Bearer x.y.z']],
    ['x'.repeat(1e6)],
  ])('of %p is refused and never taken for nobody', async (authorization) => {
    await expect(ask(authorization)).rejects.toBeInstanceOf(TokenRejected);
  });

  test('may come from a second issuer, which alone decides about its own tokens', async () => {
    const caller = {
      kind: 'token',
      issuer: 'https://id.example',
      actorClaim: 'a',
      roles: [],
      expiresAt: NOW + 1,
    } as const;
    const provider: TokenIssuer = { issuer: 'https://id.example', verify: async () => caller };
    const token = ['{}', '{"iss":"https://id.example"}', 'x']
      .map((part) => Buffer.from(part).toString('base64url'))
      .join('.');
    expect(await authenticate(`Bearer ${token}`, [ownIssuer(keys), provider], NOW)).toBe(caller);
    await expect(ask(`Bearer ${token}`)).rejects.toMatchObject({ reason: 'unknown-issuer' });
  });
});

describe('the key directory', () => {
  const files = () => readdirSync(directory).sort();

  test('gets its first key with a warning, for the owner alone', () => {
    expect(files()).toEqual(['token-1.key']);
    expect(warnings).toHaveLength(1);
    expect(statSync(join(directory, 'token-1.key')).mode & 0o777).toBe(0o600);
    expect(statSync(directory).mode & 0o777).toBe(0o700);
  });

  test('gets one first key when twenty open it at once', async () => {
    const shared = join(directory, 'elsewhere');
    const opened = await Promise.all(Array.from({ length: 20 }, () => openTokenKeys(shared, () => undefined)));
    expect(new Set(await Promise.all(opened.map(async (each) => (await each.signingKey()).id))).size).toBe(1);
  });

  test('is all that a command needs beside a running server', async () => {
    const beside = await open();
    const { token } = await issueToken({ roles: [EDITOR], expiresIn: HOUR }, beside, NOW);
    expect((await verify(token)).kind).toBe('token');
    expect(warnings).toHaveLength(1);
  });

  test('signs with the newest generation and verifies with all', async () => {
    const old = await issue();
    const { generation, id } = await rotateTokenKey(directory);
    clock += KEYS_TRUSTED_MS;
    expect(generation).toBe(2);
    expect((await keys.signingKey()).id).toBe(id);
    expect((await verify(old.token)).kind).toBe('token');
    expect((await verify((await issue()).token)).kind).toBe('token');
  });

  test('is read again, but not at every call, when a token has an unknown key', async () => {
    await rotateTokenKey(directory);
    const { token } = await issueToken({ roles: [EDITOR], expiresIn: HOUR }, await open(), NOW);
    expect(await refusal(token)).toBe('unknown-key');
    clock += KEYS_REREAD_MS;
    expect((await verify(token)).kind).toBe('token');
  });

  test('withdraws what a removed key signed within a minute', async () => {
    const { token } = await issue();
    await rotateTokenKey(directory);
    unlinkSync(join(directory, 'token-1.key'));
    clock += KEYS_TRUSTED_MS;
    expect(await refusal(token)).toBe('unknown-key');
  });

  test('with a file that is no key, or another kind of key, is refused without showing it', async () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 1_024 }).privateKey.export({
      format: 'pem',
      type: 'pkcs8',
    });
    for (const content of ['hemmelig', '', rsa, 'x'.repeat(5_000)]) {
      writeFileSync(join(directory, 'token-2.key'), content);
      const failure = await open().catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(KeyFileUnusable);
      expect(String(failure)).not.toContain('hemmelig');
    }
  });

  test('that turns unreadable is a fault and no verdict about the token', async () => {
    const { token } = await issue();
    writeFileSync(join(directory, 'token-1.key'), 'torn');
    chmodSync(join(directory, 'token-1.key'), 0o600);
    clock += KEYS_TRUSTED_MS;
    expect(await refusal(token)).toBeInstanceOf(KeyFileUnusable);
  });

  test('that others can reach is warned of, by the name of the file', async () => {
    chmodSync(join(directory, 'token-1.key'), 0o644);
    await open();
    expect(warnings.slice(1)).toEqual([expect.stringContaining('token-1.key')]);
  });

  test('passes over files that are not its own', async () => {
    for (const name of ['token-0.key', 'token-02.key', 'token-3.key.old', 'ledger-1.key', 'token.key']) {
      writeFileSync(join(directory, name), 'x');
    }
    expect((await (await open()).signingKey()).id).toBe((await keys.signingKey()).id);
  });
});

test.each([
  ['90s', 90_000],
  ['30m', 1_800_000],
  ['1h', HOUR],
  ['7d', 7 * 24 * HOUR],
  ['366d', 366 * 24 * HOUR],
  ['367d', undefined],
  ['0h', undefined],
  ['01h', undefined],
  ['1.5h', undefined],
  ['-1h', undefined],
  ['1 h', undefined],
  ['1H', undefined],
  ['1h\n', undefined],
  ['h', undefined],
  ['999999999999d', undefined],
  ['', undefined],
])('the lifetime %p is %p milliseconds', (text, milliseconds) => {
  expect(parseTokenLife(text)).toBe(milliseconds);
});

test.each([['editor@skysoft'], ['operator'], ['subject'], ['subject@skysoft'], ['service@a-1']])(
  'the grant %p is read as written',
  (text) => {
    const grant = parseGrant(text);
    expect(grant && formatGrant(grant)).toBe(text);
  },
);

test.each([
  ['editor'],
  ['operator@skysoft'],
  ['editor@'],
  ['@skysoft'],
  ['editor@Sky'],
  ['editor@a@b'],
  ['editor@-a'],
  ['toString'],
  ['Editor@a'],
  ['editor@a\n'],
  [`editor@${'a'.repeat(65)}`],
])('the grant %p is none', (text) => expect(parseGrant(text)).toBeUndefined());
