import { join } from 'node:path';
import type Database from 'better-sqlite3';
import { answeringFaults } from '../../sqlite/driver-faults';
import { asPrepared } from '../as-prepared';
import {
  type DraftMark,
  type FileOrder,
  type PreparedFile,
  type PreparedFiles,
  PreparedFilesUnavailable,
} from '../prepared-files';
import { DraftLost, openContentFiles } from './content-files';
import { openPreparedFilesDatabase, PREPARED_FILES_FAULTS } from './prepared-files-database';

/** Name of the directory in a data directory. */
export const EVIDENCE_DIRECTORY = 'evidence';
const DATABASE_FILE = 'orders.db';

interface StoredOrder {
  readonly id: string;
  readonly subject: string | null;
  readonly status: 'PREPARING' | 'READY' | 'FAILED' | 'GONE';
  readonly sha256: string | null;
  readonly bytes: number | null;
  readonly rows_done: number | null;
  readonly rows_total: number | null;
  readonly failure: string | null;
  readonly expires_at: number | null;
  readonly organisation: string | null;
  readonly personal: number | null;
  readonly mark_bytes: number | null;
  readonly mark_sha256: string | null;
  readonly mark_state: string | null;
}

/**
 * Opens the prepared files in a directory, making it, for its owner alone, when it is new.
 *
 * @throws PreparedFilesCorrupt PreparedFilesUnavailable
 */
export async function openSqlitePreparedFiles(directory: string): Promise<PreparedFiles> {
  const contents = await openContentFiles(directory);
  const database = openPreparedFilesDatabase(join(directory, DATABASE_FILE));
  const statements = prepare(database);
  const answer = async <T>(work: () => T): Promise<T> => {
    if (!database.open) throw new PreparedFilesUnavailable('The prepared files are closed.');
    return answeringFaults(PREPARED_FILES_FAULTS, work);
  };
  const find = (id: string) => answer(() => statements.byId.get(id)).then((row) => row && preparedFile(row));
  const isThere = async (id: string) => (await find(id)) !== undefined;

  return {
    add: ({ id, subjectId, organisationId, personalValues }) =>
      answer(() => {
        const values = [id, subjectId ?? null, organisationId ?? null, personalValues ? 1 : null] as const;
        return statements.add.run(...values).changes > 0;
      }),
    find,
    waiting: () => answer(() => statements.waiting.all().map(orderOf)),
    count: (subjectId) =>
      answer(() => (subjectId === undefined ? statements.countWaiting.get() : statements.countOf.get(subjectId)) ?? 0),
    countOf: (organisationId) => answer(() => statements.countOfOrganisation.get(organisationId) ?? 0),
    giveWay: async (organisationId) => {
      const id = await answer(() => statements.giveWay.get(organisationId));
      if (id === undefined) return false;
      // Were it cut short, the file would be found to belong to no order that has one.
      await contents.remove([id]);
      return true;
    },
    markOf: (id) => answer(() => statements.byId.get(id)).then((row) => row && markIn(row)),
    dropMark: async (id) => {
      await answer(() => statements.mark.run(null, null, null, id));
    },
    write: async (id, content, from) => {
      const keep = async ({ bytes, sha256, state }: DraftMark) => {
        await answer(() => statements.mark.run(bytes, sha256, state, id));
      };
      try {
        const written = await contents.write(id, content, { from, keep });
        if (await isThere(id)) return written;
      } catch (error) {
        if (error instanceof DraftLost) await answer(() => statements.mark.run(null, null, null, id));
        if (await isThere(id)) throw error instanceof DraftLost ? unavailable(error) : error;
      }
      // The order was removed meanwhile, which an erasure may have asked for: it is no matter what became of the file.
      await contents.remove([id]);
      return undefined;
    },
    complete: async (id, { sha256, bytes, rowsDone, rowsTotal, expiresAtMs }) => {
      await answer(() => statements.complete.run(sha256, bytes, rowsDone, rowsTotal, expiresAtMs, id));
    },
    fail: async (id, code, expiresAtMs) => {
      await answer(() => statements.fail.run(code, expiresAtMs, id));
      await contents.remove([id]);
    },
    open: async (id) => {
      const file = await find(id);
      const opened = file?.status === 'READY' ? await contents.open(id) : undefined;
      return opened && file?.status === 'READY' ? { content: asPrepared(opened.content, file) } : undefined;
    },
    people: () => answer(() => statements.people.all()),
    removePerson: async (subjectId) => {
      // The bytes first: were it cut short, asking again would find the order, and remove them.
      await contents.remove(await answer(() => statements.idsOf.all(subjectId)));
      const ids = await answer(() => statements.removePerson.all(subjectId));
      await contents.remove(ids);
      return ids.length;
    },
    ofMany: () => answer(() => statements.ofMany.all().map(orderOf)),
    remove: async (id) => {
      // In this order as for a person.
      await contents.remove([id]);
      await answer(() => statements.remove.run(id));
      await contents.remove([id]);
    },
    removeExpired: async (nowMs) => {
      const ids = await answer(() => statements.removeExpired.all(nowMs));
      await contents.remove(ids);
      // The files first: an order is noted before its file is begun.
      const files = await contents.list();
      const known = new Set(await answer(() => statements.ids.all()));
      await contents.remove(files.filter((id) => !known.has(id)));
      return ids.length;
    },
    close: async () => {
      database.close();
    },
  };
}

function prepare(database: Database.Database) {
  const ids = <Values extends unknown[]>(sql: string) => database.prepare<Values, string>(sql).pluck();
  return {
    add: database.prepare<[string, string | null, string | null, number | null]>(
      'INSERT OR IGNORE INTO orders (id, subject, organisation, personal) VALUES (?, ?, ?, ?)',
    ),
    byId: database.prepare<[string], StoredOrder>('SELECT * FROM orders WHERE id = ?'),
    waiting: database.prepare<[], StoredOrder>("SELECT * FROM orders WHERE status = 'PREPARING' ORDER BY place"),
    countWaiting: database.prepare<[], number>("SELECT count(*) FROM orders WHERE status = 'PREPARING'").pluck(),
    countOf: database.prepare<[string], number>('SELECT count(*) FROM orders WHERE subject = ?').pluck(),
    countOfOrganisation: database
      .prepare<[string], number>(
        `SELECT count(*) FROM orders WHERE organisation = ? AND subject IS NULL AND status <> 'GONE'`,
      )
      .pluck(),
    giveWay: ids<[string]>(
      `UPDATE orders SET status = 'GONE' WHERE place = (
        SELECT place FROM orders WHERE organisation = ? AND subject IS NULL AND status IN ('READY', 'FAILED')
        ORDER BY status, place LIMIT 1
      ) RETURNING id`,
    ),
    mark: database.prepare<[number | null, string | null, string | null, string]>(
      'UPDATE orders SET mark_bytes = ?, mark_sha256 = ?, mark_state = ? WHERE id = ?',
    ),
    ofMany: database.prepare<[], StoredOrder>('SELECT * FROM orders WHERE personal = 1 ORDER BY place'),
    remove: database.prepare<[string]>('DELETE FROM orders WHERE id = ?'),
    complete: database.prepare<[string, number, number, number, number, string]>(
      `UPDATE orders SET status = 'READY', sha256 = ?, bytes = ?, rows_done = ?, rows_total = ?, expires_at = ?, mark_bytes = NULL, mark_sha256 = NULL, mark_state = NULL WHERE id = ?`,
    ),
    fail: database.prepare<[string, number, string]>(
      "UPDATE orders SET status = 'FAILED', failure = ?, expires_at = ? WHERE id = ?",
    ),
    ids: ids<[]>("SELECT id FROM orders WHERE status <> 'GONE'"),
    idsOf: ids<[string]>('SELECT id FROM orders WHERE subject = ?'),
    people: ids<[]>('SELECT DISTINCT subject FROM orders WHERE subject IS NOT NULL'),
    removePerson: ids<[string]>('DELETE FROM orders WHERE subject = ? RETURNING id'),
    removeExpired: ids<[number]>('DELETE FROM orders WHERE expires_at <= ? RETURNING id'),
  };
}

function orderOf({ id, subject, organisation, personal }: StoredOrder): FileOrder {
  return {
    id,
    subjectId: subject ?? undefined,
    ...(organisation !== null && { organisationId: organisation }),
    ...(personal === 1 && { personalValues: true as const }),
  };
}

function markIn({ mark_bytes: bytes, mark_sha256: sha256, mark_state: state }: StoredOrder): DraftMark | undefined {
  return bytes === null || sha256 === null || state === null ? undefined : { bytes, sha256, state };
}

/** It is tried again, from the beginning. */
const unavailable = ({ message }: DraftLost) => new PreparedFilesUnavailable(message);

function preparedFile(row: StoredOrder): PreparedFile {
  const order = orderOf(row);
  const expiresAtMs = row.expires_at ?? 0;
  switch (row.status) {
    case 'PREPARING':
      return { ...order, status: 'PREPARING' };
    case 'FAILED':
      return { ...order, status: 'FAILED', failure: row.failure ?? '', expiresAtMs };
    case 'GONE':
      return { ...order, status: 'GONE' };
    case 'READY': {
      const { sha256, bytes, rows_done: rowsDone, rows_total: rowsTotal } = row;
      return {
        ...order,
        status: 'READY',
        sha256: sha256 ?? '',
        bytes: bytes ?? 0,
        rowsDone: rowsDone ?? 0,
        rowsTotal: rowsTotal ?? 0,
        expiresAtMs,
      };
    }
  }
}
