import type { Vault } from '../../src/vault/vault';

/** The clocks of a vault, which a test sets. */
export interface Clocks {
  /** The time of day, in milliseconds since 1970. */
  nowMs: number;
  /** What the keys in memory age by. */
  steadyMs: number;
}

export type OpenVault = (clocks: Clocks) => Promise<Vault>;

export const DAY_MS = 24 * 3_600_000;

export function newClocks(): Clocks {
  return { nowMs: Date.parse('2024-03-01T10:00:00Z'), steadyMs: 0 };
}

/** As options of a vault. */
export function on(clocks: Clocks): { nowMs: () => number; steadyMs: () => number } {
  return { nowMs: () => clocks.nowMs, steadyMs: () => clocks.steadyMs };
}
