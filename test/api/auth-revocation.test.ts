import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Authentication, createAuthentication } from '../../src/api/auth/authentication';
import { ANONYMOUS, type Caller, type TokenCaller } from '../../src/api/auth/caller';
import { createCallerWatch, REVOCATION_SEEN_MS, type TokenEnd } from '../../src/api/auth/caller-watch';
import { isRevoked, type SubjectStanding } from '../../src/api/auth/subject-standing';
import { createSubjectTokens, SUBJECT_TOKEN_SECONDS, type SubjectTokens } from '../../src/api/auth/subject-tokens';
import { openTokenKeys, type TokenKeys } from '../../src/api/auth/token-keys';
import { issueToken, OWN_ISSUER, ownIssuer, subjectActorClaim, TokenRejected } from '../../src/api/auth/tokens';
import { Refusal } from '../../src/domain/refusal';
import { instantAt } from '../../src/domain/time';

const NOW = Date.UTC(2024, 0, 31, 12, 0, 0, 250);
const KARI = '6f2a4a4e-5d13-4a37-9d52-1f9e5d3c7a01';
const OLA = '6f2a4a4e-5d13-4a37-9d52-1f9e5d3c7a02';

let directory: string;
let keys: TokenKeys;
let clock: number;
let standings: Map<string, SubjectStanding>;
let tokens: SubjectTokens;
let door: Authentication;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'samtykke-'));
  keys = await openTokenKeys(join(directory, 'keys'), () => undefined);
  clock = NOW;
  standings = new Map();
  const parts = { keys, standingOf: (id: string) => standings.get(id), nowMs: () => clock };
  tokens = createSubjectTokens(parts);
  door = createAuthentication({ ...parts, issuers: [ownIssuer(keys)] });
});
afterEach(() => rmSync(directory, { recursive: true }));

const issue = async (subject = KARI) => (await tokens.issue({ subject, organisation: 'skysoft' })).token;
/** What `samtykke token` prints: it opens no store and knows of no revocation. */
const issueApart = async (subject = KARI) =>
  (
    await issueToken(
      { roles: [{ role: 'subject', organisation: 'skysoft' }], subject, expiresIn: 3_600_000 },
      keys,
      clock,
    )
  ).token;
const revokeAt = (ms: number, subject = KARI) =>
  standings.set(subject, { status: 'active', tokensRevokedAt: instantAt(ms) });
const outcome = async (token: string) =>
  door.authenticate(token).then(
    () => 'good',
    (error: unknown) => (error instanceof TokenRejected ? error.reason : error),
  );

describe('a subject who asks for a token', () => {
  test('gets one for themselves, good for a quarter of an hour', async () => {
    const { token, expiresAt } = await tokens.issue({ subject: KARI, organisation: 'skysoft' });
    expect(expiresAt).toBe(Math.floor(NOW / 1_000) * 1_000 + 900_000);
    expect(await door.authenticate(`Bearer ${token}`)).toEqual({
      kind: 'token',
      issuer: OWN_ISSUER,
      actorClaim: subjectActorClaim(KARI),
      roles: [{ role: 'subject', organisation: 'skysoft' }],
      subject: KARI,
      expiresAt,
      issuance: { issuedAt: NOW, knownRevocation: 0 },
    });
  });

  test('is the same actor with every token, and another one than anybody else', async () => {
    const actorOf = async (token: string) => ((await door.authenticate(token)) as TokenCaller).actorClaim;
    expect(await actorOf(await issue())).toBe(await actorOf(await issueApart()));
    expect(await actorOf(await issue())).not.toBe(await actorOf(await issue(OLA)));
  });

  test.each([60, 86_400])('may have it for %i seconds', async (validForSeconds) => {
    const { expiresAt } = await tokens.issue({ subject: KARI, organisation: 'skysoft', validForSeconds });
    expect(expiresAt).toBe(Math.floor(NOW / 1_000) * 1_000 + validForSeconds * 1_000);
  });

  test.each([59, 86_401, 0, -1, 900.5, Number.NaN, Number.POSITIVE_INFINITY])(
    'may not have it for %d seconds',
    async (validForSeconds) => {
      const refused = await tokens
        .issue({ subject: KARI, organisation: 'skysoft', validForSeconds })
        .catch((error: unknown) => error);
      expect(refused).toBeInstanceOf(Refusal);
      expect(refused).toMatchObject({ code: 'TOKEN_LIFE_OUT_OF_RANGE', path: ['validForSeconds'] });
    },
  );

  test.each([
    ['linked', 'SUBJECT_LINKED'],
    ['erased', 'SUBJECT_ERASED'],
  ] as const)('gets none once they are %s', async (status, code) => {
    standings.set(KARI, { status });
    await expect(issue()).rejects.toMatchObject({ code });
  });

  test('has limits that say what they are', () => {
    expect(SUBJECT_TOKEN_SECONDS).toEqual({ least: 60, usual: 900, greatest: 86_400 });
  });
});

describe('a revocation', () => {
  test('ends every token issued before it, and nobody else’s', async () => {
    const [issued, apart, other] = [await issue(), await issueApart(), await issue(OLA)];
    clock += 10;
    revokeAt(clock);
    expect([await outcome(issued), await outcome(apart), await outcome(other)]).toEqual(['revoked', 'revoked', 'good']);
  });

  test('ends a token of the very same millisecond', async () => {
    const [issued, apart] = [await issue(), await issueApart()];
    revokeAt(NOW);
    expect([await outcome(issued), await outcome(apart)]).toEqual(['revoked', 'revoked']);
  });

  test('leaves a token good that was issued a millisecond later, in the same second', async () => {
    revokeAt(NOW);
    clock = NOW + 1;
    expect([await outcome(await issue()), await outcome(await issueApart())]).toEqual(['good', 'good']);
  });

  test('is told from a new token also where the log’s clock is ahead of this node’s', async () => {
    revokeAt(NOW + 30_000);
    expect(await outcome(await issue())).toBe('good');
  });

  test('ends a token of before also where the clock that issued it was ahead', async () => {
    clock = NOW + 30_000;
    const issued = await issue();
    clock = NOW;
    revokeAt(NOW + 5);
    expect(await outcome(issued)).toBe('revoked');
  });

  test('ends those of after an earlier one too', async () => {
    revokeAt(NOW);
    clock += 1_000;
    const between = await issue();
    expect(await outcome(between)).toBe('good');
    revokeAt(clock + 1);
    expect(await outcome(between)).toBe('revoked');
  });

  test('means nothing to tokens that are no subject’s', async () => {
    revokeAt(NOW + 1);
    const roles = [{ role: 'officer', organisation: 'skysoft' }] as const;
    const { token } = await issueToken({ roles, expiresIn: 3_600_000 }, keys, NOW);
    expect(await outcome(token)).toBe('good');
    expect(await door.authenticate(undefined)).toBe(ANONYMOUS);
  });

  test('ends all of its second where the issuer tells whole seconds, and not those of the next', () => {
    const caller = (issuedAt: number): Caller => ({
      kind: 'token',
      issuer: 'https://id.example',
      actorClaim: 'x',
      roles: [],
      subject: KARI,
      expiresAt: NOW + 1,
      issuance: { issuedAt },
    });
    revokeAt(NOW);
    const second = Math.floor(NOW / 1_000) * 1_000;
    expect(isRevoked(caller(second), (id) => standings.get(id))).toBe(true);
    expect(isRevoked(caller(second + 1_000), (id) => standings.get(id))).toBe(false);
  });

  test('is what being erased comes to', async () => {
    const [issued, apart] = [await issue(), await issueApart()];
    standings.set(KARI, { status: 'erased' });
    expect([await outcome(issued), await outcome(apart)]).toEqual(['revoked', 'revoked']);
  });

  test('is not what being linked comes to, which is told apart; but it holds for who is linked, too', async () => {
    const [issued, apart] = [await issue(), await issueApart()];
    standings.set(KARI, { status: 'linked' });
    expect([await outcome(issued), await outcome(apart)]).toEqual(['good', 'good']);
    standings.set(KARI, { status: 'linked', tokensRevokedAt: instantAt(clock) });
    expect([await outcome(issued), await outcome(apart)]).toEqual(['revoked', 'revoked']);
  });

  test('is not assumed of a person whom this node does not know yet', async () => {
    expect(await outcome(await issue())).toBe('good');
  });
});

describe('whoever stays connected', () => {
  const caller = (subject: string | undefined, expiresAt = Date.now() + 3_600_000): Caller => ({
    kind: 'token',
    issuer: OWN_ISSUER,
    actorClaim: 'x',
    roles: [],
    expiresAt,
    ...(subject !== undefined && { subject }),
  });
  const watchWith = (revoked: (caller: Caller) => boolean) => {
    const faults: unknown[] = [];
    const watch = createCallerWatch({
      nowMs: Date.now,
      isRevoked: revoked,
      onFault: (error) => void faults.push(error),
    });
    return { watch, faults };
  };
  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

  test('is told of a revocation in time, each exactly once, and none of the others', async () => {
    const gone = new Set<string>();
    const { watch } = watchWith(({ ...who }) => who.kind === 'token' && gone.has(who.subject ?? ''));
    const ends: string[] = [];
    const forgets = Array.from({ length: 500 }, (_, index) =>
      watch.watch(caller(`s${index}`), (end) => ends.push(`s${index} ${end}`)),
    );
    for (const id of ['s0', 's249', 's499']) gone.add(id);
    while (ends.length < 3) await pause(50);
    await pause(REVOCATION_SEEN_MS / 4);
    expect(ends.sort()).toEqual(['s0 revoked', 's249 revoked', 's499 revoked']);
    for (const forget of forgets) forget();
  });

  test('is told nothing once it is forgotten', async () => {
    const { watch } = watchWith(() => true);
    const ends: TokenEnd[] = [];
    watch.watch(caller('s'), (end) => ends.push(end))();
    watch.watch(caller(undefined, Date.now() + 50), (end) => ends.push(end))();
    await pause(300);
    expect(ends).toEqual([]);
  });

  test('is told of the end of a token, and not of one sixty days ahead', async () => {
    const { watch } = watchWith(() => false);
    const ends: string[] = [];
    const farAway = Date.now() + 60 * 24 * 3_600_000;
    const forget = watch.watch(caller(undefined, farAway), (end) => ends.push(`far ${end}`));
    watch.watch(caller(undefined, Date.now() + 50), (end) => ends.push(`near ${end}`));
    watch.watch(ANONYMOUS, (end) => ends.push(`nobody ${end}`));
    await pause(300);
    expect(ends).toEqual(['near expired']);
    forget();
  });

  test('stays when it cannot be found out, which is told once and tried again', async () => {
    let broken = true;
    const { watch, faults } = watchWith(() => {
      if (broken) throw new Error('no answer');
      return true;
    });
    const ends: TokenEnd[] = [];
    watch.watch(caller('s'), (end) => ends.push(end));
    await pause(350);
    expect([ends, faults.length]).toEqual([[], 1]);
    broken = false;
    await pause(REVOCATION_SEEN_MS + 250);
    expect(ends).toEqual(['revoked']);
  });
});
