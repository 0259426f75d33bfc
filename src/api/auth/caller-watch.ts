import type { Caller } from './caller';

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
const STEP_MS = 100;
/** A longer timer of Node's fires at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

interface CallerWatchParts {
  /** Milliseconds since 1970-01-01T00:00Z. */
  readonly nowMs: () => number;
  readonly isRevoked: (caller: Caller) => boolean;
  /** Told when it could not be found out who is revoked; it is tried again at the next step. */
  readonly onFault: (error: unknown) => void;
}

export function createCallerWatch({ nowMs, isRevoked, onFault }: CallerWatchParts): CallerWatch {
  const round = createRounds<{ caller: Caller; end: () => void }>(({ caller, end }) => {
    if (isRevoked(caller)) end();
  }, onFault);
  return {
    watch(caller, onEnd) {
      if (caller.kind === 'anonymous') return () => undefined;
      let forget: () => void = () => undefined;
      const endAs = (end: TokenEnd) => () => {
        forget();
        onEnd(end);
      };
      const stopTimer = callAt(caller.expiresAt, nowMs, endAs('expired'));
      const leave = caller.subject === undefined ? undefined : round.enter({ caller, end: endAs('revoked') });
      forget = () => {
        stopTimer();
        leave?.();
      };
      return () => forget();
    },
  };
}

/** Calls back at an instant, however far away, and however the clock is turned meanwhile. */
function callAt(instant: number, nowMs: () => number, callback: () => void): () => void {
  let timer: NodeJS.Timeout;
  const wait = () => {
    const leftMs = instant - nowMs();
    if (leftMs <= 0) callback();
    else timer = setTimeout(wait, Math.min(leftMs, MAX_TIMER_MS));
  };
  timer = setTimeout(wait, Math.min(Math.max(instant - nowMs(), 0), MAX_TIMER_MS));
  return () => clearTimeout(timer);
}

/** Looks at every entry once in {@link REVOCATION_SEEN_MS}, a few at a time. The clock runs while there are entries. */
function createRounds<Entry>(look: (entry: Entry) => void, onFault: (error: unknown) => void) {
  const entries = new Set<Entry>();
  let turn = entries.values();
  let timer: NodeJS.Timeout | undefined;
  let wasWell = true;

  const step = () => {
    const count = Math.ceil((entries.size * STEP_MS) / REVOCATION_SEEN_MS);
    try {
      for (let looked = 0; looked < count; looked += 1) {
        let next = turn.next();
        if (next.done) {
          turn = entries.values();
          next = turn.next();
        }
        if (next.done) break;
        look(next.value);
      }
      wasWell = true;
    } catch (error) {
      if (wasWell) onFault(error);
      wasWell = false;
    }
  };
  return {
    enter(entry: Entry): () => void {
      entries.add(entry);
      timer ??= setInterval(step, STEP_MS).unref();
      return () => {
        entries.delete(entry);
        if (entries.size > 0) return;
        clearInterval(timer);
        timer = undefined;
      };
    },
  };
}
