import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { CLOSE_CODES, type GraphqlParts } from './graphql-parts';
import { framesOf } from './text-frames';

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
      if (closing || socket.readyState !== socket.OPEN) return undefined;
      if (socket.bufferedAmount + sending.heldLength() > limits.maxUnsentBytes) {
        close(CLOSE_CODES.slowReader, SLOW);
        return undefined;
      }
      return sending.send(message);
    },
  };
}

const SLOW = 'Slow reader';
/** More than so many characters are not held until the end of a turn. */
const MAX_HELD = 65_536;

/**
 * Hands what is sent in one turn of the event loop to the network at once, as frames that stand one behind the other:
 * each system call, and each buffer, costs more than making a small message, and most that happens makes several.
 * Nothing is compressed, so a message is its frame.
 *
 * @param onSlow called when something was not taken for so long
 */
function turnwiseSending(socket: WebSocket, network: Duplex, slowReaderMs: number, onSlow: () => void) {
  let texts: string[] = [];
  let held = 0;
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
    const messages = texts;
    texts = [];
    held = 0;
    // Behind a frame that says goodbye there is nothing more.
    if (messages.length === 0 || socket.readyState !== socket.OPEN) return;
    untaken += 1;
    network.write(framesOf(messages), onTaken);
    if (network.writableLength > 0) timer ??= setTimeout(onSlow, slowReaderMs);
  };
  return {
    send(message: string): Promise<void> | undefined {
      if (texts.length === 0) {
        isBehind = untaken > 0;
        process.nextTick(release);
      }
      texts.push(message);
      held += message.length;
      if (!isBehind && held <= MAX_HELD) return undefined;
      return new Promise((resolve) => waiting.push(resolve));
    },
    heldLength: () => held,
    release,
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
