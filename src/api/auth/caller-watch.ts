import { createWheel, type Spoke, type Wheel } from '../wheel';
import type { Caller, TokenCaller } from './caller';

/** Watches who is at the other end of connections that stay open. */
export interface CallerWatch {
  /**
   * Calls back once, when the caller's token has run out or was taken back (the latter within
   * {@link REVOCATION_SEEN_MS}). The answered function forgets it; called twice it is done once.
   */
  watch(caller: Caller, onEnd: (end: TokenEnd) => void): () => void;
}

export type TokenEnd = 'expired' | 'revoked';

/** A connection whose token was taken back is ended after so long at most. */
export const REVOCATION_SEEN_MS = 4_000;
/** A part of those watched is looked at so often, so that thousands hold nobody else up. */
const STEP_MS = 50;
/** A token that runs out before it is looked at twice more has a timer of its own until then. */
const SOON_MS = 2 * REVOCATION_SEEN_MS;

interface CallerWatchParts {
  /** Milliseconds since 1970-01-01T00:00Z. */
  readonly nowMs: () => number;
  readonly isRevoked: (caller: Caller) => boolean;
  /** Told when it could not be found out who is revoked; it is tried again in the next round. */
  readonly onFault: (error: unknown) => void;
}

export function createCallerWatch({ nowMs, isRevoked, onFault }: CallerWatchParts): CallerWatch {
  let wasWell = true;
  const look = (watched: ReadonlySet<Watched>) => {
    let isWell = true;
    for (const each of watched) {
      each.callIfSoon(nowMs);
      try {
        if (isRevoked(each.caller)) each.end('revoked');
      } catch (error) {
        if (wasWell && isWell) onFault(error);
        isWell = false;
      }
    }
    wasWell = isWell;
  };
  const wheel = createWheel<Watched>({ roundMs: REVOCATION_SEEN_MS, stepMs: STEP_MS, look });
  return {
    watch(caller, onEnd) {
      if (caller.kind === 'anonymous') return () => undefined;
      const watched = new Watched(caller, onEnd, wheel);
      watched.callIfSoon(nowMs);
      return () => watched.forget();
    },
  };
}

/** A class, since there is one for as long as each connection stays. */
class Watched {
  readonly #spoke: Spoke<Watched>;
  #stopTimer: (() => void) | undefined;

  constructor(
    readonly caller: TokenCaller,
    private readonly onEnd: (end: TokenEnd) => void,
    private readonly wheel: Wheel<Watched>,
  ) {
    this.#spoke = wheel.enter(this);
  }

  callIfSoon(nowMs: () => number): void {
    const { expiresAt } = this.caller;
    if (this.#stopTimer || expiresAt - nowMs() > SOON_MS) return;
    this.#stopTimer = callAt(expiresAt, nowMs, () => this.end('expired'));
  }

  end(end: TokenEnd): void {
    this.forget();
    this.onEnd(end);
  }

  forget(): void {
    this.wheel.leave(this, this.#spoke);
    this.#stopTimer?.();
  }
}

/** Calls back at an instant, however the clock is turned meanwhile. */
function callAt(instant: number, nowMs: () => number, callback: () => void): () => void {
  let timer: NodeJS.Timeout;
  const wait = () => {
    const leftMs = instant - nowMs();
    if (leftMs <= 0) callback();
    else timer = setTimeout(wait, Math.min(leftMs, SOON_MS));
  };
  timer = setTimeout(wait, Math.max(instant - nowMs(), 0));
  return () => clearTimeout(timer);
}
