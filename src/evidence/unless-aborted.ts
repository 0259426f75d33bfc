/** Answers what is waited for, or throws the signal's reason as soon as it is aborted; what goes on behind is left alone. */
export async function unlessAborted<T>(signal: AbortSignal, waiting: Promise<T>): Promise<T> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    waiting.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
