import type Database from 'better-sqlite3';
import type { HeldKeys } from '../held-keys';
import { HeldSubjectKey } from '../subject-key';
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
import { type Grave, openDirectory, type PersonKind, type PersonRow, type VaultIdentity } from './directory';

/** Nothing is known of the anonymous. */
type Entry = { readonly organisationId: string; readonly externalId: string } | Record<string, never>;

const SUBJECTS: PersonKind<Entry> = {
  kind: 'subject',
  entryIn(value) {
    if (!isEntry(value)) throw new VaultCorrupt('A person in the vault has another shape.');
    return value;
  },
  wordsOf: ({ organisationId, externalId }) =>
    organisationId === undefined || externalId === undefined ? undefined : [organisationId, externalId],
};

/** The persons whose facts the log holds. `eraseSubject` and the likes are called within a transaction. */
export function openSubjects(database: Database.Database, identity: VaultIdentity, held: HeldKeys) {
  const directory = openDirectory(database, SUBJECTS, identity);
  const taken = database.prepare<[string], number>('SELECT 1 FROM directory WHERE id = ?').pluck();
  const find = (organisationId: string, externalId: string) => directory.find([organisationId, externalId]);
  const known = (id: string | undefined): KnownSubject | undefined =>
    id === undefined ? undefined : { id, created: false };
  const subjectOf = (organisationId: string, externalId: string): KnownSubject =>
    known(find(organisationId, externalId)) ?? { id: directory.add({ organisationId, externalId }), created: true };
  const subjectOnce = database.transaction(subjectOf);
  const subjectsOnce = database.transaction((organisationId: string, externalIds: readonly string[]) =>
    externalIds.map((externalId) => subjectOf(organisationId, externalId)),
  );
  const hold = (row: PersonRow) => {
    const { key_id: keyId, epoch } = row;
    return { keyId, epoch, held: held.hold(row.id, { keyId, epoch, key: directory.keyOf(row) }) };
  };

  return {
    renew: directory.renew,
    find,
    // Most are known already, and reading waits for nobody.
    subjectOf: (organisationId: string, externalId: string): KnownSubject =>
      known(find(organisationId, externalId)) ?? subjectOnce.immediate(organisationId, externalId),
    subjectsOf(organisationId: string, externalIds: readonly string[]): readonly KnownSubject[] {
      const there = externalIds.flatMap((externalId) => known(find(organisationId, externalId)) ?? []);
      return there.length === externalIds.length ? there : subjectsOnce.immediate(organisationId, externalIds);
    },
    addAnonymousSubject(id: string): { readonly created: boolean } | typeof ERASED {
      if (directory.graveOf(id) !== undefined) return ERASED;
      if (directory.byId(id) !== undefined) return { created: false };
      if (taken.get(id) !== undefined) throw new VaultInputInvalid('The id is taken.');
      directory.add({}, id);
      return { created: true };
    },
    externalIdOf(id: string): string | typeof ERASED | undefined {
      const row = directory.byId(id);
      if (row !== undefined) return directory.entryOf(row).externalId;
      return directory.graveOf(id) === undefined ? undefined : ERASED;
    },
    stateOf(id: string): SubjectState {
      if (directory.byId(id) !== undefined) return 'KEPT';
      return directory.graveOf(id) === undefined ? 'ABSENT' : 'ERASED';
    },
    subjectKey(id: string): SubjectKey | undefined {
      const ready = held.get(id);
      if (ready !== undefined) return new HeldSubjectKey(ready);
      const row = directory.byId(id);
      return row && new HeldSubjectKey(hold(row));
    },
    eraseSubject(id: string): SubjectErasure | undefined {
      const grave = directory.erase(id);
      return grave && erasureIn(grave, identity);
    },
  };
}

interface TombstoneRow {
  readonly id: string;
  readonly keyId: string;
  readonly epoch: number;
  readonly erasedAtMs: number | null;
}

/** Pages over persons, as every start compares them with the log (rule E2). */
export function openSubjectPages(database: Database.Database, identity: VaultIdentity) {
  const kept = database.prepare<[string, number], { id: string; keyId: string; anonymous: number }>(
    `SELECT id, key_id AS keyId, lookup IS NULL AS anonymous
     FROM directory JOIN secrets ON secrets.slot = directory.slot
     WHERE kind = 'subject' AND id > ? ORDER BY id LIMIT ?`,
  );
  const erased = database.prepare<[string, number], TombstoneRow>(
    `SELECT id, key_id AS keyId, epoch, erased_at AS erasedAtMs FROM tombstones
     WHERE kind = 'subject' AND id > ? ORDER BY id LIMIT ?`,
  );
  return {
    subjects: (after: string, limit: number): readonly SubjectEntry[] =>
      kept.all(after, limit).map(({ id, keyId, anonymous }) => ({ id, keyId, anonymous: anonymous === 1 })),
    tombstones: (after: string, limit: number): readonly Tombstone[] =>
      erased.all(after, limit).map(({ id, keyId, epoch, erasedAtMs }) => ({
        id,
        ...erasureIn({ keyId, epoch, erasedAtMs: erasedAtMs ?? undefined }, identity),
      })),
  };
}

function erasureIn({ keyId, epoch, erasedAtMs }: Grave, { epochs }: VaultIdentity): SubjectErasure {
  if (erasedAtMs === undefined) throw new VaultCorrupt('The erasure of a person has no time.');
  return { keyId, epoch, erasedAtMs, finalOn: epochs.finalOn(erasedAtMs, epoch) };
}

function isEntry(value: unknown): value is Entry {
  if (typeof value !== 'object' || value === null) return false;
  return 'externalId' in value ? typeof value.externalId === 'string' : Object.keys(value).length === 0;
}
