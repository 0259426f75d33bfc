import { randomBytes } from 'node:crypto';
import type Database from 'better-sqlite3';
import { PEPPER_BYTES } from '../vault';
import { places, type WrappedKeys } from './wrapped-keys';

/** The organisations' peppers in the vault. */
export function openPeppers(database: Database.Database, wrapped: WrappedKeys) {
  const find = database.prepare<[string], { bytes: Uint8Array; epoch: number }>(
    'SELECT pepper AS bytes, epoch FROM peppers WHERE organisation = ?',
  );
  const insert = database.prepare('INSERT INTO peppers (organisation, pepper, epoch) VALUES (?, ?, ?)');
  const createOnce = database.transaction((organisationId: string) => {
    const present = find.get(organisationId);
    if (present !== undefined) return present;
    const created = wrapped.wrap(randomBytes(PEPPER_BYTES), places.pepper(organisationId));
    insert.run(organisationId, created.bytes, created.epoch);
    return created;
  });
  return {
    pepperOf(organisationId: string): Uint8Array {
      const kept = find.get(organisationId) ?? createOnce.immediate(organisationId);
      return wrapped.unwrap(kept, places.pepper(organisationId));
    },
  };
}
