import { setTimeout as delay } from 'node:timers/promises';
import { verifierKeyText } from './checkpoint-note';
import type { SignedCheckpoint } from './checkpoint-stream';
import type { LedgerWatch } from './ledger-watch';
import { type SigningParts, signCheckpoint } from './sign-checkpoints';

/** When a checkpoint is signed by itself: so long after the first new leaf, or after so many. */
export interface SigningPace {
  readonly everyMs: number;
  readonly everyLeaves: number;
}

export const SIGNING_PACE: SigningPace = { everyMs: 60_000, everyLeaves: 10_000 };

/** Anybody may ask for the newest checkpoint; so often at most one is made for it. */
export const LEAST_BETWEEN_MS = 1_000;

/** Decides when a checkpoint is signed. */
export interface SigningTurns {
  /** The newest checkpoint that this node has seen. */
  newest(): SignedCheckpoint | undefined;
  learn(checkpoint: SignedCheckpoint | undefined): void;
  /** One that is at most {@link LEAST_BETWEEN_MS} old, or covers everything. */
  fresh(): Promise<SignedCheckpoint | undefined>;
  /** The first one of at least so many leaves, signed where there is none and the tree has as many. */
  covering(size: number): Promise<SignedCheckpoint | undefined>;
  /** Signs if it is time to. */
  whenDue(): Promise<void>;
  /** True when as much is unsigned as is signed at once. */
  hasMuchUnsigned(): boolean;
  sign(): Promise<SignedCheckpoint | undefined>;
}

export function signingTurns(
  parts: SigningParts,
  watch: LedgerWatch,
  nowMs: () => number,
  pace: SigningPace,
): SigningTurns {
  const { tree, checkpoints, keys } = parts;
  let newest: { readonly checkpoint: SignedCheckpoint; readonly atMs: number } | undefined;
  let signing: Promise<SignedCheckpoint | undefined> | undefined;
  let grewAtMs: number | undefined;

  /** One at a time: whoever comes meanwhile gets the same answer. */
  function sign(): Promise<SignedCheckpoint | undefined> {
    signing ??= watch.over(signOnce).finally(() => {
      signing = undefined;
    });
    return signing;
  }

  async function signOnce(): Promise<SignedCheckpoint | undefined> {
    const checkpoint = await signCheckpoint(parts);
    watch.signed();
    grewAtMs = undefined;
    if (checkpoint !== undefined) {
      parts.memory.keep(checkpoint);
      newest = { checkpoint, atMs: nowMs() };
    }
    return checkpoint;
  }

  const unsigned = (): number => tree.size() - (newest?.checkpoint.size ?? 0);
  const hasMuchUnsigned = (): boolean => unsigned() >= pace.everyLeaves;

  /** A command may have added a key. */
  function isRotated(): boolean {
    const [newestKey] = keys().slice(-1);
    if (newestKey === undefined) return true;
    const text = verifierKeyText(newestKey);
    return !newest?.checkpoint.signers.some((signer) => verifierKeyText(signer) === text);
  }

  return {
    newest: () => newest?.checkpoint,
    learn: (checkpoint) => {
      newest = checkpoint && { checkpoint, atMs: Number.NEGATIVE_INFINITY };
    },
    fresh: async () => {
      const isYoung = newest !== undefined && Math.abs(nowMs() - newest.atMs) < LEAST_BETWEEN_MS;
      return isYoung ? newest?.checkpoint : sign();
    },
    covering: async (size) => {
      while (tree.size() >= size || (newest?.checkpoint.size ?? 0) >= size) {
        const known = await watch.over(() => checkpoints.covering(size));
        if (known !== undefined) return known;
        const before = newest;
        const waitMs = before === undefined ? 0 : before.atMs + LEAST_BETWEEN_MS - nowMs();
        if (waitMs > 0 && waitMs <= LEAST_BETWEEN_MS) await delay(waitMs);
        // Others who waited as long may have had one signed.
        if (newest === before) await sign();
      }
      return watch.over(() => checkpoints.covering(size));
    },
    whenDue: async () => {
      if (unsigned() > 0) grewAtMs ??= nowMs();
      const isTime = grewAtMs !== undefined && nowMs() - grewAtMs >= pace.everyMs;
      const isKeyBack = watch.phase() === 'KEY_UNKNOWN';
      if (newest === undefined || isTime || hasMuchUnsigned() || isRotated() || isKeyBack) await sign();
    },
    hasMuchUnsigned,
    sign,
  };
}
