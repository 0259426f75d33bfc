import { SubjectKeyGone } from './vault';

/** A person's key in memory. It overwrites itself when its time is over, and is not usable from then on. */
export interface HeldKey {
  /** @throws SubjectKeyGone */
  use<T>(work: (key: Uint8Array) => T): T;
}

export interface HeldKeys {
  /** A key that may still be given out; undefined: read it from the vault. */
  get(id: string): { readonly keyId: string; readonly epoch: number; readonly held: HeldKey } | undefined;
  /** Takes the key over: the bytes given are overwritten. */
  hold(id: string, read: { readonly keyId: string; readonly epoch: number; readonly key: Uint8Array }): HeldKey;
  drop(id: string): void;
  clear(): void;
}

export interface HeldKeysOptions {
  /** Counts up steadily, whatever happens to the time of day. */
  readonly steadyMs: () => number;
  /** A key is overwritten when it is so old. */
  readonly lifeMs: number;
  /** A key is given out only while it will live for so long at least. */
  readonly handleMs: number;
  readonly max: number;
}

interface Entry {
  readonly id: string;
  readonly keyId: string;
  readonly epoch: number;
  readonly held: HeldKey;
  readonly since: number;
  destroy(): void;
}

/** Keys of persons for a short while (rule E1), so that a busy person's is not unwrapped for each request. */
export function openHeldKeys({ steadyMs, lifeMs, handleMs, max }: HeldKeysOptions): HeldKeys {
  // In the order in which they were read, so that the first is the oldest.
  const entries = new Set<Entry>();
  const newest = new Map<string, Entry>();
  let timer: NodeJS.Timeout | undefined;
  const age = ({ since }: Entry) => steadyMs() - since;

  const forget = (entry: Entry): void => {
    entries.delete(entry);
    if (newest.get(entry.id) === entry) newest.delete(entry.id);
  };
  const destroy = (entry: Entry): void => {
    entry.destroy();
    forget(entry);
  };
  const sweep = (): void => {
    for (const entry of entries) {
      if (age(entry) < lifeMs) break;
      destroy(entry);
    }
  };
  const makeRoom = (): void => {
    for (const entry of entries) {
      if (entries.size <= max) break;
      // Somebody may still use a young one, as was promised: it ends by its age.
      if (age(entry) < handleMs) forget(entry);
      else destroy(entry);
    }
  };
  const schedule = (): void => {
    const [oldest] = entries;
    if (timer !== undefined || oldest === undefined) return;
    const wake = (): void => {
      timer = undefined;
      sweep();
      schedule();
    };
    timer = setTimeout(wake, Math.max(0, lifeMs - age(oldest)) + 1);
    timer.unref();
  };

  return {
    get(id) {
      sweep();
      const entry = newest.get(id);
      return entry === undefined || age(entry) > lifeMs - handleMs ? undefined : entry;
    },
    hold(id, { keyId, epoch, key }) {
      const since = steadyMs();
      const entry = { id, keyId, epoch, since, ...heldKey(key, () => steadyMs() - since < lifeMs) };
      entries.add(entry);
      newest.set(id, entry);
      makeRoom();
      schedule();
      return entry.held;
    },
    drop(id) {
      for (const entry of entries) if (entry.id === id) destroy(entry);
    },
    clear() {
      for (const entry of entries) destroy(entry);
      clearTimeout(timer);
      timer = undefined;
    },
  };
}

function heldKey(given: Uint8Array, inTime: () => boolean): { held: HeldKey; destroy: () => void } {
  // Memory of its own: small buffers share a pool, which outlives them.
  const key = Buffer.alloc(given.length);
  key.set(given);
  given.fill(0);
  let usable = true;
  const destroy = (): void => {
    usable = false;
    key.fill(0);
  };
  return {
    destroy,
    held: {
      use(work) {
        if (usable && !inTime()) destroy();
        if (!usable) throw new SubjectKeyGone('The key is no longer held; ask for it anew.');
        return work(key);
      },
    },
  };
}
