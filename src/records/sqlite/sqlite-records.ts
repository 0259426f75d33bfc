import { setImmediate as nextTurn } from 'node:timers/promises';
import type Database from 'better-sqlite3';
import { answeringFaults } from '../../sqlite/driver-faults';
import { checkId, checkIds, checkInstant, checkPage, checkRecords } from '../record-input';
import {
  type AccessRecord,
  type KeptRecord,
  type RecordKind,
  type Records,
  RecordsUnavailable,
  type RemovedRecords,
} from '../records';
import { openRecordsDatabase, RECORDS_FAULTS } from './records-database';

/** Removed in one transaction, so that removing many holds nobody up for long. */
const REMOVAL_BATCH = 1_000;
/** Written in one transaction. */
const WRITE_BATCH = 50;
/** Records are gathered until none came for so long: thousands that are told something at once come first. */
const GATHER_MS = 250;
/** However many come, they are put off only so often. */
const MAX_PUT_OFF = 20;

/**
 * Opens records in a SQLite file, or in memory (`:memory:`), making it when it is new.
 *
 * @throws RecordsCorrupt
 * @throws RecordsUnavailable
 */
export async function openSqliteRecords(path: string): Promise<Records> {
  const database = openRecordsDatabase(path);
  const answer = async <T>(work: () => T): Promise<T> => {
    if (!database.open) throw new RecordsUnavailable('The records are closed.');
    return answeringFaults(RECORDS_FAULTS, work);
  };
  const writer = openWriter(database, answer);
  const page = database.prepare<[string, number, number], KeptRecord>(`
    SELECT place, kind, subject AS subjectId, organisation AS organisationId, channel, at AS atMs
    FROM records WHERE subject = ? AND place > ? ORDER BY place LIMIT ?`);
  const overdue = removal<[string, number]>(database, 'organisation = ? AND at < ?');
  const ofSubject = removal<[string]>(database, 'subject = ?');
  /** What was removed is not to linger in the write-ahead log; a reader may delay it until the next removal. */
  const emptyLog = () => answer(() => void database.pragma('wal_checkpoint(TRUNCATE)'));

  return {
    record: (records) => {
      try {
        checkRecords(records);
      } catch (error) {
        return Promise.reject(error);
      }
      return writer.write(records);
    },
    recordsOf: async (subjectId, after, limit) => {
      checkId(subjectId);
      checkPage(after, limit);
      await writer.written();
      return answer(() => page.all(subjectId, after ?? 0, limit));
    },
    removeBefore: async (organisationId, beforeMs) => {
      checkId(organisationId);
      checkInstant(beforeMs);
      await writer.written();
      const removed = await inPieces(() => answer(() => overdue(organisationId, beforeMs)));
      await emptyLog();
      return removed;
    },
    removeSubjects: async (subjectIds) => {
      checkIds(subjectIds);
      await writer.written();
      let removed: RemovedRecords = { logins: 0, deliveries: 0 };
      for (const subjectId of subjectIds) {
        removed = sum(removed, await inPieces(() => answer(() => ofSubject(subjectId))));
      }
      await emptyLog();
      return removed;
    },
    close: async () => {
      if (database.open) await writer.written();
      database.close();
    },
  };
}

/** Writes what comes within a moment together, a batch in each turn of the event loop. */
function openWriter(database: Database.Database, answer: <T>(work: () => T) => Promise<T>) {
  const insert = database.prepare(
    'INSERT INTO records (kind, subject, organisation, channel, at) VALUES (?, ?, ?, ?, ?)',
  );
  const insertAll = database.transaction((records: readonly AccessRecord[]) => {
    for (const { kind, subjectId, organisationId, channel, atMs } of records) {
      insert.run(kind, subjectId, organisationId, channel, atMs);
    }
  });
  let waiting: AccessRecord[] = [];
  let gathering: { readonly written: Promise<void>; hurry(): void } | undefined;
  let written: Promise<void> = Promise.resolve();

  const flush = async (): Promise<void> => {
    const records = waiting;
    waiting = [];
    gathering = undefined;
    for (let first = 0; first < records.length; first += WRITE_BATCH) {
      await nextTurn();
      await answer(() => insertAll.immediate(records.slice(first, first + WRITE_BATCH)));
    }
  };
  const gather = () => {
    let hurry: () => void = () => undefined;
    const enough = new Promise<void>((resolve) => {
      let timer: NodeJS.Timeout;
      const look = (seen: number, putOff: number) => {
        timer = setTimeout(() => {
          if (waiting.length > seen && putOff < MAX_PUT_OFF) look(waiting.length, putOff + 1);
          else resolve();
        }, GATHER_MS);
      };
      look(waiting.length, 0);
      hurry = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    // What came before is written before, also where that failed.
    const before = written.catch(() => undefined);
    written = enough.then(() => before).then(flush);
    return { written, hurry };
  };
  return {
    write(records: readonly AccessRecord[]): Promise<void> {
      waiting.push(...records);
      gathering ??= gather();
      return gathering.written;
    },
    /** Whoever waits for the records is told of a failure; whoever only waits for their turn is not. */
    written: async (): Promise<void> => {
      gathering?.hurry();
      await written.catch(() => undefined);
    },
  };
}

/** Removes a batch of what the condition names, and says how many of each kind. */
function removal<Values extends unknown[]>(database: Database.Database, condition: string) {
  const remove = database
    .prepare<[...Values, number], RecordKind>(
      `DELETE FROM records WHERE place IN (SELECT place FROM records WHERE ${condition} LIMIT ?) RETURNING kind`,
    )
    .pluck();
  return (...values: Values): RemovedRecords => {
    const kinds = remove.all(...values, REMOVAL_BATCH);
    const logins = kinds.filter((kind) => kind === 'LOGIN').length;
    return { logins, deliveries: kinds.length - logins };
  };
}

async function inPieces(remove: () => Promise<RemovedRecords>): Promise<RemovedRecords> {
  let removed: RemovedRecords = { logins: 0, deliveries: 0 };
  for (;;) {
    const piece = await remove();
    removed = sum(removed, piece);
    if (piece.logins + piece.deliveries < REMOVAL_BATCH) return removed;
    await nextTurn();
  }
}

function sum(left: RemovedRecords, right: RemovedRecords): RemovedRecords {
  return { logins: left.logins + right.logins, deliveries: left.deliveries + right.deliveries };
}
