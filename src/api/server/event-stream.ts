import type { ServerResponse } from 'node:http';
import type { FormattedExecutionResult, GraphQLFormattedError } from 'graphql';
import { CLOSE_CODES, type GraphqlParts } from './graphql-parts';

/**
 * One open event stream (graphql-sse, a connection for each operation). An item is taken by the network before the
 * source is asked for the next one, so that a reader that has stopped reading fills no memory here.
 */
export interface EventStream {
  /** Resolves when the network has taken the item, or the stream is ending. Never rejects. */
  next(result: FormattedExecutionResult): Promise<void>;
  /** Ends with `complete`, after a last answer where there is one. The first end decides. */
  complete(last?: FormattedExecutionResult): void;
  /** Ends without `complete`: the client is to come again. */
  breakOff(): void;
  readonly isEnding: boolean;
}

type StreamParts = Pick<GraphqlParts, 'limits' | 'metrics'>;

/** @param onEnding called once, as soon as nothing more is to be sent */
export function openEventStream(
  response: ServerResponse,
  headers: Readonly<Record<string, string>>,
  { limits, metrics }: StreamParts,
  onEnding: () => void,
): EventStream {
  let ending = false;
  let destroyer: NodeJS.Timeout | undefined;
  const heartbeat = setInterval(() => {
    if (!ending && response.writableLength === 0) response.write(SIGN_OF_LIFE);
  }, limits.keepAliveMs);

  const end = () => {
    if (ending) return false;
    ending = true;
    onEnding();
    return true;
  };
  const endWith = (last: string) => {
    if (!end()) return;
    response.end(last);
    destroyer = setTimeout(() => response.destroy(), limits.closeGraceMs);
  };
  const complete = (last?: FormattedExecutionResult) =>
    endWith(last === undefined ? COMPLETE : `${printed(last)}${COMPLETE}`);

  response.once('close', () => {
    clearInterval(heartbeat);
    clearTimeout(destroyer);
    end();
  });
  response.on('error', end);
  response.writeHead(200, { ...headers, ...STREAM_HEADERS });
  // Some browsers take a stream for open only when its first bytes are there.
  response.write(SIGN_OF_LIFE);

  return {
    get isEnding() {
      return ending;
    },
    complete,
    breakOff: () => endWith(''),
    next(result) {
      if (ending) return Promise.resolve();
      return new Promise((resolve) => {
        const timer = setTimeout(() => {
          metrics.closedWith('sse', CLOSE_CODES.slowReader);
          complete({ errors: [SLOW_READER] });
          resolve();
        }, limits.slowReaderMs);
        response.write(printed(result), () => {
          clearTimeout(timer);
          resolve();
        });
      });
    },
  };
}

/** The last answer of a stream that the server ends: the code of the error, and the one a WebSocket is closed with. */
export function lastAnswer(code: string, closeCode: number, message: string): FormattedExecutionResult {
  return { errors: [closingError(code, closeCode, message)] };
}

function closingError(code: string, closeCode: number, message: string): GraphQLFormattedError {
  return { message, extensions: { code, closeCode } };
}

const SLOW_READER = closingError(
  'SLOW_READER',
  CLOSE_CODES.slowReader,
  'The reader was too slow. Go on from the cursor of the last item.',
);
const SIGN_OF_LIFE = ':\n\n';
const COMPLETE = 'event: complete\ndata:\n\n';
const STREAM_HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-transform',
  // Asks a proxy not to hold items back.
  'x-accel-buffering': 'no',
};

function printed(result: FormattedExecutionResult): string {
  return `event: next\ndata: ${JSON.stringify(result)}\n\n`;
}
