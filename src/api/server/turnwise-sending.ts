import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { ServerLimits } from './server-limits';
import { byteLength, framesOf, type Text } from './text-frames';

/** More than so many bytes are not held until the end of a turn. */
const MAX_HELD = 65_536;

/**
 * Hands what is sent in one turn of the event loop to the network at once, as frames that stand one behind the other:
 * each system call, and each buffer, costs more than making a small message, and most that happens makes several.
 * Nothing is compressed, so a message is its frame. Owns what is held, and the timer of a slow reader.
 */
export class TurnwiseSending {
  #texts: Text[] = NOTHING;
  #held = 0;
  #isBehind = false;
  #untaken = 0;
  #waiting: (() => void)[] | undefined;
  #timer: NodeJS.Timeout | undefined;
  readonly #onTaken = () => this.#take();

  /** @param reader is told when something was not taken for so long */
  constructor(
    private readonly socket: WebSocket,
    private readonly network: Duplex,
    private readonly limits: Pick<ServerLimits, 'slowReaderMs'>,
    private readonly reader: { slow(): void },
  ) {}

  /** Bytes that have not left yet. */
  get heldLength(): number {
    return this.#held;
  }

  /** Undefined: more may be sent at once. Else resolves when it may. */
  send(message: Text): Promise<void> | undefined {
    if (this.#texts.length === 0) {
      this.#texts = [];
      this.#isBehind = this.#untaken > 0;
      process.nextTick(release, this);
    }
    this.#texts.push(message);
    this.#held += byteLength(message);
    if (!this.#isBehind && this.#held <= MAX_HELD) return undefined;
    return new Promise((resolve) => {
      this.#waiting ??= [];
      this.#waiting.push(resolve);
    });
  }

  /** Hands over what is held. */
  release(): void {
    const messages = this.#texts;
    this.#texts = NOTHING;
    this.#held = 0;
    // Behind a frame that says goodbye there is nothing more.
    if (messages.length === 0 || this.socket.readyState !== this.socket.OPEN) return;
    this.#untaken += 1;
    this.network.write(framesOf(messages), this.#onTaken);
    if (this.network.writableLength > 0) this.#timer ??= setTimeout(tellSlow, this.limits.slowReaderMs, this.reader);
  }

  /** Nothing is to be waited for any more. */
  end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const resolvers = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const resolve of resolvers) resolve();
  }

  #take(): void {
    this.#untaken -= 1;
    if (this.#untaken === 0) this.end();
    else this.#timer?.refresh();
  }
}

/** Of all that hold nothing; never written to. */
const NOTHING: Text[] = [];

function release(sending: TurnwiseSending): void {
  sending.release();
}

function tellSlow(reader: { slow(): void }): void {
  reader.slow();
}
