import { ROLES, type Role } from './caller';

/** What an installation expects of its OpenID Connect provider. */
export interface OpenIdSettings {
  /** `iss` of every token, letter by letter. */
  readonly issuer: string;
  /** One of the `aud` of every token. */
  readonly audience: string;
  /** Claim that holds the grants, such as `samtykke_roles` or `realm_access.roles`. */
  readonly rolesClaim: string;
  /** Claim that holds the external id of a person who signs in for themselves. */
  readonly subjectClaim: string;
  /** Roles that the provider may grant; others it names are passed over. */
  readonly grantable: readonly Role[];
}

export const DEFAULT_ROLES_CLAIM = 'samtykke_roles';
export const DEFAULT_SUBJECT_CLAIM = 'sub';
/** Who runs the installation is not for the provider to say, unless the installation lets it. */
export const DEFAULT_GRANTABLE: readonly Role[] = ROLES.filter((role) => role !== 'operator');
