import { createHash } from 'node:crypto';
import type { ServerLimits } from './server-limits';

/**
 * Counts the connections that stay open: WebSockets and event streams. Each takes a place when it opens, another for
 * its token once it has said who it is, and gives them back at its end.
 */
export interface ConnectionCount {
  /** A place for one more connection from an address; undefined when there are too many. */
  takePlace(address: string): Place | undefined;
}

export interface Place {
  /** False when this token has too many connections. Only the first call of a place counts. */
  takeForToken(token: string): boolean;
  /** Called twice it is done once. */
  giveBack(): void;
}

type CountLimits = Pick<ServerLimits, 'maxConnections' | 'maxConnectionsPerAddress' | 'maxConnectionsPerToken'>;

export function createConnectionCount(limits: CountLimits): ConnectionCount {
  let open = 0;
  const ofAddress = new Map<string, number>();
  const ofToken = new Map<string, number>();
  const giveBack = (address: string) => {
    open -= 1;
    giveOne(ofAddress, address);
  };
  return {
    takePlace(address) {
      if (open >= limits.maxConnections) return undefined;
      if (!takeOne(ofAddress, address, limits.maxConnectionsPerAddress)) return undefined;
      open += 1;
      return new TakenPlace(address, ofToken, limits.maxConnectionsPerToken, giveBack);
    },
  };
}

/** A class, since there is one for as long as each connection stays. */
class TakenPlace implements Place {
  #isHeld = true;
  #token: string | undefined;

  constructor(
    private readonly address: string,
    private readonly ofToken: Map<string, number>,
    private readonly maxPerToken: number,
    private readonly onGivenBack: (address: string) => void,
  ) {}

  takeForToken(token: string): boolean {
    if (!this.#isHeld || this.#token !== undefined) return this.#isHeld;
    // The token itself is kept nowhere.
    const key = createHash('sha256').update(token).digest('base64');
    if (!takeOne(this.ofToken, key, this.maxPerToken)) return false;
    this.#token = key;
    return true;
  }

  giveBack(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    this.onGivenBack(this.address);
    if (this.#token !== undefined) giveOne(this.ofToken, this.#token);
  }
}

function takeOne(counts: Map<string, number>, key: string, limit: number): boolean {
  const count = counts.get(key) ?? 0;
  if (count >= limit) return false;
  counts.set(key, count + 1);
  return true;
}

function giveOne(counts: Map<string, number>, key: string): void {
  const count = counts.get(key) ?? 0;
  if (count > 1) counts.set(key, count - 1);
  else counts.delete(key);
}
