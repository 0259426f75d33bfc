/** Wakes those who wait for more of the log. It says "look", never what there is to see. */
export interface Bell {
  ring(): void;
  /** Resolves at the next ring or when the signal aborts. */
  wait(signal: AbortSignal): Promise<void>;
}

export function createBell(): Bell {
  let waiting = new Set<() => void>();
  return {
    ring: () => {
      const woken = waiting;
      waiting = new Set();
      for (const wake of woken) {
        wake();
      }
    },
    wait: (signal) =>
      new Promise((resolve) => {
        const wake = () => {
          signal.removeEventListener('abort', wake);
          waiting.delete(wake);
          resolve();
        };
        if (signal.aborted) {
          resolve();
          return;
        }
        signal.addEventListener('abort', wake);
        waiting.add(wake);
      }),
  };
}
