/** Lets many that were woken by one thing go on a few at a time, so that whoever else asks something gets a turn. */
export interface PacedTurns {
  /** Calls back soon, in the order in which it was asked; never before it returns. */
  take(turn: () => void): void;
}

/** What is called back in one turn of the event loop, with all that follows from it at once, takes about so long. */
const TURN_MS = 0.5;

/**
 * After each of them the clock is looked at: nobody knows beforehand what a wake-up sets going, a line to be sent or a
 * person's standing to be found. One for a node, since whoever asks waits for the sum of all.
 */
export function createPacedTurns(clock: () => number = () => performance.now()): PacedTurns {
  let waiting: (() => void)[] = [];
  let next = 0;
  let endMs = 0;

  const begin = () => {
    endMs = clock() + TURN_MS;
    go();
  };
  const go = () => {
    const turn = waiting[next];
    next += 1;
    turn?.();
    if (next === waiting.length) {
      waiting = [];
      next = 0;
    } else if (clock() < endMs) {
      // Promises that are settled and ticks, such as what is to be sent, come first and count.
      queueMicrotask(goOn);
    } else {
      setImmediate(begin);
    }
  };
  const goOn = () => process.nextTick(go);
  return {
    take(turn) {
      waiting.push(turn);
      if (waiting.length === 1) setImmediate(begin);
    },
  };
}
