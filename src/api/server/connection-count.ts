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
  return {
    takePlace(address) {
      if (open >= limits.maxConnections) return undefined;
      if (!takeOne(ofAddress, address, limits.maxConnectionsPerAddress)) return undefined;
      open += 1;
      let held = true;
      let heldToken: string | undefined;
      return {
        takeForToken(token) {
          if (!held || heldToken !== undefined) return held;
          // The token itself is kept nowhere.
          const key = createHash('sha256').update(token).digest('base64');
          if (!takeOne(ofToken, key, limits.maxConnectionsPerToken)) return false;
          heldToken = key;
          return true;
        },
        giveBack() {
          if (!held) return;
          held = false;
          open -= 1;
          giveOne(ofAddress, address);
          if (heldToken !== undefined) giveOne(ofToken, heldToken);
        },
      };
    },
  };
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
