import type Database from 'better-sqlite3';
import type { HeldKeys } from '../held-keys';
import { subjectKeyOver } from '../subject-key';
import {
  ERASED,
  type KnownSubject,
  type SubjectEntry,
  type SubjectErasure,
  type SubjectKey,
  type SubjectState,
  type Tombstone,
  VaultCorrupt,
  VaultInputInvalid,
} from '../vault';
import { type Grave, openDirectory, type PersonRow, type VaultIdentity } from './directory';

interface TombstoneRow {
  readonly id: string;
  readonly keyId: string;
  readonly epoch: number;
  readonly erasedAtMs: number | null;
}

/** The persons whose facts the log holds. `eraseSubject` and `addAnonymousSubject` are called within a transaction. */
export function openSubjects(database: Database.Database, identity: VaultIdentity, held: HeldKeys) {
  const directory = openDirectory(database, 'subject', identity);
  const taken = database.prepare<[string], number>('SELECT 1 FROM directory WHERE id = ?').pluck();
  const page = database.prepare<[string, number], { id: string; keyId: string; anonymous: number }>(
    `SELECT id, key_id AS keyId, lookup IS NULL AS anonymous FROM directory
     WHERE kind = 'subject' AND id > ? ORDER BY id LIMIT ?`,
  );
  const graves = database.prepare<[string, number], TombstoneRow>(
    `SELECT id, key_id AS keyId, epoch, erased_at AS erasedAtMs FROM tombstones
     WHERE kind = 'subject' AND id > ? ORDER BY id LIMIT ?`,
  );
  const lookupOf = (organisationId: string, externalId: string) => directory.lookupOf([organisationId, externalId]);
  const find = (organisationId: string, externalId: string) =>
    directory.byLookup(lookupOf(organisationId, externalId))?.id;
  const erasureIn = ({ keyId, epoch, erasedAtMs }: Grave): SubjectErasure => {
    if (erasedAtMs === undefined) throw new VaultCorrupt('The erasure of a person has no time.');
    return { keyId, epoch, erasedAtMs, finalOn: identity.epochs.finalOn(erasedAtMs, epoch) };
  };

  const subjectOf = (organisationId: string, externalId: string): KnownSubject => {
    const lookup = lookupOf(organisationId, externalId);
    const row = directory.byLookup(lookup);
    if (row !== undefined) return { id: row.id, created: false };
    return { id: directory.add({ organisationId, externalId }, lookup), created: true };
  };
  const subjectOnce = database.transaction(subjectOf);
  const subjectsOnce = database.transaction((organisationId: string, externalIds: readonly string[]) =>
    externalIds.map((externalId) => subjectOf(organisationId, externalId)),
  );
  const present = (id: string | undefined) => (id === undefined ? undefined : { id, created: false });

  return {
    find,
    // Most are known already, and reading waits for nobody.
    subjectOf: (organisationId: string, externalId: string): KnownSubject =>
      present(find(organisationId, externalId)) ?? subjectOnce.immediate(organisationId, externalId),
    subjectsOf(organisationId: string, externalIds: readonly string[]): readonly KnownSubject[] {
      const found = externalIds.flatMap((externalId) => present(find(organisationId, externalId)) ?? []);
      return found.length === externalIds.length ? found : subjectsOnce.immediate(organisationId, externalIds);
    },
    addAnonymousSubject(id: string): { readonly created: boolean } | typeof ERASED {
      if (directory.graveOf(id) !== undefined) return ERASED;
      if (directory.byId(id) !== undefined) return { created: false };
      if (taken.get(id) !== undefined) throw new VaultInputInvalid('The id is taken.');
      directory.add({}, null, id);
      return { created: true };
    },
    externalIdOf(id: string): string | typeof ERASED | undefined {
      const row = directory.byId(id);
      if (row !== undefined) return row.lookup === null ? undefined : externalIdIn(directory.entryOf(row));
      return directory.graveOf(id) === undefined ? undefined : ERASED;
    },
    stateOf(id: string): SubjectState {
      if (directory.byId(id) !== undefined) return 'KEPT';
      return directory.graveOf(id) === undefined ? 'ABSENT' : 'ERASED';
    },
    subjectKey(id: string): SubjectKey | undefined {
      const ready = held.get(id);
      if (ready !== undefined) return subjectKeyOver(ready);
      const row = directory.byId(id);
      return row && subjectKeyOver(hold(row));
    },
    eraseSubject(id: string): SubjectErasure | undefined {
      const grave = directory.erase(id);
      return grave && erasureIn(grave);
    },
    subjects: (after: string, limit: number): readonly SubjectEntry[] =>
      page.all(after, limit).map(({ id, keyId, anonymous }) => ({ id, keyId, anonymous: anonymous === 1 })),
    tombstones: (after: string, limit: number): readonly Tombstone[] =>
      graves
        .all(after, limit)
        .map((row) => ({ id: row.id, ...erasureIn({ ...row, erasedAtMs: row.erasedAtMs ?? undefined }) })),
  };

  function hold(row: PersonRow) {
    const read = { keyId: row.key_id, epoch: row.epoch, key: directory.keyOf(row) };
    return { keyId: read.keyId, epoch: read.epoch, held: held.hold(row.id, read) };
  }
}

function externalIdIn(entry: unknown): string {
  if (typeof entry === 'object' && entry !== null && 'externalId' in entry && typeof entry.externalId === 'string') {
    return entry.externalId;
  }
  throw new VaultCorrupt('A person in the vault has another shape.');
}
