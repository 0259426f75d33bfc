import type Database from 'better-sqlite3';
import { SealBroken, seal, unseal } from '../sealed-box';
import { REWRAP_BATCH, VaultCorrupt } from '../vault';
import type { Epochs } from './epochs';

/** A secret as a vault keeps it. */
export interface Wrapped {
  readonly bytes: Uint8Array;
  readonly epoch: number;
}

/** Wraps the secrets of one vault with its key-encryption keys. */
export interface WrappedKeys {
  /** Call within a transaction, so that no epoch begins in between. */
  wrap(secret: Uint8Array, place: readonly string[]): Wrapped;
  /** @throws VaultKeyMissing VaultCorrupt */
  unwrap(wrapped: Wrapped, place: readonly string[]): Uint8Array;
  /** Wraps a batch of secrets of older epochs anew; how many. */
  rewrap(): number;
}

const LOOKUP_PLACE = ['lookup-key'];

/** Where a secret of a table stands, which its wrapping is bound to beside the vault. */
export const places = {
  lookupKey: LOOKUP_PLACE,
  directory: (id: string) => ['directory', id],
  pepper: (organisation: string) => ['pepper', organisation],
} as const;

export function openWrappedKeys(database: Database.Database, vaultId: string, epochs: Epochs): WrappedKeys {
  const secrets = secretTables(database);
  const wrap = (secret: Uint8Array, place: readonly string[]): Wrapped => {
    const epoch = epochs.newest();
    return { bytes: seal(epochs.keyOf(epoch), secret, [vaultId, ...place]), epoch };
  };
  const unwrap = ({ bytes, epoch }: Wrapped, place: readonly string[]): Uint8Array =>
    corruptWhenBroken(() => unseal(epochs.keyOf(epoch), bytes, [vaultId, ...place]));

  return {
    wrap,
    unwrap,
    rewrap() {
      const newest = epochs.newest();
      let done = 0;
      for (const { older, replace, placeOf } of secrets) {
        const rows = older.all(newest, REWRAP_BATCH - done);
        for (const { owner, bytes, epoch } of rows) {
          const secret = unwrap({ bytes, epoch }, placeOf(owner));
          const again = wrap(secret, placeOf(owner));
          secret.fill(0);
          replace.run(again.bytes, again.epoch, owner);
        }
        done += rows.length;
      }
      epochs.noteUnused();
      return done;
    },
  };
}

/** The three places where wrapped secrets stand, each asked in the same words. */
function secretTables(database: Database.Database) {
  type Secret = { readonly owner: string; readonly bytes: Uint8Array; readonly epoch: number };
  const table = (name: string, owner: string, column: string, placeOf: (owner: string) => readonly string[]) => ({
    older: database.prepare<[number, number], Secret>(
      `SELECT ${owner} AS owner, ${column} AS bytes, epoch FROM ${name} WHERE epoch < ? LIMIT ?`,
    ),
    replace: database.prepare<[Uint8Array, number, string]>(
      `UPDATE ${name} SET ${column} = ?, epoch = ? WHERE ${owner} = ?`,
    ),
    placeOf,
  });
  return [
    table('vault', 'id', 'lookup_key', () => places.lookupKey),
    table('peppers', 'organisation', 'pepper', places.pepper),
    table('directory', 'id', 'key', places.directory),
  ];
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
