import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import type Database from 'better-sqlite3';
import { KEY_BYTES, seal, unseal } from '../sealed-box';
import type { Erasure } from '../vault';
import type { Epochs } from './epochs';
import { corruptWhenBroken, places, type WrappedKeys } from './wrapped-keys';

/** What an open vault is known by and works with. */
export interface VaultIdentity {
  readonly id: string;
  readonly wrapped: WrappedKeys;
  readonly epochs: Epochs;
  readonly nowMs: () => number;
  /** Keys the hashes by which people are found, so that the file does not say who is in it. */
  readonly lookupKey: Uint8Array;
}

export type PersonKind = 'actor' | 'subject';

export interface PersonRow {
  readonly id: string;
  readonly key_id: string;
  readonly lookup: Uint8Array | null;
  readonly bytes: Uint8Array;
  readonly epoch: number;
  readonly sealed: Uint8Array;
}

/** What is left of somebody who was erased; an erasure of format 1 has no time. */
export interface Grave extends Erasure {
  readonly erasedAtMs: number | undefined;
}

/** The people of one kind in the vault's directory. What writes is called within a transaction. */
export function openDirectory(
  database: Database.Database,
  kind: PersonKind,
  { id: vaultId, wrapped, lookupKey, nowMs }: VaultIdentity,
) {
  const columns = 'id, key_id, lookup, key AS bytes, epoch, sealed';
  const byLookup = database.prepare<[Uint8Array], PersonRow>(`SELECT ${columns} FROM directory WHERE lookup = ?`);
  const byId = database.prepare<[string, string], PersonRow>(
    `SELECT ${columns} FROM directory WHERE id = ? AND kind = ?`,
  );
  const insert = database.prepare(
    'INSERT INTO directory (id, kind, lookup, key_id, key, epoch, sealed) VALUES (?, ?, ?, ?, ?, ?, ?)',
  );
  const replaceSealed = database.prepare<[Uint8Array, string]>('UPDATE directory SET sealed = ? WHERE id = ?');
  const remove = database.prepare<[string]>('DELETE FROM directory WHERE id = ?');
  const bury = database.prepare('INSERT INTO tombstones (id, kind, key_id, epoch, erased_at) VALUES (?, ?, ?, ?, ?)');
  const grave = database.prepare<[string, string], { keyId: string; epoch: number; erasedAtMs: number | null }>(
    'SELECT key_id AS keyId, epoch, erased_at AS erasedAtMs FROM tombstones WHERE id = ? AND kind = ?',
  );
  const placeOf = (id: string, keyId: string) => [vaultId, kind, id, keyId];
  const sealed = (key: Uint8Array, entry: unknown, id: string, keyId: string) =>
    seal(key, Buffer.from(JSON.stringify(entry), 'utf8'), placeOf(id, keyId));
  const keyOf = (row: PersonRow): Uint8Array => wrapped.unwrap(row, places.directory(row.id));
  const withKey = <T>(row: PersonRow, work: (key: Uint8Array) => T): T => {
    const key = keyOf(row);
    try {
      return work(key);
    } finally {
      key.fill(0);
    }
  };
  const graveOf = (id: string): Grave | undefined => {
    const found = grave.get(id, kind);
    return found && { ...found, erasedAtMs: found.erasedAtMs ?? undefined };
  };

  return {
    lookupOf: (parts: readonly string[]): Buffer =>
      createHmac('sha256', lookupKey)
        .update(JSON.stringify([kind, ...parts]), 'utf8')
        .digest(),
    byLookup: (lookup: Uint8Array) => byLookup.get(lookup),
    byId: (id: string) => byId.get(id, kind),
    graveOf,
    /** To be overwritten by whoever asked. */
    keyOf,
    /** Makes a key for somebody, and an entry under it. */
    add(entry: unknown, lookup: Uint8Array | null, id: string = randomUUID()): string {
      const keyId = randomUUID();
      const key = randomBytes(KEY_BYTES);
      const { bytes, epoch } = wrapped.wrap(key, places.directory(id));
      insert.run(id, kind, lookup, keyId, bytes, epoch, sealed(key, entry, id, keyId));
      key.fill(0);
      return id;
    },
    entryOf: (row: PersonRow): unknown =>
      withKey(row, (key) => {
        const bytes = corruptWhenBroken(() => unseal(key, row.sealed, placeOf(row.id, row.key_id)));
        return JSON.parse(bytes.toString('utf8'));
      }),
    replaceEntry(row: PersonRow, entry: unknown): void {
      withKey(row, (key) => replaceSealed.run(sealed(key, entry, row.id, row.key_id), row.id));
    },
    /** Removes entry and key and leaves a tombstone; the tombstone, when that was done before. */
    erase(id: string): Grave | undefined {
      const row = byId.get(id, kind);
      if (row === undefined) return graveOf(id);
      const erasedAtMs = nowMs();
      remove.run(id);
      bury.run(id, kind, row.key_id, row.epoch, erasedAtMs);
      return { keyId: row.key_id, epoch: row.epoch, erasedAtMs };
    },
  };
}
