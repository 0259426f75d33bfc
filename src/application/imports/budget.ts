/**
 * Lets tasks run at the same time while their weights together stay within a budget; one that exceeds it runs alone.
 * They begin in the order they came.
 */
export interface Budget {
  run<T>(weight: number, task: () => Promise<T>): Promise<T>;
}

export function createBudget(limit: number): Budget {
  let used = 0;
  const waiting: { readonly weight: number; readonly start: () => void }[] = [];

  function startWaiting(): void {
    for (let next = waiting[0]; next && (used === 0 || used + next.weight <= limit); next = waiting[0]) {
      waiting.shift();
      used += next.weight;
      next.start();
    }
  }

  return {
    run: async (weight, task) => {
      await new Promise<void>((start) => {
        waiting.push({ weight, start });
        startWaiting();
      });
      try {
        return await task();
      } finally {
        used -= weight;
        startWaiting();
      }
    },
  };
}
