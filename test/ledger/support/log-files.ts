import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';

/** The files of a node as they are while it runs, which is what a kill leaves behind: log and keys, and no lock. */
export function copyAsKilled(from: string, to: string): string {
  mkdirSync(join(to, 'data'), { recursive: true });
  for (const name of ['events.db', 'events.db-wal']) cpSync(join(from, 'data', name), join(to, 'data', name));
  cpSync(join(from, 'keys'), join(to, 'keys'), { recursive: true });
  return to;
}

/** Does something with the file of a log that nobody has open, as somebody with a tool for SQLite and no keys may. */
export function withLogFile<Answer>(directory: string, work: (database: Database.Database) => Answer): Answer {
  const database = new Database(join(directory, 'data', 'events.db'));
  try {
    return work(database);
  } finally {
    database.close();
  }
}

/** Runs statements on such a file. */
export function rewriteLog(directory: string, ...statements: readonly string[]): void {
  withLogFile(directory, (database) => database.exec(statements.join(';')));
}

/** First leaf and number of leaves of every run in the file of a log that nobody has open. */
export function runsIn(directory: string): readonly (readonly [number, number])[] {
  const runs = 'SELECT first, length(leaves) / 64 FROM ledger_leaves ORDER BY first';
  return withLogFile(directory, (database) => database.prepare<[], [number, number]>(runs).raw().all());
}
