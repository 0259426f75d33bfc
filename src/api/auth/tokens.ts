import { randomUUID } from 'node:crypto';
import { decodeJwt, errors, type JWTPayload, jwtVerify, SignJWT } from 'jose';
import { z } from 'zod';
import { ANONYMOUS, type Caller, formatGrant, parseGrant, type RoleGrant, type TokenCaller } from './caller';
import type { TokenKeys } from './token-keys';

/** `iss` and `aud` of tokens signed with the installation's own key. The key tells installations apart. */
export const OWN_ISSUER = 'urn:samtykke:installation';
export const AUDIENCE = 'urn:samtykke:api';
/** EdDSA with Ed25519 (RFC 8037). A token that names another algorithm is refused before any key is looked at. */
const ALGORITHM = 'EdDSA';

/** Longer than any token made here; nothing beyond it is parsed. */
export const MAX_TOKEN_LENGTH = 8_192;
export const MAX_GRANTS = 32;
export const MAX_ACTOR_LENGTH = 200;
export const MIN_TOKEN_LIFE_MS = 1_000;
export const MAX_TOKEN_LIFE_MS = 366 * 24 * 3_600_000;
/** A node's clock may be so far behind the one that stamped the token. Expiry allows nothing. */
export const CLOCK_LEEWAY_MS = 60_000;

/** The last second of the year 9999: what lies beyond is no time that could be told. */
export const LATEST_SECOND = 253_402_300_799;

/** Why a token was refused; the API answers UNAUTHENTICATED to all of them. Messages carry nothing of the token. */
export class TokenRejected extends Error {
  override readonly name = 'TokenRejected';

  constructor(readonly reason: TokenFault) {
    super(TOKEN_FAULTS[reason]);
  }
}

const TOKEN_FAULTS = {
  malformed: 'This is not a token.',
  'unknown-issuer': 'The token is from an issuer that is not known here.',
  'unknown-key': 'The token is signed with a key that is not known here.',
  'bad-signature': 'The signature of the token is not good.',
  'bad-claims': 'The token is not meant for this or says what it may not.',
  expired: 'The token has expired.',
  revoked: 'The token has been revoked, or the person it was for is no longer here.',
} as const;
export type TokenFault = keyof typeof TOKEN_FAULTS;

/** What was asked to stand in a token cannot. The message is for whoever asked. */
export class TokenRequestInvalid extends Error {
  override readonly name = 'TokenRequestInvalid';
}

export interface TokenRequest {
  readonly roles: readonly RoleGrant[];
  /** Name of the person or program acting; the same name is the same actor (rule P7). Absent: nobody seen before. */
  readonly actor?: string;
  /** Id of the subject whose own token it is to be; goes with the role `subject`, and only with it. */
  readonly subject?: string;
  /** The latest revocation of the subject's tokens, in milliseconds, 0 for none; absent where nobody looked. */
  readonly knownRevocation?: number;
  /** Milliseconds from now, {@link MIN_TOKEN_LIFE_MS} to {@link MAX_TOKEN_LIFE_MS}. */
  readonly expiresIn: number;
}

export interface IssuedToken {
  readonly token: string;
  /** Milliseconds since 1970-01-01T00:00Z, in whole seconds. */
  readonly expiresAt: number;
}

/**
 * Signs a token with the installation's own key. Needs the key directory alone, so it works beside a running server.
 *
 * @param now milliseconds since 1970-01-01T00:00Z
 * @throws TokenRequestInvalid
 */
export async function issueToken(request: TokenRequest, keys: TokenKeys, now: number): Promise<IssuedToken> {
  checkRequest(request);
  const key = await keys.signingKey();
  const actor = request.actor === undefined ? undefined : actorNamed(request.actor).name;
  const issuedAt = Math.floor(now / 1_000);
  const expiresAt = issuedAt + Math.ceil(request.expiresIn / 1_000);
  const claims = {
    roles: request.roles.map(formatGrant),
    ...(actor === undefined ? {} : { name: actor }),
    ...(request.subject === undefined ? {} : { subject: request.subject, iat_ms: Math.floor(now) }),
    ...(request.knownRevocation === undefined ? {} : { known_revocation_ms: request.knownRevocation }),
  };
  const token = await new SignJWT(claims)
    .setProtectedHeader({ alg: ALGORITHM, typ: 'JWT', kid: key.id })
    .setIssuer(OWN_ISSUER)
    .setAudience(AUDIENCE)
    .setSubject(actor ?? actorOf(request.subject))
    .setIssuedAt(issuedAt)
    .setExpirationTime(expiresAt)
    .setJti(randomUUID())
    .sign(key.privateKey);
  return { token, expiresAt: expiresAt * 1_000 };
}

/**
 * The actor that a subject's own token stands for. The same person is the same actor with every token, so that a
 * command sent again with a new one is the same command (rule I1); and no name is kept that an erasure would miss.
 */
export function subjectActorClaim(subject: string): string {
  return `subject:${subject}`;
}

function actorOf(subject: string | undefined): string {
  return subject === undefined ? randomUUID() : subjectActorClaim(subject);
}

/** Someone whose tokens are accepted: the installation itself, or a provider of identities. */
export interface TokenIssuer {
  readonly issuer: string;
  /**
   * Checks everything about a token whose unverified `iss` names this issuer.
   *
   * @param now milliseconds since 1970-01-01T00:00Z
   * @throws TokenRejected
   */
  verify(token: string, now: number): Promise<TokenCaller>;
}

/** The installation's own key as an issuer. */
export function ownIssuer(keys: TokenKeys): TokenIssuer {
  return { issuer: OWN_ISSUER, verify: (token, now) => verifyOwnToken(token, keys, now) };
}

/**
 * Verifies a token of any of the issuers.
 *
 * @param now milliseconds since 1970-01-01T00:00Z
 * @throws TokenRejected
 */
export async function verifyToken(token: string, issuers: readonly TokenIssuer[], now: number): Promise<TokenCaller> {
  if (token.length > MAX_TOKEN_LENGTH) throw new TokenRejected('malformed');
  const named = unverifiedIssuer(token);
  const issuer = issuers.find((each) => each.issuer === named);
  if (issuer === undefined) throw new TokenRejected('unknown-issuer');
  return issuer.verify(token, now);
}

const CREDENTIALS = /^(?:Bearer +)?([A-Za-z0-9_.-]+)$/i;

/**
 * Who sent this `Authorization` header, or this `connectionParams.authorization` of a WebSocket. Absent is nobody in
 * particular; anything else that is not a good token is refused, never taken for nobody.
 *
 * @throws TokenRejected
 */
export async function authenticate(
  authorization: unknown,
  issuers: readonly TokenIssuer[],
  now: number,
): Promise<Caller> {
  if (authorization === undefined || authorization === null) return ANONYMOUS;
  if (typeof authorization !== 'string' || authorization.length > MAX_TOKEN_LENGTH)
    throw new TokenRejected('malformed');
  const token = CREDENTIALS.exec(authorization.trim())?.[1];
  if (token === undefined) throw new TokenRejected('malformed');
  return verifyToken(token, issuers, now);
}

const DURATION = /^([1-9]\d{0,8})(s|m|h|d)$/;
const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 24 * 3_600_000 };

/** Milliseconds in `90s`, `30m`, `1h`, `7d`; undefined when it is none of these or no lifetime for a token. */
export function parseTokenLife(text: string): number | undefined {
  const [, count, unit] = DURATION.exec(text) ?? [];
  if (count === undefined || unit === undefined) return undefined;
  const milliseconds = Number(count) * (UNIT_MS[unit] ?? Number.NaN);
  return milliseconds >= MIN_TOKEN_LIFE_MS && milliseconds <= MAX_TOKEN_LIFE_MS ? milliseconds : undefined;
}

async function verifyOwnToken(token: string, keys: TokenKeys, now: number): Promise<TokenCaller> {
  const verified = await signedPayload(token, keys, now);
  const payload = OWN_CLAIMS.safeParse(verified);
  if (!payload.success) throw new TokenRejected('bad-claims');
  const { sub, name, roles, subject, iat, iat_ms: issuedAt = iat * 1_000, exp } = payload.data;
  const grants = roles.map(parseGrant);
  if (!grants.every((grant) => grant !== undefined)) throw new TokenRejected('bad-claims');
  if (iat * 1_000 > now + CLOCK_LEEWAY_MS) throw new TokenRejected('bad-claims');
  if (Math.floor(issuedAt / 1_000) !== iat) throw new TokenRejected('bad-claims');
  const { known_revocation_ms: knownRevocation } = payload.data;
  return {
    kind: 'token',
    issuer: OWN_ISSUER,
    actorClaim: sub,
    roles: grants,
    expiresAt: exp * 1_000,
    ...(name === undefined ? {} : { actorName: name }),
    ...(subject !== undefined && {
      subject,
      issuance: { issuedAt, ...(knownRevocation !== undefined && { knownRevocation }) },
    }),
  };
}

const SECONDS = z.number().int().nonnegative().max(LATEST_SECOND);
const MILLISECONDS = z.number().int().nonnegative();
const OWN_CLAIMS = z.object({
  sub: z.string().min(1).max(MAX_ACTOR_LENGTH),
  name: z.string().min(1).max(MAX_ACTOR_LENGTH).optional(),
  roles: z.array(z.string()).max(MAX_GRANTS),
  subject: z.uuid().optional(),
  iat: SECONDS,
  iat_ms: MILLISECONDS.optional(),
  known_revocation_ms: MILLISECONDS.optional(),
  exp: SECONDS,
});

async function signedPayload(token: string, keys: TokenKeys, now: number): Promise<JWTPayload> {
  const keyOf = async ({ kid }: { kid?: string }) => {
    const key = typeof kid === 'string' ? await keys.keyWithId(kid) : undefined;
    if (key === undefined) throw new TokenRejected('unknown-key');
    return key.publicKey;
  };
  try {
    const options = { algorithms: [ALGORITHM], issuer: OWN_ISSUER, audience: AUDIENCE, currentDate: new Date(now) };
    return (await jwtVerify(token, keyOf, { ...options, requiredClaims: ['sub', 'iat', 'exp'] })).payload;
  } catch (error) {
    throw tokenFaultOf(error);
  }
}

function unverifiedIssuer(token: string): string | undefined {
  try {
    return decodeJwt(token).iss;
  } catch {
    throw new TokenRejected('malformed');
  }
}

/** What is not about the token itself, a key directory that cannot be read say, stays the fault that it is. */
export function tokenFaultOf(error: unknown): unknown {
  if (!(error instanceof errors.JOSEError)) return error;
  if (error instanceof errors.JWTExpired) return new TokenRejected('expired');
  if (error instanceof errors.JWTClaimValidationFailed) return new TokenRejected('bad-claims');
  if (error instanceof errors.JWSSignatureVerificationFailed) return new TokenRejected('bad-signature');
  return new TokenRejected('malformed');
}

function checkRequest({ roles, subject, expiresIn }: TokenRequest): void {
  if (roles.length === 0 || roles.length > MAX_GRANTS) {
    throw new TokenRequestInvalid(`A token carries 1 to ${MAX_GRANTS} roles.`);
  }
  for (const grant of roles) {
    if (parseGrant(formatGrant(grant)) === undefined) {
      throw new TokenRequestInvalid(`${grant.role} ${needOf(grant)}.`);
    }
  }
  if ((subject !== undefined) !== roles.some((grant) => grant.role === 'subject')) {
    throw new TokenRequestInvalid('The role subject and the id of a subject go together.');
  }
  if (subject !== undefined && !z.uuid().safeParse(subject).success) {
    throw new TokenRequestInvalid('The id of a subject is a UUID.');
  }
  if (!(expiresIn >= MIN_TOKEN_LIFE_MS && expiresIn <= MAX_TOKEN_LIFE_MS)) {
    throw new TokenRequestInvalid('A token lives from one second to 366 days.');
  }
}

function needOf({ role, organisation }: RoleGrant): string {
  if (role === 'operator') return 'holds for the whole installation and takes no organisation';
  return organisation === undefined ? 'needs the slug of an organisation' : 'needs a slug of a-z, 0-9 and hyphens';
}

/**
 * The actor that a token issued here for this name stands for. One spelling for one name, so that an author cannot
 * approve their own draft under the same letters (rule P7).
 *
 * @throws TokenRequestInvalid
 */
export function actorNamed(text: string): { readonly issuer: string; readonly claim: string; readonly name: string } {
  const name = text.normalize('NFC').trim().replace(/\s+/gu, ' ');
  if (name === '' || name.length > MAX_ACTOR_LENGTH || /\p{C}/u.test(name)) {
    throw new TokenRequestInvalid(`An actor's name has 1 to ${MAX_ACTOR_LENGTH} printable characters.`);
  }
  return { issuer: OWN_ISSUER, claim: name, name };
}
