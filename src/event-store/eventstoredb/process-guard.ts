/**
 * The client throws some errors where no caller can catch them (`strayFault` in driver.ts); unguarded, each would end
 * the process in the middle of other people's work. The guard takes exactly those and hands them to whoever appends,
 * who replaces the client and sends what is unknown again. Every other error ends the process or reaches the
 * process's own listeners, as it would have without the guard.
 *
 * @returns takes the guard off again
 */
export function guardProcess<T extends string>(
  strayOf: (error: unknown) => T | undefined,
  onStray: (stray: T) => void,
): () => void {
  const guardEvent = (event: 'uncaughtException' | 'unhandledRejection') => (error: unknown) => {
    const stray = strayOf(error);
    if (stray !== undefined) {
      onStray(stray);
    } else if (process.listenerCount(event) === 1) {
      throw error;
    }
  };
  const onException = guardEvent('uncaughtException');
  const onRejection = guardEvent('unhandledRejection');
  process.on('uncaughtException', onException);
  process.on('unhandledRejection', onRejection);
  return () => {
    process.off('uncaughtException', onException);
    process.off('unhandledRejection', onRejection);
  };
}
