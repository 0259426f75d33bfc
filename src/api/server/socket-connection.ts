import type { WebSocket } from 'ws';
import { CLOSE_CODES, type GraphqlParts } from './graphql-parts';

/**
 * One open WebSocket: sends with a bounded buffer, closes once with a code, and looks for signs of life. What is sent
 * waits until the network has taken it, so that a source is asked for the next item only then.
 */
export interface SocketConnection {
  /** Resolves when the network has taken the message, or the connection is closing. Never rejects. */
  send(message: string): Promise<void>;
  /** The first call decides; the reader gets a bounded time to see the code. */
  close(code: number, reason: string): void;
  readonly isClosing: boolean;
}

type ConnectionParts = Pick<GraphqlParts, 'limits' | 'metrics'>;

/** @param onClosing called once, as soon as nothing more is to be sent: by us, by the client, or by the network */
export function openSocketConnection(
  socket: WebSocket,
  { limits, metrics }: ConnectionParts,
  onClosing: (code: number, reason: string) => void,
): SocketConnection {
  let closing = false;
  let terminator: NodeJS.Timeout | undefined;
  const stopPinging = keepAlive(socket, limits.keepAliveMs, () => closing);

  const end = (code: number, reason: string) => {
    if (closing) return false;
    closing = true;
    onClosing(code, reason);
    return true;
  };
  const close = (code: number, reason: string) => {
    if (!end(code, reason)) return;
    metrics.closedWith('websocket', code);
    socket.close(code, reason);
    terminator = setTimeout(() => socket.terminate(), limits.closeGraceMs);
  };
  socket.once('close', (code: number) => {
    stopPinging();
    clearTimeout(terminator);
    end(code, '');
  });

  return {
    get isClosing() {
      return closing;
    },
    close,
    send(message) {
      if (closing || socket.readyState !== socket.OPEN) return Promise.resolve();
      if (socket.bufferedAmount > limits.maxUnsentBytes) {
        close(CLOSE_CODES.slowReader, 'Slow reader');
        return Promise.resolve();
      }
      return new Promise((resolve) => {
        const timer = setTimeout(() => {
          close(CLOSE_CODES.slowReader, 'Slow reader');
          resolve();
        }, limits.slowReaderMs);
        socket.send(message, () => {
          clearTimeout(timer);
          resolve();
        });
      });
    },
  };
}

/** Ends a connection whose other side has not answered since the ping before. Answers the function that stops it. */
function keepAlive(socket: WebSocket, intervalMs: number, isClosing: () => boolean): () => void {
  let alive = true;
  socket.on('pong', () => {
    alive = true;
  });
  const timer = setInterval(() => {
    // One that is closing has its own time to go.
    if (isClosing()) return;
    if (!alive) socket.terminate();
    alive = false;
    if (socket.readyState === socket.OPEN) socket.ping();
  }, intervalMs);
  return () => clearInterval(timer);
}
