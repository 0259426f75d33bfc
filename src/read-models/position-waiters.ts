import type { Position } from '../event-store/event-store';

/** Those who wait until this node has applied a position (rule N2). */
export interface PositionWaiters {
  /** True once the position is applied; false when the time is over or it will not be. */
  wait(position: Position, timeoutMs: number): Promise<boolean>;
  /** Answers everybody whose position has been reached. */
  reached(): void;
  /** Answers everybody no. */
  giveUp(): void;
  readonly count: number;
}

/** Most calls that may wait at once; more are answered no at once, so that a stopped node does not gather them. */
export const MAX_WAITERS = 10_000;

export function positionWaiters(isApplied: (position: Position) => boolean): PositionWaiters {
  const waiting = new Set<{ readonly position: Position; readonly answer: (reached: boolean) => void }>();
  return {
    wait: (position, timeoutMs) => {
      if (isApplied(position)) return Promise.resolve(true);
      if (timeoutMs <= 0 || waiting.size >= MAX_WAITERS) return Promise.resolve(false);
      return new Promise((resolve) => {
        const answer = (reached: boolean) => {
          clearTimeout(timer);
          waiting.delete(waiter);
          resolve(reached);
        };
        const waiter = { position, answer };
        const timer = setTimeout(() => answer(false), timeoutMs);
        waiting.add(waiter);
      });
    },
    reached: () => {
      for (const { position, answer } of waiting) if (isApplied(position)) answer(true);
    },
    giveUp: () => {
      for (const { answer } of waiting) answer(false);
    },
    get count() {
      return waiting.size;
    },
  };
}
