import type { ExecutionArgs, ExecutionResult } from 'graphql';
import { ENDED, type ReadyItems, readyItemsOf } from './ready-items';

/** How the items of a subscription are answered. */
export interface Answering {
  /** May throw, and may reject. */
  answer(item: unknown, args: ExecutionArgs): ExecutionResult | Promise<ExecutionResult>;
}

type Answer = IteratorResult<ExecutionResult, void>;
type Late = { readonly result: ExecutionResult } | { readonly error: unknown };

const DONE = { done: true, value: undefined } as const;
const answered = (value: ExecutionResult): Answer => ({ done: false, value });

/**
 * The answers of one subscription, one for each item of its source. Ends its source at once when it is returned, also
 * while it waits; a generator function would wait for the next item. A class, since there is one for as long as each
 * reader stays. Read either by `next` or by `takeReady`.
 */
export class SubscriptionAnswers implements AsyncGenerator<ExecutionResult, void, void>, ReadyItems<ExecutionResult> {
  readonly #ready: ReadyItems<unknown>;
  /** An answer that took its time. */
  #late: Late | undefined;

  constructor(
    private readonly source: AsyncIterator<unknown>,
    private readonly args: ExecutionArgs,
    private readonly answering: Answering,
  ) {
    this.#ready = readyItemsOf(source);
  }

  takeReady(look: () => void): ExecutionResult | typeof ENDED | undefined {
    const late = this.#late;
    this.#late = undefined;
    if (late) return resultOf(late);
    const found = this.#ready.takeReady(look);
    if (found === undefined || found === ENDED) return found;
    const result = this.#answer(found);
    if (!(result instanceof Promise)) return result;
    const comes = (came: Late) => {
      this.#late = came;
      look();
    };
    result.then(
      (made) => comes({ result: made }),
      (error: unknown) => comes({ error }),
    );
    return undefined;
  }

  next(): Promise<Answer> {
    return this.source.next().then(async ({ done, value }) => (done ? DONE : answered(await this.#answer(value))));
  }

  async return(): Promise<Answer> {
    await this.source.return?.();
    return DONE;
  }

  async throw(error: unknown): Promise<Answer> {
    await this.return();
    throw error;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  /** What cannot be answered ends the source. */
  #answer(item: unknown): ExecutionResult | Promise<ExecutionResult> {
    try {
      const result = this.answering.answer(item, this.args);
      return result instanceof Promise ? result.catch((error: unknown) => this.#failed(error)) : result;
    } catch (error) {
      return this.#failed(error);
    }
  }

  #failed(error: unknown): Promise<never> {
    return this.return().then(() => {
      throw error;
    });
  }
}

function resultOf(late: Late): ExecutionResult {
  if ('error' in late) throw late.error;
  return late.result;
}
