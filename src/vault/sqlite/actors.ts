import type Database from 'better-sqlite3';
import { type ActorClaim, ERASED, type Erasure, VaultCorrupt } from '../vault';
import { openDirectory, type PersonRow, type VaultIdentity } from './directory';

/** The actors in the vault's directory. `eraseActor` is called within a transaction. */
export function openActors(database: Database.Database, identity: VaultIdentity) {
  const directory = openDirectory(database, 'actor', identity);
  const personOf = (row: PersonRow): ActorClaim => {
    const entry = directory.entryOf(row);
    if (!isPerson(entry)) throw new VaultCorrupt('An actor in the vault has another shape.');
    return entry;
  };
  const registerOnce = database.transaction((person: ActorClaim, lookup: Uint8Array): string => {
    return directory.byLookup(lookup)?.id ?? directory.add(person, lookup);
  });
  const renameOnce = database.transaction((lookup: Uint8Array, name: string): void => {
    const row = directory.byLookup(lookup);
    if (row === undefined) return;
    const person = personOf(row);
    if (person.name !== name) directory.replaceEntry(row, { ...person, name });
  });

  return {
    actorOf({ issuer, claim, name }: ActorClaim): string {
      const lookup = directory.lookupOf([issuer, claim]);
      const row = directory.byLookup(lookup);
      if (row === undefined) {
        return registerOnce.immediate({ issuer, claim, ...(name === undefined ? {} : { name }) }, lookup);
      }
      if (name !== undefined && personOf(row).name !== name) renameOnce.immediate(lookup, name);
      return row.id;
    },
    actorName(id: string): string | typeof ERASED | undefined {
      const row = directory.byId(id);
      if (row !== undefined) return personOf(row).name;
      return directory.graveOf(id) === undefined ? undefined : ERASED;
    },
    eraseActor(id: string): Erasure | undefined {
      const grave = directory.erase(id);
      return grave && { keyId: grave.keyId, epoch: grave.epoch };
    },
  };
}

function isPerson(value: unknown): value is ActorClaim {
  return typeof value === 'object' && value !== null && 'issuer' in value && 'claim' in value;
}
