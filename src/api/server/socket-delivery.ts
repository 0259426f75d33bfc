import type { ExecutionResult } from 'graphql';
import { SharedAnswer } from '../shared-answer';
import { formattedResult } from './error-answer';
import type { GraphqlParts } from './graphql-parts';
import type { SocketConnection } from './socket-connection';

/** One operation of a WebSocket. */
export interface SocketOperation {
  /** As the client calls it. */
  readonly id: string;
  readonly connection: SocketConnection;
  readonly correlationId: string;
}

type Results = AsyncGenerator<ExecutionResult, void, void>;

const DONE = { done: true, value: undefined } as const;

/**
 * Sends the results of subscriptions itself and hands on no more than their end: what thousands are sent at the same
 * time is written as text once, and costs each of them no more than the sending.
 */
export function delivery({ answers }: Pick<GraphqlParts, 'answers'>) {
  function textOf(result: ExecutionResult, correlationId: string): string {
    if (result instanceof SharedAnswer) return result.text;
    return JSON.stringify(result.errors === undefined ? result : formattedResult(result, answers, correlationId));
  }
  return (results: Results, operation: SocketOperation): Results => new Delivered(results, operation, textOf);
}

/** A class, since there is one for as long as each reader stays. */
class Delivered implements Results {
  readonly #goOn = () => this.#sendNext();
  readonly #sent = (result: IteratorResult<ExecutionResult, void>) => this.#send(result);
  #ended: (end: typeof DONE) => void = () => undefined;
  #failed: (error: unknown) => void = () => undefined;

  constructor(
    private readonly results: Results,
    private readonly operation: SocketOperation,
    private readonly textOf: (result: ExecutionResult, correlationId: string) => string,
  ) {}

  /** Resolves when all was sent, or one fails. */
  next(): Promise<IteratorResult<ExecutionResult, void>> {
    return new Promise((ended, failed) => {
      this.#ended = ended;
      this.#failed = failed;
      this.#sendNext();
    });
  }

  return(): Promise<IteratorResult<ExecutionResult, void>> {
    return this.results.return();
  }

  throw(error: unknown): Promise<IteratorResult<ExecutionResult, void>> {
    return this.results.throw(error);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.results[Symbol.asyncDispose]();
  }

  #sendNext(): void {
    this.results.next().then(this.#sent, this.#failed);
  }

  #send({ done, value }: IteratorResult<ExecutionResult, void>): void {
    if (done || value === undefined) {
      this.#ended(DONE);
      return;
    }
    const { id, connection, correlationId } = this.operation;
    try {
      const text = `{"id":${JSON.stringify(id)},"type":"next","payload":${this.textOf(value, correlationId)}}`;
      const taken = connection.send(text);
      if (taken === undefined) this.#sendNext();
      else taken.then(this.#goOn, this.#failed);
    } catch (error) {
      this.#failed(error);
    }
  }
}

export function isIterator<Item>(
  value: AsyncGenerator<Item, void, void> | object,
): value is AsyncGenerator<Item, void, void> {
  return Symbol.asyncIterator in value;
}
