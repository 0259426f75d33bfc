import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { CLOSE_CODES, type GraphqlParts } from './graphql-parts';
import { TurnwiseSending } from './turnwise-sending';

/**
 * One open WebSocket: sends with a bounded buffer, closes once with a code, and looks for signs of life.
 *
 * What is sent in one turn of the event loop leaves together at its end. From then on whatever is to be sent waits until
 * the network has taken what was sent before, so that a source is asked for the next item only then.
 */
export interface SocketConnection {
  /** Undefined: more may be sent at once. Else resolves when it may, or the connection is closing; never rejects. */
  send(message: string): Promise<void> | undefined;
  /** The first call decides; the reader gets a bounded time to see the code. */
  close(code: number, reason: string): void;
  readonly isClosing: boolean;
}

type ConnectionParts = Pick<GraphqlParts, 'limits' | 'metrics'>;

/**
 * @param network what the WebSocket writes to
 * @param onClosing called once, as soon as nothing more is to be sent: by us, by the client, or by the network
 */
export function openSocketConnection(
  socket: WebSocket,
  network: Duplex,
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
    sending.release();
    metrics.closedWith('websocket', code);
    socket.close(code, reason);
    terminator = setTimeout(() => socket.terminate(), limits.closeGraceMs);
  };
  const sending = new TurnwiseSending(socket, network, limits.slowReaderMs, () => close(CLOSE_CODES.slowReader, SLOW));
  socket.once('close', (code: number) => {
    stopPinging();
    clearTimeout(terminator);
    end(code, '');
    sending.end();
  });

  return {
    get isClosing() {
      return closing;
    },
    close,
    send(message) {
      if (closing || socket.readyState !== socket.OPEN) return undefined;
      if (socket.bufferedAmount + sending.heldLength > limits.maxUnsentBytes) {
        close(CLOSE_CODES.slowReader, SLOW);
        return undefined;
      }
      return sending.send(message);
    },
  };
}

const SLOW = 'Slow reader';
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
