import type { ExecutionResult } from 'graphql';
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

/** Results whose text is kept: when something is told to thousands, only so many different things are under way. */
const MAX_TEXTS = 16;

/**
 * Sends the results of subscriptions itself and hands on no more than their end: what thousands are sent at the same
 * time is written as text once, and costs each of them no more than the sending.
 */
export function delivery({ answers }: Pick<GraphqlParts, 'answers'>) {
  const texts = new Map<ExecutionResult, string>();

  function textOf(result: ExecutionResult, correlationId: string): string {
    if (result.errors !== undefined) return JSON.stringify(formattedResult(result, answers, correlationId));
    const known = texts.get(result);
    if (known !== undefined) return known;
    const text = JSON.stringify(result);
    texts.set(result, text);
    const [oldest] = texts.size > MAX_TEXTS ? texts.keys() : [];
    if (oldest) texts.delete(oldest);
    return text;
  }

  return (results: Results, { id, connection, correlationId }: SocketOperation): Results => {
    const start = `{"id":${JSON.stringify(id)},"type":"next","payload":`;
    const delivered: Results = {
      next: async () => {
        for (;;) {
          const { done, value } = await results.next();
          if (done) return { done, value };
          await connection.send(`${start}${textOf(value, correlationId)}}`);
        }
      },
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
