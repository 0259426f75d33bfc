import type Database from 'better-sqlite3';
import type { KeyEncryptionKeys } from '../key-encryption-keys';
import { SealBroken, seal, unseal } from '../sealed-box';
import { REWRAP_BATCH, VaultCorrupt, VaultKeyMissing, VaultKeyWrong } from '../vault';

/** A secret as a vault keeps it. */
export interface Wrapped {
  readonly bytes: Uint8Array;
  readonly epoch: number;
}

/** Wraps the secrets of one vault with key-encryption keys, and knows its epochs. */
export interface WrappedKeys {
  /** Call within a transaction, so that no epoch begins in between. */
  wrap(secret: Uint8Array, place: readonly string[]): Wrapped;
  /** @throws VaultKeyMissing VaultCorrupt */
  unwrap(wrapped: Wrapped, place: readonly string[]): Uint8Array;
  beginEpoch(): number;
  /** Wraps a batch of secrets of older epochs anew; how many. */
  rewrap(): number;
}

const PROOF = Buffer.from('samtykke vault', 'utf8');
const LOOKUP_PLACE = ['lookup-key'];

/** Where a secret of a table stands, which its wrapping is bound to beside the vault. */
export const places = {
  lookupKey: LOOKUP_PLACE,
  directory: (id: string) => ['directory', id],
  pepper: (organisation: string) => ['pepper', organisation],
} as const;

/**
 * The wrapped keys of the vault with this id. For a vault that has no epoch yet `registerFirstEpoch` comes first.
 *
 * @throws VaultKeyMissing when any epoch in use has no key
 * @throws VaultKeyWrong when a key is of another vault
 */
export function openWrappedKeys(database: Database.Database, vaultId: string, keys: KeyEncryptionKeys): WrappedKeys {
  const newest = database.prepare<[], number | null>('SELECT max(epoch) FROM epochs').pluck();
  const addEpoch = database.prepare<[number, Uint8Array]>('INSERT INTO epochs (epoch, proof) VALUES (?, ?)');
  const keyOf = (epoch: number): Uint8Array => {
    const key = keys.ofEpoch(epoch);
    if (key === undefined) throw new VaultKeyMissing(epoch);
    return key;
  };
  const wrap = (secret: Uint8Array, place: readonly string[]): Wrapped => {
    const epoch = newest.get();
    if (typeof epoch !== 'number') throw new VaultCorrupt('The vault has no epoch.');
    return { bytes: seal(keyOf(epoch), secret, [vaultId, ...place]), epoch };
  };
  const unwrap = ({ bytes, epoch }: Wrapped, place: readonly string[]): Uint8Array =>
    corruptWhenBroken(() => unseal(keyOf(epoch), bytes, [vaultId, ...place]));

  if (newest.get() === null) {
    const { epoch, key } = keys.first();
    addEpoch.run(epoch, proofOf(key, vaultId, epoch));
  }
  checkEpochsInUse(database, vaultId, keyOf);
  const secrets = secretTables(database);

  return {
    wrap,
    unwrap,
    beginEpoch() {
      const { epoch, key } = keys.add();
      addEpoch.run(epoch, proofOf(key, vaultId, epoch));
      return epoch;
    },
    rewrap() {
      let done = 0;
      for (const table of secrets) {
        const rows = table.older.all(newest.get() ?? 0, REWRAP_BATCH - done);
        for (const { owner, bytes, epoch } of rows) {
          const place = table.placeOf(owner);
          const again = wrap(unwrap({ bytes, epoch }, place), place);
          table.replace.run(again.bytes, again.epoch, owner);
        }
        done += rows.length;
      }
      return done;
    },
  };
}

function proofOf(key: Uint8Array, vaultId: string, epoch: number): Buffer {
  return seal(key, PROOF, [vaultId, 'epoch', String(epoch)]);
}

/** Epochs that nothing is wrapped with any more may have lost their key (rule E2); all others are checked at the start. */
function checkEpochsInUse(database: Database.Database, vaultId: string, keyOf: (epoch: number) => Uint8Array): void {
  const inUse = database.prepare<[], { epoch: number; proof: Uint8Array }>(`
    SELECT epoch, proof FROM epochs AS each
    WHERE epoch = (SELECT max(epoch) FROM epochs)
       OR EXISTS (SELECT 1 FROM vault WHERE vault.epoch = each.epoch)
       OR EXISTS (SELECT 1 FROM directory WHERE directory.epoch = each.epoch)
       OR EXISTS (SELECT 1 FROM peppers WHERE peppers.epoch = each.epoch)
    ORDER BY epoch`);
  for (const { epoch, proof } of inUse.all()) {
    const key = keyOf(epoch);
    try {
      unseal(key, proof, [vaultId, 'epoch', String(epoch)]);
    } catch (error) {
      throw error instanceof SealBroken ? new VaultKeyWrong(epoch) : error;
    }
  }
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
