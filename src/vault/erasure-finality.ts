import { BACKUP_WINDOW_MS, EPOCH_MIN_LIFE_MS } from './vault';

/** How often a node looks after the epochs, at most late; each of an erasure's two steps may wait for it once. */
export const EPOCH_TENDING_MS = 3_600_000;
const STEPS = 2;
const DAY_MS = 24 * 3_600_000;

/**
 * The day in UTC, "2024-03-31", from whose beginning nothing brings an erased person's key back (rule E2).
 *
 * The key itself is destroyed at once. Backups made before hold it, wrapped by the key-encryption key of its epoch: that
 * one is replaced as soon as the epoch is a day old, is kept for the backup window afterwards, and is destroyed then.
 * Where no node runs for a while it is later.
 *
 * @param epochBegunAtMs undefined where it was not noted, which was long ago
 */
export function erasureFinalOn(erasedAtMs: number, epochBegunAtMs: number | undefined): string {
  const replacedAtMs = Math.max(erasedAtMs, (epochBegunAtMs ?? 0) + EPOCH_MIN_LIFE_MS);
  const destroyedAtMs = replacedAtMs + BACKUP_WINDOW_MS + STEPS * EPOCH_TENDING_MS;
  return new Date(Math.ceil(destroyedAtMs / DAY_MS) * DAY_MS).toISOString().slice(0, 10);
}
