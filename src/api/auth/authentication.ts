import type { Caller } from './caller';
import { isRevoked, type StandingOf } from './subject-standing';
import { authenticate, type TokenIssuer, TokenRejected } from './tokens';

/** Who asks: at the door, and for as long as a connection stays open. */
export interface Authentication {
  /**
   * Who sent this `Authorization` header, or this `connectionParams.authorization`. Absent is nobody in particular.
   *
   * @throws TokenRejected
   */
  authenticate(authorization: unknown): Promise<Caller>;
  /** Whether the token that was let in has been taken back meanwhile. */
  isRevoked(caller: Caller): boolean;
}

interface AuthenticationParts {
  readonly issuers: readonly TokenIssuer[];
  readonly standingOf: StandingOf;
  /** Milliseconds since 1970-01-01T00:00Z. */
  readonly nowMs: () => number;
}

export function createAuthentication({ issuers, standingOf, nowMs }: AuthenticationParts): Authentication {
  return {
    async authenticate(authorization) {
      const caller = await authenticate(authorization, issuers, nowMs());
      if (isRevoked(caller, standingOf)) throw new TokenRejected('revoked');
      return caller;
    },
    isRevoked: (caller) => isRevoked(caller, standingOf),
  };
}
