import { randomBytes } from 'node:crypto';
import type Database from 'better-sqlite3';
import { PEPPER_BYTES } from '../vault';
import type { VaultIdentity } from './directory';

/** The organisations' peppers in the vault. `renew` is called within a transaction. */
export function openPeppers(database: Database.Database, { wrapped, epochs }: VaultIdentity) {
  const find = database.prepare<[string], { bytes: Uint8Array; epoch: number }>(
    'SELECT pepper AS bytes, epoch FROM peppers WHERE organisation = ?',
  );
  const insert = database.prepare('INSERT INTO peppers (organisation, pepper, epoch) VALUES (?, ?, ?)');
  const older = database.prepare<[number, number], { organisation: string; bytes: Uint8Array; epoch: number }>(
    'SELECT organisation, pepper AS bytes, epoch FROM peppers WHERE epoch < ? LIMIT ?',
  );
  const replace = database.prepare('UPDATE peppers SET pepper = ?, epoch = ? WHERE organisation = ?');
  const createOnce = database.transaction((organisationId: string) => {
    const present = find.get(organisationId);
    if (present !== undefined) return present;
    const created = wrapped.wrap(randomBytes(PEPPER_BYTES), placeOf(organisationId));
    insert.run(organisationId, created.bytes, created.epoch);
    return created;
  });
  return {
    pepperOf(organisationId: string): Uint8Array {
      const kept = find.get(organisationId) ?? createOnce.immediate(organisationId);
      return wrapped.unwrap(kept, placeOf(organisationId));
    },
    /** Wraps up to so many peppers of older epochs anew; how many. */
    renew(limit: number): number {
      const rows = older.all(epochs.newest(), limit);
      for (const row of rows) {
        const { bytes, epoch } = wrapped.rewrap(row, placeOf(row.organisation));
        replace.run(bytes, epoch, row.organisation);
      }
      return rows.length;
    },
  };
}

/** What the wrapping of a pepper is bound to beside the vault. */
function placeOf(organisationId: string): readonly string[] {
  return ['pepper', organisationId];
}
