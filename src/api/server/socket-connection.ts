import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { createWheel, type Spoke, type Wheel } from '../wheel';
import { CLOSE_CODES, type GraphqlParts } from './graphql-parts';
import type { Text } from './text-frames';
import { TurnwiseSending } from './turnwise-sending';

export interface ConnectionParts extends Pick<GraphqlParts, 'limits' | 'metrics'> {
  readonly signsOfLife: SignsOfLife;
}

/** What a WebSocket comes in, and what it writes to. */
export interface OpenSocket {
  readonly socket: WebSocket;
  readonly network: Duplex;
}

/** Told once, as soon as nothing more is to be sent: by us, by the client, or by the network. */
export type OnClosing = (code: number, reason: string) => void;

/**
 * One open WebSocket: sends with a bounded buffer, closes once with a code, and looks for signs of life. A class, since
 * there are thousands of these.
 *
 * What is sent in one turn of the event loop leaves together at its end. From then on whatever is to be sent waits until
 * the network has taken what was sent before, so that a source is asked for the next item only then.
 */
export class SocketConnection {
  #isClosing = false;
  #isAlive = true;
  #terminator: NodeJS.Timeout | undefined;
  readonly #socket: WebSocket;
  readonly #sending: TurnwiseSending;
  readonly #spoke: Spoke<Living>;

  constructor(
    { socket, network }: OpenSocket,
    private readonly parts: ConnectionParts,
    private readonly onClosing: OnClosing,
  ) {
    this.#socket = socket;
    this.#sending = new TurnwiseSending(socket, network, parts.limits, this);
    this.#spoke = parts.signsOfLife.enter(this);
    socket.on('pong', () => {
      this.#isAlive = true;
    });
  }

  get isClosing(): boolean {
    return this.#isClosing;
  }

  /** Undefined: more may be sent at once. Else resolves when it may, or the connection is closing; never rejects. */
  send(message: Text): Promise<void> | undefined {
    const socket = this.#socket;
    if (this.#isClosing || socket.readyState !== socket.OPEN) return undefined;
    if (socket.bufferedAmount + this.#sending.heldLength > this.parts.limits.maxUnsentBytes) {
      this.slow();
      return undefined;
    }
    return this.#sending.send(message);
  }

  /** The first call decides; the reader gets a bounded time to see the code. */
  close(code: number, reason: string): void {
    if (!this.#end(code, reason)) return;
    this.#sending.release();
    this.parts.metrics.closedWith('websocket', code);
    this.#socket.close(code, reason);
    this.#terminator = setTimeout(() => this.#socket.terminate(), this.parts.limits.closeGraceMs);
  }

  /** Whoever reads takes too long. */
  slow(): void {
    this.close(CLOSE_CODES.slowReader, 'Slow reader');
  }

  /** The WebSocket is gone. */
  gone(code: number): void {
    this.parts.signsOfLife.leave(this, this.#spoke);
    clearTimeout(this.#terminator);
    this.#end(code, '');
    this.#sending.end();
  }

  /** Ends it if the other side has not answered since the last time, and asks again. */
  lookForLife(): void {
    // One that is closing has its own time to go.
    if (this.#isClosing) return;
    if (!this.#isAlive) this.#socket.terminate();
    this.#isAlive = false;
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.ping();
  }

  #end(code: number, reason: string): boolean {
    if (this.#isClosing) return false;
    this.#isClosing = true;
    this.onClosing(code, reason);
    return true;
  }
}

type Living = Pick<SocketConnection, 'lookForLife'>;
type SignsOfLife = Wheel<Living>;

/** So many times in a round some are asked, so that thousands hold nobody else up. */
const STEPS_OF_ROUND = 600;

/** Asks every connection for a sign of life once in an interval. */
export function createSignsOfLife(intervalMs: number): SignsOfLife {
  return createWheel({
    roundMs: intervalMs,
    stepMs: Math.max(1, intervalMs / STEPS_OF_ROUND),
    look: (connections) => {
      for (const connection of connections) connection.lookForLife();
    },
  });
}
