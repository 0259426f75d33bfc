/** A list that whoever reads it takes from without a promise for each item: thousands of readers wait at a time. */
export interface ReadyItems<Item> {
  /**
   * The next item, if it is there. Undefined: not yet, and `look` is called once, never before this returns, when it is
   * worth asking again. Nobody else may be waiting meanwhile.
   *
   * @throws whatever went wrong; then the list has ended
   */
  takeReady(look: () => void): Item | typeof ENDED | undefined;
}

/** There is nothing more to come. */
export const ENDED = Symbol('ended');

/** Any list, read in this way. */
export function readyItemsOf<Item>(list: AsyncIterator<Item> | (AsyncIterator<Item> & ReadyItems<Item>)) {
  return 'takeReady' in list ? list : new AwaitedItems(list);
}

class AwaitedItems<Item> implements ReadyItems<Item> {
  #came: (() => Item | typeof ENDED) | undefined;

  constructor(private readonly list: AsyncIterator<Item>) {}

  takeReady(look: () => void): Item | typeof ENDED | undefined {
    const came = this.#came;
    this.#came = undefined;
    if (came) return came();
    const comes = (found: () => Item | typeof ENDED) => {
      this.#came = found;
      look();
    };
    this.list.next().then(
      ({ done, value }) => comes(() => (done ? ENDED : value)),
      (error: unknown) =>
        comes(() => {
          throw error;
        }),
    );
    return undefined;
  }
}
