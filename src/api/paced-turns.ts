/** Lets many that were woken by one thing go on a few at a time, so that whoever else asks something gets a turn. */
export interface PacedTurns {
  /** Calls back soon, in the order in which it was asked; never before it returns. */
  take(turn: () => void): void;
}

/** What is called back in one turn of the event loop, with all that follows from it, is to take about so long. */
const TURN_MS = 1;
const MOST_AT_ONCE = 256;

/**
 * How many are called back at once follows from how long the last ones took: nobody knows beforehand what a wake-up
 * sets going, a line to be sent or a person's standing to be found.
 */
export function createPacedTurns(clock: () => number = () => performance.now()): PacedTurns {
  let waiting: (() => void)[] = [];
  let next = 0;
  let atOnce = 1;
  let began = Number.NaN;

  const go = () => {
    const now = clock();
    atOnce = nextSize(atOnce, now - began);
    began = now;
    const end = Math.min(next + atOnce, waiting.length);
    while (next < end) {
      const turn = waiting[next];
      next += 1;
      turn?.();
    }
    if (next < waiting.length) {
      setImmediate(go);
      return;
    }
    waiting = [];
    next = 0;
    began = Number.NaN;
  };
  return {
    take(turn) {
      waiting.push(turn);
      if (waiting.length === 1) setImmediate(go);
    },
  };
}

/** @param tookMs NaN for the first ones */
function nextSize(atOnce: number, tookMs: number): number {
  if (tookMs > TURN_MS) return Math.max(1, Math.floor((atOnce * TURN_MS) / tookMs));
  return tookMs <= TURN_MS ? Math.min(MOST_AT_ONCE, atOnce + 1 + (atOnce >> 2)) : atOnce;
}
