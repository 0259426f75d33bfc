/** Lets tasks with the same key run one after the other, in the order they came; others do not wait. */
export class KeyedTurns {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Runs the task when every earlier one with this key is done, however that ended. */
  async run<T>(key: string, task: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key) ?? Promise.resolve();
    const turn = before.then(task, task);
    // Nothing of the answer: a map that is written all the time keeps what it held alive for long.
    const settled = turn.then(nothing, nothing);
    this.#last.set(key, settled);
    try {
      return await turn;
    } finally {
      if (this.#last.get(key) === settled) this.#last.delete(key);
    }
  }
}

function nothing(): void {}
