import type { Logger } from 'pino';
import type { HealthCheck } from '../server/server-options';
import { type Authentication, createAuthentication } from './authentication';
import { type FindSubject, openIdIssuer } from './openid-issuer';
import { createProviderKeys, type ProviderStatus } from './openid-keys';
import type { OpenIdSettings } from './openid-settings';
import type { StandingOf } from './subject-standing';
import type { TokenKeys } from './token-keys';
import { ownIssuer } from './tokens';

/** Everything about tokens that a server needs. */
export interface SignIn extends Authentication {
  /** How it stands with the provider of identities, where there is one; the node does its work without it. */
  health(): readonly HealthCheck[];
}

interface SignInParts {
  readonly keys: TokenKeys;
  /** Absent: the installation's own tokens alone. */
  readonly openId?: OpenIdSettings;
  readonly standingOf: StandingOf;
  readonly findSubject: FindSubject;
  /** Milliseconds since 1970-01-01T00:00Z. */
  readonly nowMs: () => number;
  readonly log: Pick<Logger, 'warn'>;
}

/**
 * Begins to ask the provider for its keys and does not wait for them: whatever is public is served, and the
 * installation's own tokens are good, while the provider is out.
 */
export function openSignIn({ keys, openId, standingOf, findSubject, nowMs, log }: SignInParts): SignIn {
  const providerKeys =
    openId &&
    createProviderKeys({
      issuer: openId.issuer,
      onFault: ({ reason, message }) => log.warn({ reason }, `OpenID Connect: ${message}`),
    });
  void providerKeys?.refresh();
  const provider = openId && providerKeys ? [openIdIssuer(openId, providerKeys, findSubject)] : [];
  return {
    ...createAuthentication({ issuers: [ownIssuer(keys), ...provider], standingOf, nowMs }),
    health: () => (providerKeys === undefined ? [] : [checkOf(providerKeys.status())]),
  };
}

function checkOf(status: ProviderStatus): HealthCheck {
  const check = { name: 'OPENID_PROVIDER', required: false } as const;
  switch (status.kind) {
    case 'well':
      return { ...check, ok: true };
    case 'unasked':
      return { ...check, ok: false, detail: 'The provider has not answered yet.' };
    case 'faulty':
      return {
        ...check,
        ok: false,
        detail: `${status.fault.message} ${status.verifying ? 'Its last keys are used.' : 'Its tokens are refused.'}`,
      };
  }
}
