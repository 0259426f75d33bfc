/** Lets tasks run at the same time while their bytes together stay within a budget; one that exceeds it runs alone. */
export interface ByteBudget {
  run<T>(bytes: number, task: () => Promise<T>): Promise<T>;
}

export function createByteBudget(limit: number): ByteBudget {
  let used = 0;
  const waiting: { readonly bytes: number; readonly start: () => void }[] = [];

  function startWaiting(): void {
    for (let next = waiting[0]; next && (used === 0 || used + next.bytes <= limit); next = waiting[0]) {
      waiting.shift();
      used += next.bytes;
      next.start();
    }
  }

  return {
    run: async (bytes, task) => {
      await new Promise<void>((start) => {
        waiting.push({ bytes, start });
        startWaiting();
      });
      try {
        return await task();
      } finally {
        used -= bytes;
        startWaiting();
      }
    },
  };
}
