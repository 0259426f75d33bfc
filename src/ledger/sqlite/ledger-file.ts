import type Database from 'better-sqlite3';
import type { DoorRow, DoorValue, StatementDoor } from '../../event-store/append-sink';
import { tellsDamage } from '../../sqlite/driver-faults';
import { isEmpty, openSharedFile } from '../../sqlite/own-files';
import type { LedgerTree } from '../ledger-tree';
import { openLedgerTables } from './ledger-tables';

/** The file is a database of another application, or none at all. */
export class LedgerFileUnknown extends Error {
  override readonly name = 'LedgerFileUnknown';
  readonly code = 'LEDGER_FILE_UNKNOWN';
}

/** "SAML": tells our files from other people's. */
const APPLICATION_ID = 0x53414d4c;

export interface LedgerFile {
  readonly tree: LedgerTree;
  close(): void;
}

/**
 * Opens the tree of a log that is kept elsewhere, or one in memory (`:memory:`). A crash loses at most what the log
 * gives again.
 *
 * @throws LedgerFileUnknown
 */
export function openLedgerFile(path: string, prefixes: readonly string[]): LedgerFile {
  try {
    return openSharedFile(path, (database) => {
      refuseForeign(database, path);
      database.pragma('journal_mode = WAL');
      database.pragma('synchronous = NORMAL');
      const { tree } = openLedgerTables(doorTo(database), prefixes);
      return { tree, close: () => void database.close() };
    });
  } catch (error) {
    if (!tellsDamage(error)) throw error;
    throw new LedgerFileUnknown(`${path} is no database, or a damaged one. Delete it: it is made anew from the log.`);
  }
}

function refuseForeign(database: Database.Database, path: string): void {
  const application = database.pragma('application_id', { simple: true });
  if (!isEmpty(database) && application !== APPLICATION_ID) {
    throw new LedgerFileUnknown(`${path} is a database of another application. Move it out of the way.`);
  }
  database.pragma(`application_id = ${APPLICATION_ID}`);
}

function doorTo(database: Database.Database): StatementDoor {
  return {
    exec: (sql) => void database.exec(sql),
    prepare: (sql) => {
      const statement = database.prepare<DoorValue[], DoorRow>(sql);
      return {
        run: (...values) => void statement.run(...values),
        get: (...values) => statement.get(...values),
        all: (...values) => statement.all(...values),
      };
    },
  };
}
