/**
 * Hands out the items of pages one by one. A generator that yielded each item would wait three turns of the event loop's
 * microtasks for every one of them, which is a tenth of what the whole client needs for an event.
 *
 * @param isStopped asked before each item: true ends the iteration there
 */
export function itemsOfPages<T>(
  pages: AsyncGenerator<readonly T[], void, undefined>,
  isStopped: () => boolean,
): AsyncIterableIterator<T> {
  let page: readonly T[] = [];
  let index = 0;
  let fetching: Promise<unknown> = Promise.resolve();

  const fetchPage = async (): Promise<IteratorResult<T, undefined>> => {
    while (index === page.length && !isStopped()) {
      const next = await pages.next();
      if (next.done === true) {
        return { done: true, value: undefined };
      }
      page = next.value;
      index = 0;
    }
    return item();
  };

  const item = (): IteratorResult<T, undefined> | Promise<IteratorResult<T, undefined>> => {
    const value = page[index];
    if (isStopped() || value === undefined) {
      return finish();
    }
    index += 1;
    return { done: false, value };
  };

  const finish = async (): Promise<IteratorResult<T, undefined>> => {
    page = [];
    index = 0;
    await pages.return();
    return { done: true, value: undefined };
  };

  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    next: () => {
      if (index < page.length && !isStopped()) {
        return Promise.resolve(item());
      }
      // Whoever asks again before the answer has come waits for it, as with a generator.
      const answer = fetching.then(fetchPage);
      fetching = answer.catch(() => undefined);
      return answer;
    },
    return: finish,
  };
}
