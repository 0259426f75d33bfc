import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import type Database from 'better-sqlite3';
import { KEY_BYTES, seal, unseal } from '../sealed-box';
import { type ActorClaim, ERASED, type Erasure, VaultCorrupt } from '../vault';
import { corruptWhenBroken, places, type WrappedKeys } from './wrapped-keys';

/** What an open vault is known by and works with. */
export interface VaultIdentity {
  readonly id: string;
  readonly wrapped: WrappedKeys;
  /** Keys the hashes by which people are found, so that the file does not say who is in it. */
  readonly lookupKey: Uint8Array;
}

const ACTOR = 'actor';

interface PersonRow {
  readonly id: string;
  readonly key_id: string;
  readonly bytes: Uint8Array;
  readonly epoch: number;
  readonly sealed: Uint8Array;
}

/** The actors in the vault's directory. `eraseActor` is called within a transaction. */
export function openActors(database: Database.Database, { id: vaultId, wrapped, lookupKey }: VaultIdentity) {
  const columns = 'id, key_id, key AS bytes, epoch, sealed';
  const byLookup = database.prepare<[Uint8Array], PersonRow>(`SELECT ${columns} FROM directory WHERE lookup = ?`);
  const byId = database.prepare<[string, string], PersonRow>(
    `SELECT ${columns} FROM directory WHERE id = ? AND kind = ?`,
  );
  const insert = database.prepare(
    'INSERT INTO directory (id, kind, lookup, key_id, key, epoch, sealed) VALUES (?, ?, ?, ?, ?, ?, ?)',
  );
  const replaceSealed = database.prepare<[Uint8Array, string]>('UPDATE directory SET sealed = ? WHERE id = ?');
  const remove = database.prepare<[string]>('DELETE FROM directory WHERE id = ?');
  const bury = database.prepare('INSERT INTO tombstones (id, kind, key_id, epoch) VALUES (?, ?, ?, ?)');
  const tombstone = database.prepare<[string, string], { keyId: string; epoch: number }>(
    'SELECT key_id AS keyId, epoch FROM tombstones WHERE id = ? AND kind = ?',
  );

  const sealedPlace = (id: string, keyId: string) => [vaultId, ACTOR, id, keyId];
  const sealPerson = (key: Uint8Array, person: ActorClaim, id: string, keyId: string) =>
    seal(key, Buffer.from(JSON.stringify(person), 'utf8'), sealedPlace(id, keyId));
  const unsealPerson = (row: PersonRow) => {
    const key = wrapped.unwrap(row, places.directory(row.id));
    return { key, person: personIn(corruptWhenBroken(() => unseal(key, row.sealed, sealedPlace(row.id, row.key_id)))) };
  };

  const register = (person: ActorClaim, lookup: Uint8Array): string => {
    const id = randomUUID();
    const keyId = randomUUID();
    const key = randomBytes(KEY_BYTES);
    const { bytes, epoch } = wrapped.wrap(key, places.directory(id));
    insert.run(id, ACTOR, lookup, keyId, bytes, epoch, sealPerson(key, person, id, keyId));
    return id;
  };
  const rename = (row: PersonRow, name: string): void => {
    const { key, person } = unsealPerson(row);
    if (person.name !== name) replaceSealed.run(sealPerson(key, { ...person, name }, row.id, row.key_id), row.id);
  };
  const registerOnce = database.transaction((person: ActorClaim, lookup: Uint8Array): string => {
    return byLookup.get(lookup)?.id ?? register(person, lookup);
  });
  const renameOnce = database.transaction((lookup: Uint8Array, name: string): void => {
    const row = byLookup.get(lookup);
    if (row !== undefined) rename(row, name);
  });

  return {
    actorOf({ issuer, claim, name }: ActorClaim): string {
      const lookup = lookupOf(lookupKey, ACTOR, [issuer, claim]);
      const row = byLookup.get(lookup);
      if (row === undefined) {
        return registerOnce.immediate({ issuer, claim, ...(name === undefined ? {} : { name }) }, lookup);
      }
      if (name !== undefined && unsealPerson(row).person.name !== name) renameOnce.immediate(lookup, name);
      return row.id;
    },
    actorName(id: string): string | typeof ERASED | undefined {
      const row = byId.get(id, ACTOR);
      if (row !== undefined) return unsealPerson(row).person.name;
      return tombstone.get(id, ACTOR) === undefined ? undefined : ERASED;
    },
    eraseActor(id: string): Erasure | undefined {
      const row = byId.get(id, ACTOR);
      if (row === undefined) return tombstone.get(id, ACTOR);
      remove.run(id);
      bury.run(id, ACTOR, row.key_id, row.epoch);
      return { keyId: row.key_id, epoch: row.epoch };
    },
  };
}

function lookupOf(key: Uint8Array, kind: string, parts: readonly string[]): Buffer {
  return createHmac('sha256', key)
    .update(JSON.stringify([kind, ...parts]), 'utf8')
    .digest();
}

function personIn(bytes: Buffer): ActorClaim {
  const value: unknown = JSON.parse(bytes.toString('utf8'));
  if (!isPerson(value)) throw new VaultCorrupt('A person in the vault has another shape.');
  return value;
}

function isPerson(value: unknown): value is ActorClaim {
  return typeof value === 'object' && value !== null && 'issuer' in value && 'claim' in value;
}
