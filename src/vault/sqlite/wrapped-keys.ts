import { SealBroken, seal, unseal } from '../sealed-box';
import { VaultCorrupt } from '../vault';
import type { Epochs } from './epochs';

/** A secret as a vault keeps it. */
export interface Wrapped {
  readonly bytes: Uint8Array;
  readonly epoch: number;
}

/** Wraps the secrets of one vault with its key-encryption keys. */
export interface WrappedKeys {
  /** Under the newest epoch's key. Call within a transaction, so that no epoch begins in between. */
  wrap(secret: Uint8Array, place: readonly string[]): Wrapped;
  /** @throws VaultKeyMissing VaultCorrupt */
  unwrap(wrapped: Wrapped, place: readonly string[]): Uint8Array;
  /** The same secret under the newest epoch's key: as many bytes. */
  rewrap(wrapped: Wrapped, place: readonly string[]): Wrapped;
}

export function openWrappedKeys(vaultId: string, epochs: Epochs): WrappedKeys {
  const wrap = (secret: Uint8Array, place: readonly string[]): Wrapped => {
    const epoch = epochs.newest();
    return { bytes: seal(epochs.keyOf(epoch), secret, [vaultId, ...place]), epoch };
  };
  const unwrap = ({ bytes, epoch }: Wrapped, place: readonly string[]): Uint8Array =>
    corruptWhenBroken(() => unseal(epochs.keyOf(epoch), bytes, [vaultId, ...place]));
  return {
    wrap,
    unwrap,
    rewrap(wrapped, place) {
      const secret = unwrap(wrapped, place);
      const again = wrap(secret, place);
      secret.fill(0);
      return again;
    },
  };
}

/** A key that proved itself at the start and opens something not has been given something altered. */
export function corruptWhenBroken<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof SealBroken) throw new VaultCorrupt('Something in the vault was altered or moved.');
    throw error;
  }
}
