import type Database from 'better-sqlite3';
import { type ActorClaim, ERASED, type Erasure, VaultCorrupt } from '../vault';
import { openDirectory, type PersonKind, type VaultIdentity } from './directory';

const ACTORS: PersonKind<ActorClaim> = {
  kind: 'actor',
  entryIn(value) {
    if (!isActor(value)) throw new VaultCorrupt('An actor in the vault has another shape.');
    return value;
  },
  wordsOf: ({ issuer, claim }) => [issuer, claim],
};

/** The actors in the vault. `eraseActor`, `renew` and `giveLookups` are called within a transaction. */
export function openActors(database: Database.Database, identity: VaultIdentity) {
  const directory = openDirectory(database, ACTORS, identity);
  const find = ({ issuer, claim }: ActorClaim) => {
    const id = directory.find([issuer, claim]);
    return id === undefined ? undefined : directory.byId(id);
  };
  const actorOnce = database.transaction(({ issuer, claim, name }: ActorClaim): string => {
    const entry = { issuer, claim, ...(name === undefined ? {} : { name }) };
    const row = find(entry);
    if (row === undefined) return directory.add(entry);
    if (name !== undefined && directory.entryOf(row).name !== name) directory.replaceEntry(row, entry);
    return row.id;
  });

  return {
    renew: directory.renew,
    giveLookups: directory.giveLookups,
    /** Most are known already, and reading waits for nobody. */
    actorOf(person: ActorClaim): string {
      const row = find(person);
      const same = row && (person.name === undefined || directory.entryOf(row).name === person.name);
      return same ? row.id : actorOnce.immediate(person);
    },
    actorName(id: string): string | typeof ERASED | undefined {
      const row = directory.byId(id);
      if (row !== undefined) return directory.entryOf(row).name;
      return directory.graveOf(id) === undefined ? undefined : ERASED;
    },
    eraseActor(id: string): Erasure | undefined {
      const grave = directory.erase(id);
      return grave && { keyId: grave.keyId, epoch: grave.epoch };
    },
  };
}

function isActor(value: unknown): value is ActorClaim {
  return typeof value === 'object' && value !== null && 'issuer' in value && 'claim' in value;
}
