/**
 * Who is asking: nobody in particular, or the bearer of a token that was verified.
 *
 * A bad or expired token never becomes `anonymous`; it is refused before there is a caller (see `TokenRejected`).
 */
export type Caller = AnonymousCaller | TokenCaller;

export interface AnonymousCaller {
  readonly kind: 'anonymous';
}

export interface TokenCaller {
  readonly kind: 'token';
  /** Who vouches for the claim. The same (issuer, claim) is the same person (rule P7). */
  readonly issuer: string;
  /** What the issuer calls the actor. Personal: never in an event, a log or an error; the vault turns it into an id. */
  readonly actorClaim: string;
  /** A name to show for the actor, when the issuer gave one. Personal, as the claim. */
  readonly actorName?: string;
  readonly roles: readonly RoleGrant[];
  /** Id of the subject whose own token this is. */
  readonly subject?: string;
  /** Milliseconds since 1970-01-01T00:00Z; from this instant on the token is no good. */
  readonly expiresAt: number;
  /** Of a subject's own token. Absent: any revocation of the subject's tokens ends it. */
  readonly issuance?: TokenIssuance;
}

/** What tells whether a token was issued before or after a revocation. */
export interface TokenIssuance {
  /** Milliseconds since 1970-01-01T00:00Z; the beginning of the second where the issuer tells whole seconds. */
  readonly issuedAt: number;
  /**
   * The latest revocation that was known when the token was issued, 0 for none: two clocks cannot then be mistaken
   * about what came first. Absent where the issuer knew nothing of revocations.
   */
  readonly knownRevocation?: number;
}

/** A role, and the slug of the organisation it holds in; `operator` holds in none, `subject` need not name one. */
export interface RoleGrant {
  readonly role: Role;
  readonly organisation?: string;
}

export const ROLES = ['subject', 'service', 'editor', 'approver', 'publisher', 'officer', 'operator'] as const;
export type Role = (typeof ROLES)[number];
/** The roles that hold in one organisation. */
export type OrganisationRole = Exclude<Role, 'operator' | 'subject'>;

export const ANONYMOUS: Caller = { kind: 'anonymous' };

const SLUG = /^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/;

/** Writes a grant as tokens and people do: `editor@skysoft`, `operator`. */
export function formatGrant(grant: RoleGrant): string {
  return grant.organisation === undefined ? grant.role : `${grant.role}@${grant.organisation}`;
}

/** Reads `editor@skysoft`; undefined when the role is unknown, or has no organisation and needs one, or has one and must not. */
export function parseGrant(text: string): RoleGrant | undefined {
  const at = text.indexOf('@');
  const name = at < 0 ? text : text.slice(0, at);
  const role = ROLES.find((known) => known === name);
  if (role === undefined) return undefined;
  if (at < 0) return role === 'operator' || role === 'subject' ? { role } : undefined;
  const organisation = text.slice(at + 1);
  return role !== 'operator' && SLUG.test(organisation) ? { role, organisation } : undefined;
}
