import { join } from 'node:path';
import type Database from 'better-sqlite3';
import { type FileOrder, type PreparedFile, type PreparedFiles, PreparedFilesUnavailable } from '../prepared-files';
import { openContentFiles } from './content-files';
import { answeringFaults, openPreparedFilesDatabase } from './prepared-files-database';

/** Name of the directory in a data directory. */
export const EVIDENCE_DIRECTORY = 'evidence';
const DATABASE_FILE = 'orders.db';

interface StoredOrder {
  readonly id: string;
  readonly subject: string | null;
  readonly status: 'PREPARING' | 'READY' | 'FAILED';
  readonly sha256: string | null;
  readonly bytes: number | null;
  readonly rows_done: number | null;
  readonly rows_total: number | null;
  readonly failure: string | null;
  readonly expires_at: number | null;
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
    return answeringFaults(work);
  };
  const find = (id: string) => answer(() => statements.byId.get(id)).then((row) => row && preparedFile(row));
  const isThere = async (id: string) => (await find(id)) !== undefined;

  return {
    add: ({ id, subjectId }) => answer(() => statements.add.run(id, subjectId ?? null).changes > 0),
    find,
    waiting: () => answer(() => statements.waiting.all().map(orderOf)),
    count: (subjectId) =>
      answer(() => (subjectId === undefined ? statements.countWaiting.get() : statements.countOf.get(subjectId)) ?? 0),
    write: async (id, content) => {
      try {
        const written = await contents.write(id, content);
        if (await isThere(id)) return written;
      } catch (error) {
        if (await isThere(id)) throw error;
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
    open: async (id) => ((await find(id))?.status === 'READY' ? contents.open(id) : undefined),
    people: () => answer(() => statements.people.all()),
    removePerson: async (subjectId) => {
      // The bytes first: were it cut short, asking again would find the order, and remove them.
      await contents.remove(await answer(() => statements.idsOf.all(subjectId)));
      const ids = await answer(() => statements.removePerson.all(subjectId));
      await contents.remove(ids);
      return ids.length;
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
    add: database.prepare<[string, string | null]>('INSERT OR IGNORE INTO orders (id, subject) VALUES (?, ?)'),
    byId: database.prepare<[string], StoredOrder>('SELECT * FROM orders WHERE id = ?'),
    waiting: database.prepare<[], StoredOrder>("SELECT * FROM orders WHERE status = 'PREPARING' ORDER BY place"),
    countWaiting: database.prepare<[], number>("SELECT count(*) FROM orders WHERE status = 'PREPARING'").pluck(),
    countOf: database.prepare<[string], number>('SELECT count(*) FROM orders WHERE subject = ?').pluck(),
    complete: database.prepare<[string, number, number, number, number, string]>(
      `UPDATE orders SET status = 'READY', sha256 = ?, bytes = ?, rows_done = ?, rows_total = ?, expires_at = ? WHERE id = ?`,
    ),
    fail: database.prepare<[string, number, string]>(
      "UPDATE orders SET status = 'FAILED', failure = ?, expires_at = ? WHERE id = ?",
    ),
    ids: ids<[]>('SELECT id FROM orders'),
    idsOf: ids<[string]>('SELECT id FROM orders WHERE subject = ?'),
    people: ids<[]>('SELECT DISTINCT subject FROM orders WHERE subject IS NOT NULL'),
    removePerson: ids<[string]>('DELETE FROM orders WHERE subject = ? RETURNING id'),
    removeExpired: ids<[number]>('DELETE FROM orders WHERE expires_at <= ? RETURNING id'),
  };
}

const orderOf = ({ id, subject }: StoredOrder): FileOrder => ({ id, subjectId: subject ?? undefined });

function preparedFile(row: StoredOrder): PreparedFile {
  const order = orderOf(row);
  const expiresAtMs = row.expires_at ?? 0;
  switch (row.status) {
    case 'PREPARING':
      return { ...order, status: 'PREPARING' };
    case 'FAILED':
      return { ...order, status: 'FAILED', failure: row.failure ?? '', expiresAtMs };
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
