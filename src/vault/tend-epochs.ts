import { EPOCH_MIN_LIFE_MS, type Vault, VaultEpochTooYoung } from './vault';

/** What looking after the epochs did. */
export interface EpochsTended {
  /** The new epoch, where one began. */
  readonly begun: number | undefined;
  readonly rewrapped: number;
  /** Epochs whose key-encryption keys were destroyed for ever. */
  readonly destroyed: readonly number[];
}

/**
 * Makes earlier erasures final (rule E2): replaces a key-encryption key that wrapped somebody who was erased as soon as
 * it is a day old, wraps what is left anew, and destroys the keys that no backup within the window needs. Every node
 * calls it, at least every `EPOCH_TENDING_MS`; however many do at once, one epoch begins.
 */
export async function tendEpochs(vault: Vault, nowMs: number): Promise<EpochsTended> {
  const begun = await beginEpochWhereDue(vault, nowMs);
  let rewrapped = 0;
  for (let batch = 1; batch > 0; rewrapped += batch) batch = await vault.rewrap();
  return { begun, rewrapped, destroyed: await vault.destroyUnusedKeys() };
}

async function beginEpochWhereDue(vault: Vault, nowMs: number): Promise<number | undefined> {
  const newest = (await vault.epochs()).at(-1);
  if (newest === undefined || !newest.hasErasures) return undefined;
  if (newest.begunAtMs !== undefined && nowMs < newest.begunAtMs + EPOCH_MIN_LIFE_MS) return undefined;
  try {
    return await vault.beginEpoch();
  } catch (error) {
    // Another node was first.
    if (error instanceof VaultEpochTooYoung) return undefined;
    throw error;
  }
}
