import { type JWTPayload, jwtVerify } from 'jose';
import { z } from 'zod';
import { MAX_EXTERNAL_ID_LENGTH } from '../../domain/limits';
import type { RoleGrant, TokenCaller } from './caller';
import { claimAt, displayName, grantsIn, nameOfSomebody } from './openid-claims';
import type { ProviderKeys } from './openid-keys';
import type { OpenIdSettings } from './openid-settings';
import {
  CLOCK_LEEWAY_MS,
  LATEST_SECOND,
  MAX_ACTOR_LENGTH,
  MAX_GRANTS,
  OWN_ISSUER,
  subjectActorClaim,
  type TokenIssuer,
  TokenRejected,
  tokenFaultOf,
} from './tokens';

/** Signatures with a private key (RFC 7518, 8037, 9864). Nothing shared, and never `none`. */
export const OPENID_ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];
/** What a token may call itself: an ID token or an access token (RFC 9068). A logout token is signed alike. */
const TOKEN_TYPES = ['jwt', 'at+jwt', 'application/jwt', 'application/at+jwt'];
/** OpenID Connect Core 1.0, 2. */
const MAX_SUB_LENGTH = 255;

/** The subject with this external id in the organisation with this slug; undefined where there is none. */
export type FindSubject = (organisation: string, externalId: string) => Promise<string | undefined>;

/** An OpenID Connect provider as an issuer of tokens. */
export function openIdIssuer(settings: OpenIdSettings, keys: ProviderKeys, findSubject: FindSubject): TokenIssuer {
  return {
    issuer: settings.issuer,
    async verify(token, now) {
      const payload = await signedPayload(token, settings, keys, now);
      const grants = grantsIn(claimAt(payload, settings.rolesClaim), settings.grantable);
      if (grants.length > MAX_GRANTS) throw new TokenRejected('bad-claims');
      const subject = await subjectOf(payload, grants, settings, findSubject);
      return {
        kind: 'token',
        ...actorOf(payload, grants, subject),
        roles: grants,
        ...validityOf(payload, now, subject),
      };
    },
  };
}

async function signedPayload(
  token: string,
  { issuer, audience }: OpenIdSettings,
  keys: ProviderKeys,
  now: number,
): Promise<JWTPayload> {
  try {
    const { payload, protectedHeader } = await jwtVerify(token, keys.keyOf, {
      issuer,
      audience,
      algorithms: OPENID_ALGORITHMS,
      currentDate: new Date(now),
      clockTolerance: CLOCK_LEEWAY_MS / 1_000,
      requiredClaims: ['sub', 'iat', 'exp'],
    });
    if (!TOKEN_TYPES.includes(protectedHeader.typ?.toLowerCase() ?? 'jwt')) throw new TokenRejected('bad-claims');
    return payload;
  } catch (error) {
    // What the library says of a key that is too weak for its algorithm.
    throw error instanceof TypeError ? new TokenRejected('unknown-key') : tokenFaultOf(error);
  }
}

const SECONDS = z.number().nonnegative().max(LATEST_SECOND);
/** A token bound to a key of its bearer's (`cnf`) is good only with a proof that nobody here asks for. */
const TIMES = z.object({ iat: SECONDS, exp: SECONDS, cnf: z.undefined().optional() });

/** The leeway is for clocks that differ at the beginning; the end is the end. */
function validityOf(payload: JWTPayload, now: number, subject: string | undefined) {
  const times = TIMES.safeParse(payload);
  if (!times.success) throw new TokenRejected('bad-claims');
  const issuedAt = Math.floor(times.data.iat * 1_000);
  const expiresAt = Math.floor(times.data.exp * 1_000);
  if (issuedAt > now + CLOCK_LEEWAY_MS) throw new TokenRejected('bad-claims');
  if (expiresAt <= now) throw new TokenRejected('expired');
  return { expiresAt, ...(subject !== undefined && { subject, issuance: { issuedAt } }) };
}

/**
 * Whose own token it is. A token is for one person: where it names two organisations it would be two, and is nobody's.
 */
async function subjectOf(
  payload: JWTPayload,
  grants: readonly RoleGrant[],
  { subjectClaim }: OpenIdSettings,
  findSubject: FindSubject,
): Promise<string | undefined> {
  const [own, second] = grants.filter(({ role }) => role === 'subject');
  if (own?.organisation === undefined || second !== undefined) return undefined;
  const externalId = nameOfSomebody(claimAt(payload, subjectClaim), MAX_EXTERNAL_ID_LENGTH);
  return externalId === undefined ? undefined : findSubject(own.organisation, externalId);
}

/**
 * Who acts. A person who acts for themselves alone is the same actor as with a token of the installation's, so that
 * neither their external id nor their name is kept a second time, where an erasure would miss it (rule R3).
 */
function actorOf(
  payload: JWTPayload,
  grants: readonly RoleGrant[],
  subject: string | undefined,
): Pick<TokenCaller, 'issuer' | 'actorClaim' | 'actorName'> {
  if (subject !== undefined && grants.every(({ role }) => role === 'subject')) {
    return { issuer: OWN_ISSUER, actorClaim: subjectActorClaim(subject) };
  }
  const actorClaim = nameOfSomebody(payload.sub, MAX_SUB_LENGTH);
  if (actorClaim === undefined || payload.iss === undefined) throw new TokenRejected('bad-claims');
  const actorName = displayName(payload.name, MAX_ACTOR_LENGTH);
  return { issuer: payload.iss, actorClaim, ...(actorName !== undefined && { actorName }) };
}
