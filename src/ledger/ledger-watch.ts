import { StoreUnavailable } from '../event-store/event-store';
import { type Divergence, LedgerDiverged, LedgerKeyUnknown } from './ledger-faults';

export type LedgerPhase =
  /** Not started, or the log is still being read. */
  | 'UNCHECKED'
  | 'SOUND'
  /** The store does not answer; it is tried again. */
  | 'WAITING'
  /** See {@link LedgerKeyUnknown}: nothing is written until the key is back. */
  | 'KEY_UNKNOWN'
  /** See {@link LedgerDiverged}: nothing is written any more. */
  | 'DIVERGED';

/** For operators: places and reasons, no event content. */
export type LedgerLog = (
  level: 'info' | 'warn' | 'error',
  message: string,
  details: Readonly<Record<string, string>>,
) => void;

/** Remembers what was found wrong, so that everybody hears of it from then on. */
export interface LedgerWatch {
  phase(): LedgerPhase;
  reason(): string | undefined;
  isDiverged(): boolean;
  divergence(): Divergence | undefined;
  isChecked(): boolean;
  /** @throws LedgerDiverged LedgerKeyUnknown what was found */
  assertSound(): void;
  diverge(error: LedgerDiverged): void;
  /** The checks of a start have been made. */
  checked(): void;
  /** A checkpoint was signed, so the keys are there. */
  signed(): void;
  /** Forgets what was found, before everything is checked anew. */
  reset(): void;
  /** Runs something, remembers what it finds wrong, and throws it. */
  over<T>(act: () => Promise<T>): Promise<T>;
  /** As {@link over}, where nobody waits to hear what was found; other errors are thrown. */
  quietly(act: () => Promise<void>): Promise<void>;
  /** Runs a task that is tried again when it fails; its name tells its failures from another's. */
  attempt(name: string, task: () => Promise<void>): Promise<void>;
}

export function createLedgerWatch(log: LedgerLog): LedgerWatch {
  let isChecked = false;
  const waiting = new Map<string, string>();
  let fault: LedgerDiverged | undefined;
  let keyFault: LedgerKeyUnknown | undefined;

  function diverge(error: LedgerDiverged): void {
    if (fault !== undefined) return;
    fault = error;
    const { place, message: reason } = error;
    const where = place && { from: place.from, to: place.to };
    log('error', 'The log is not the one that was proven. Nothing more is written.', { reason, ...where });
  }

  async function over<T>(act: () => Promise<T>): Promise<T> {
    try {
      return await act();
    } catch (error) {
      if (error instanceof LedgerDiverged) diverge(error);
      if (error instanceof LedgerKeyUnknown) noteKey(error);
      throw error;
    }
  }

  function noteKey(error: LedgerKeyUnknown): void {
    if (keyFault === undefined) log('error', error.message, { code: error.code });
    keyFault = error;
  }

  async function quietly(act: () => Promise<void>): Promise<void> {
    try {
      await over(act);
    } catch (error) {
      if (!(error instanceof LedgerDiverged || error instanceof LedgerKeyUnknown)) throw error;
    }
  }

  return {
    phase: () => {
      if (fault !== undefined) return 'DIVERGED';
      if (keyFault !== undefined) return 'KEY_UNKNOWN';
      if (waiting.size > 0) return 'WAITING';
      return isChecked ? 'SOUND' : 'UNCHECKED';
    },
    reason: () => fault?.message ?? keyFault?.message ?? [...waiting.values()][0],
    isDiverged: () => fault !== undefined,
    divergence: () => fault?.divergence,
    isChecked: () => isChecked,
    assertSound: () => {
      if (fault !== undefined) throw fault;
      if (keyFault !== undefined) throw keyFault;
    },
    diverge,
    checked: () => {
      isChecked = true;
    },
    signed: () => {
      keyFault = undefined;
    },
    reset: () => {
      fault = undefined;
      keyFault = undefined;
    },
    over,
    quietly,
    attempt: async (name, task) => {
      try {
        await quietly(task);
        waiting.delete(name);
      } catch (error) {
        const reason = error instanceof StoreUnavailable ? error.code : String(error);
        if (!waiting.has(name)) log('warn', 'The ledger waits.', { task: name, reason });
        waiting.set(name, reason);
      }
    },
  };
}
