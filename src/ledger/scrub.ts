import { setTimeout as delay } from 'node:timers/promises';
import { checkCheckpoints } from './check-checkpoints';
import { CHECKED_LEAVES, checkLeaves } from './check-leaves';
import type { SigningParts } from './sign-checkpoints';

/** How fast the scrub goes: slices of {@link CHECKED_LEAVES} leaves, a few milliseconds each, and a pause between. */
export interface ScrubPace {
  readonly pauseMs: number;
  /** Between the end of one pass over the whole log and the beginning of the next. */
  readonly restMs: number;
  /** How often it is written down how far it has come. */
  readonly keepMs: number;
}

/** A million leaves in a quarter of an hour, for a hundredth of a core. */
export const SCRUB_PACE: ScrubPace = { pauseMs: 200, restMs: 3_600_000, keepMs: 30_000 };

export interface ScrubState {
  /** Leaves checked in this pass. */
  readonly leaves: number;
  /** When the last pass over the whole log ended, in milliseconds since 1970-01-01T00:00Z. */
  readonly wholeAt: number | undefined;
}

export interface Scrub {
  state(): ScrubState;
  /** Goes over the log again and again until the signal aborts. @throws LedgerDiverged StoreUnavailable */
  run(signal: AbortSignal): Promise<void>;
}

/** Looks at every leaf in bounded slices, and at every checkpoint, from where it was when the process ended (rule L4). */
export function createScrub(parts: SigningParts, nowMs: () => number, pace: ScrubPace): Scrub {
  const { tree, checkpoints, keys } = parts;
  /** Absent until somebody asks: a tree that is damaged is to say so to whoever can tell of it. */
  let leaves: number | undefined;
  let wholeAt: number | undefined;
  let keptAt = nowMs();
  /** A pass that goes on where the process before was stopped is no reason not to look at them. */
  let hasSeenCheckpoints = false;

  function reached(): number {
    leaves ??= tree.scrubbed() < tree.size() ? tree.scrubbed() : 0;
    return leaves;
  }

  function keep(): void {
    keptAt = nowMs();
    tree.keepScrubbed(reached());
  }

  async function pass(signal: AbortSignal): Promise<void> {
    const pause = () => delay(pace.pauseMs, undefined, { signal });
    if (reached() === 0 || !hasSeenCheckpoints) {
      await checkCheckpoints(tree, checkpoints, keys, breathing(pause));
      hasSeenCheckpoints = true;
    }
    const signed = await checkpoints.last();
    for (const end = tree.size(); reached() < end; ) {
      const start = reached();
      const next = Math.min(start + CHECKED_LEAVES - (start % CHECKED_LEAVES), end);
      await checkLeaves(parts, start, next, signed && signed.size <= tree.size() ? signed : undefined);
      leaves = next;
      if (nowMs() - keptAt >= pace.keepMs) keep();
      await pause();
    }
    wholeAt = nowMs();
    keep();
  }

  return {
    state: () => ({ leaves: reached(), wholeAt }),
    run: async (signal) => {
      try {
        // What the process before had checked may have been altered since it stopped: that is looked at without a rest.
        let isResumed = reached() > 0;
        while (!signal.aborted) {
          await pass(signal);
          if (!isResumed) await delay(pace.restMs, undefined, { signal });
          isResumed = false;
          leaves = 0;
        }
      } catch (error) {
        if (!signal.aborted) throw error;
        keep();
      }
    },
  };
}

/** Checkpoints take a tenth of a millisecond each: a pause after every one would take days. */
const CHECKPOINTS_AT_ONCE = 32;

function breathing(pause: () => Promise<void>): () => Promise<void> {
  let count = 0;
  return async () => {
    count += 1;
    if (count % CHECKPOINTS_AT_ONCE === 0) await pause();
  };
}
