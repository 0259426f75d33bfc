import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { CLOSE_CODES, type GraphqlParts } from './graphql-parts';

/**
 * One open WebSocket: sends with a bounded buffer, closes once with a code, and looks for signs of life.
 *
 * What is sent in one turn of the event loop leaves together at its end. From then on whatever is to be sent waits until
 * the network has taken what was sent before, so that a source is asked for the next item only then.
 */
export interface SocketConnection {
  /** Resolves when more may be sent, or the connection is closing. Never rejects. */
  send(message: string): Promise<void>;
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
    metrics.closedWith('websocket', code);
    socket.close(code, reason);
    terminator = setTimeout(() => socket.terminate(), limits.closeGraceMs);
  };
  const sending = turnwiseSending(socket, network, limits.slowReaderMs, () => close(CLOSE_CODES.slowReader, SLOW));
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
      if (closing || socket.readyState !== socket.OPEN) return DONE;
      if (socket.bufferedAmount > limits.maxUnsentBytes) {
        close(CLOSE_CODES.slowReader, SLOW);
        return DONE;
      }
      return sending.send(message);
    },
  };
}

const SLOW = 'Slow reader';
const DONE = Promise.resolve();
/** More than so many characters are not held until the end of a turn. */
const MAX_HELD = 65_536;

/**
 * Hands what is sent in one turn of the event loop to the network at once: a system call costs more than making a small
 * message, and most that happens makes several.
 *
 * @param onSlow called when something was not taken for so long
 */
function turnwiseSending(socket: WebSocket, network: Duplex, slowReaderMs: number, onSlow: () => void) {
  let held = 0;
  let isHolding = false;
  let isBehind = false;
  let untaken = 0;
  let waiting: (() => void)[] = [];
  let timer: NodeJS.Timeout | undefined;

  const goOn = () => {
    clearTimeout(timer);
    timer = undefined;
    const resolvers = waiting;
    waiting = [];
    for (const resolve of resolvers) resolve();
  };
  const onTaken = () => {
    untaken -= 1;
    if (untaken === 0) goOn();
    else timer?.refresh();
  };
  const release = () => {
    isHolding = false;
    network.uncork();
    if (untaken > 0) timer ??= setTimeout(onSlow, slowReaderMs);
  };
  const hold = () => {
    isHolding = true;
    isBehind = untaken > 0;
    held = 0;
    network.cork();
    process.nextTick(release);
  };
  return {
    send(message: string): Promise<void> {
      if (!isHolding) hold();
      untaken += 1;
      held += message.length;
      socket.send(message, onTaken);
      if (!isBehind && held <= MAX_HELD) return DONE;
      return new Promise((resolve) => waiting.push(resolve));
    },
    end: goOn,
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
