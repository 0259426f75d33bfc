import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import type Database from 'better-sqlite3';
import { withDerivedKey } from '../derived-key';
import { KEY_BYTES, seal, unseal } from '../sealed-box';
import type { Erasure } from '../vault';
import type { Epochs } from './epochs';
import { peopleRows } from './people-rows';
import { corruptWhenBroken, type WrappedKeys } from './wrapped-keys';

/** What an open vault is known by and works with. */
export interface VaultIdentity {
  readonly id: string;
  readonly wrapped: WrappedKeys;
  readonly epochs: Epochs;
  readonly nowMs: () => number;
}

/** One kind of people in the vault. `Entry` is what the vault knows of each, sealed under their own key. */
export interface PersonKind<Entry> {
  readonly kind: 'actor' | 'subject';
  /** @throws VaultCorrupt */
  readonly entryIn: (value: unknown) => Entry;
  /** The words that somebody is found by; undefined: by the id alone. */
  readonly wordsOf: (entry: Entry) => readonly string[] | undefined;
}

export interface PersonRow {
  readonly id: string;
  readonly key_id: string;
  readonly epoch: number;
  readonly slot: number;
  readonly bytes: Uint8Array;
  readonly lookup: Uint8Array | null;
  readonly entry: Uint8Array;
}

/** What is left of somebody who was erased; an erasure of format 1 has no time. */
export interface Grave extends Erasure {
  readonly erasedAtMs: number | undefined;
}

/** The people of one kind. What writes is called within a transaction. */
export interface Directory<Entry> {
  /** The id of whoever is found by these words. */
  find(words: readonly string[]): string | undefined;
  byId(id: string): PersonRow | undefined;
  graveOf(id: string): Grave | undefined;
  entryOf(row: PersonRow): Entry;
  /** To be overwritten by whoever asked. */
  keyOf(row: PersonRow): Uint8Array;
  /** Makes a key for somebody, and an entry under it. */
  add(entry: Entry, id?: string): string;
  replaceEntry(row: PersonRow, entry: Entry): void;
  /** Removes entry and key and leaves a tombstone; the tombstone, when that was done before. */
  erase(id: string): Grave | undefined;
  /** Brings up to so many people of older epochs into the newest one; how many. */
  renew(limit: number): number;
  /** Gives people who were brought from format 1 the hashes by which they are found. */
  giveLookups(): void;
}

export function openDirectory<Entry>(
  database: Database.Database,
  { kind, entryIn, wordsOf }: PersonKind<Entry>,
  { id: vaultId, wrapped, epochs, nowMs }: VaultIdentity,
): Directory<Entry> {
  const rows = peopleRows(database, kind);
  const placeOf = (id: string, keyId: string) => [vaultId, kind, id, keyId];
  const sealed = (key: Uint8Array, entry: Entry, id: string, keyId: string) =>
    seal(key, Buffer.from(JSON.stringify(entry), 'utf8'), placeOf(id, keyId));
  const keyOf = (row: PersonRow): Uint8Array => wrapped.unwrap(row, keyPlace(row.id));
  const withKey = <T>(row: PersonRow, work: (key: Uint8Array) => T): T => {
    const key = keyOf(row);
    try {
      return work(key);
    } finally {
      key.fill(0);
    }
  };
  const entryOf = (row: PersonRow): Entry =>
    withKey(row, (key) => {
      const bytes = corruptWhenBroken(() => unseal(key, row.entry, placeOf(row.id, row.key_id)));
      return entryIn(JSON.parse(bytes.toString('utf8')));
    });
  /** Says who somebody is to whoever has the epoch's key, and nothing to anybody once that is destroyed. */
  const lookupIn = (epoch: number, words: readonly string[]): Buffer =>
    withDerivedKey(epochs.keyOf(epoch), [vaultId, 'lookup', String(epoch)], (key) =>
      createHmac('sha256', key)
        .update(JSON.stringify([kind, ...words]), 'utf8')
        .digest(),
    );
  const newLookup = (epoch: number, entry: Entry): Buffer | null => {
    const words = wordsOf(entry);
    return words === undefined ? null : lookupIn(epoch, words);
  };

  return {
    find(words) {
      // In the newest epoch, or in an older one as long as it is not renewed.
      for (const epoch of epochs.inUse()) {
        const id = rows.found(epoch, lookupIn(epoch, words));
        if (id !== undefined) return id;
      }
      return undefined;
    },
    byId: rows.byId,
    graveOf: rows.graveOf,
    entryOf,
    keyOf,
    add(entry, id = randomUUID()) {
      const keyId = randomUUID();
      const key = randomBytes(KEY_BYTES);
      const { bytes, epoch } = wrapped.wrap(key, keyPlace(id));
      rows.add({
        id,
        key_id: keyId,
        epoch,
        bytes,
        lookup: newLookup(epoch, entry),
        entry: sealed(key, entry, id, keyId),
      });
      key.fill(0);
      return id;
    },
    replaceEntry(row, entry) {
      rows.replaceEntry(
        row,
        withKey(row, (key) => sealed(key, entry, row.id, row.key_id)),
      );
    },
    erase(id) {
      const row = rows.byId(id);
      if (row === undefined) return rows.graveOf(id);
      const erasedAtMs = nowMs();
      rows.erase(row, erasedAtMs);
      return { keyId: row.key_id, epoch: row.epoch, erasedAtMs };
    },
    renew(limit) {
      const older = rows.ofEpochsBefore(epochs.newest(), limit);
      for (const row of older) {
        const { bytes, epoch } = wrapped.rewrap(row, keyPlace(row.id));
        rows.renew(row, { bytes, epoch, lookup: row.lookup === null ? null : newLookup(epoch, entryOf(row)) });
      }
      return older.length;
    },
    giveLookups() {
      for (const row of rows.ofEpochsBefore(epochs.newest() + 1, -1)) {
        rows.renew(row, { ...row, lookup: newLookup(row.epoch, entryOf(row)) });
      }
    },
  };
}

/** What the wrapping of a person's key is bound to beside the vault. */
function keyPlace(id: string): readonly string[] {
  return ['directory', id];
}
