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

  return (results: Results, { id, connection, correlationId }: SocketOperation): Results => {
    const start = `{"id":${JSON.stringify(id)},"type":"next","payload":`;
    /** Sends one after the other, until there are no more or one fails. */
    const sendAll = (ended: (end: typeof DONE) => void, failed: (error: unknown) => void) => {
      const goOn = () => void results.next().then(sent, failed);
      const sent = ({ done, value }: IteratorResult<ExecutionResult, void>) => {
        if (done || value === undefined) {
          ended(DONE);
          return;
        }
        try {
          const taken = connection.send(`${start}${textOf(value, correlationId)}}`);
          if (taken === undefined) goOn();
          else taken.then(goOn, failed);
        } catch (error) {
          failed(error);
        }
      };
      goOn();
    };
    const delivered: Results = {
      next: () => new Promise(sendAll),
      return: (value) => results.return(value),
      throw: (error) => results.throw(error),
      [Symbol.asyncIterator]: () => delivered,
      [Symbol.asyncDispose]: () => results[Symbol.asyncDispose](),
    };
    return delivered;
  };
}

export function isIterator<Item>(
  value: AsyncGenerator<Item, void, void> | object,
): value is AsyncGenerator<Item, void, void> {
  return Symbol.asyncIterator in value;
}
