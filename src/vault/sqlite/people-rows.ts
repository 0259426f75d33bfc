import type Database from 'better-sqlite3';
import type { Grave, PersonRow } from './directory';

/** The rows of people of one kind; what stands where and why is said in `vault-format.ts`. */
export function peopleRows(database: Database.Database, kind: string) {
  const columns = `
    directory.id, key_id, epoch, directory.slot, secrets.key AS bytes, secrets.lookup, secrets.entry
    FROM directory JOIN secrets ON secrets.slot = directory.slot`;
  const byId = database.prepare<[string, string], PersonRow>(`SELECT ${columns} WHERE directory.id = ? AND kind = ?`);
  const ofEpochsBefore = database.prepare<[string, number, number], PersonRow>(
    `SELECT ${columns} WHERE kind = ? AND epoch < ? LIMIT ?`,
  );
  const found = database
    .prepare<[number, Uint8Array], string>('SELECT id FROM lookups WHERE epoch = ? AND lookup = ?')
    .pluck();
  const grave = database.prepare<[string, string], { keyId: string; epoch: number; erasedAtMs: number | null }>(
    'SELECT key_id AS keyId, epoch, erased_at AS erasedAtMs FROM tombstones WHERE id = ? AND kind = ?',
  );
  const addSecret = database.prepare('INSERT INTO secrets (key, lookup, entry) VALUES (?, ?, ?)');
  const addPerson = database.prepare('INSERT INTO directory (id, kind, key_id, epoch, slot) VALUES (?, ?, ?, ?, ?)');
  const addLookup = database.prepare('INSERT INTO lookups (epoch, lookup, id) VALUES (?, ?, ?)');
  const removePerson = database.prepare<[string]>('DELETE FROM directory WHERE id = ?');
  const removeLookup = database.prepare<[number, Uint8Array]>('DELETE FROM lookups WHERE epoch = ? AND lookup = ?');
  const moveTo = database.prepare('UPDATE directory SET slot = ? WHERE id = ?');
  const intoEpoch = database.prepare<[number, string]>('UPDATE directory SET epoch = ? WHERE id = ?');
  // As many bytes as before, so that they are overwritten where they stand.
  const overwrite = database.prepare('UPDATE secrets SET key = ?, lookup = ? WHERE slot = ?');
  const wipe = database.prepare<[number]>(`
    UPDATE secrets SET key = zeroblob(length(key)), lookup = zeroblob(length(lookup)), entry = zeroblob(length(entry))
    WHERE slot = ?`);
  const bury = database.prepare('INSERT INTO tombstones (id, kind, key_id, epoch, erased_at) VALUES (?, ?, ?, ?, ?)');

  return {
    byId: (id: string) => byId.get(id, kind),
    ofEpochsBefore: (epoch: number, limit: number) => ofEpochsBefore.all(kind, epoch, limit),
    found: (epoch: number, lookup: Uint8Array) => found.get(epoch, lookup),
    graveOf(id: string): Grave | undefined {
      const there = grave.get(id, kind);
      return there && { ...there, erasedAtMs: there.erasedAtMs ?? undefined };
    },
    add({ id, key_id, epoch, bytes, lookup, entry }: Omit<PersonRow, 'slot'>): void {
      const { lastInsertRowid } = addSecret.run(bytes, lookup, entry);
      addPerson.run(id, kind, key_id, epoch, lastInsertRowid);
      if (lookup !== null) addLookup.run(epoch, lookup, id);
    },
    /** In a slot of its own: the new entry may be longer. */
    replaceEntry({ id, bytes, lookup, slot }: PersonRow, entry: Uint8Array): void {
      const { lastInsertRowid } = addSecret.run(bytes, lookup, entry);
      moveTo.run(lastInsertRowid, id);
      wipe.run(slot);
    },
    renew(row: PersonRow, { bytes, epoch, lookup }: Pick<PersonRow, 'bytes' | 'epoch' | 'lookup'>): void {
      if (row.lookup !== null) removeLookup.run(row.epoch, row.lookup);
      overwrite.run(bytes, lookup, row.slot);
      intoEpoch.run(epoch, row.id);
      if (lookup !== null) addLookup.run(epoch, lookup, row.id);
    },
    erase(row: PersonRow, erasedAtMs: number): void {
      wipe.run(row.slot);
      if (row.lookup !== null) removeLookup.run(row.epoch, row.lookup);
      removePerson.run(row.id);
      bury.run(row.id, kind, row.key_id, row.epoch, erasedAtMs);
    },
  };
}
