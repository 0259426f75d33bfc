import type Database from 'better-sqlite3';
import type { Projection } from '../../../projections/projection';
import type { ReadModelStorage } from '../projection-tables';
import { openProjectionTables, swapBuilds } from './projection-tables';

/**
 * The tables of all projections in one file. Ordinals depend on which categories are read, so tables that were made
 * over others are begun anew.
 */
export function readModelStorage(
  database: Database.Database,
  projections: readonly Projection[],
  prefixes: readonly string[],
): ReadModelStorage {
  discardBuild(database, projections, 'next');
  if (readOver(database, prefixes)) discardBuild(database, projections, 'live');
  rememberOver(database, prefixes);
  let live = openProjectionTables(database, projections, 'live');
  const reopen = () => {
    live = openProjectionTables(database, projections, 'live');
  };
  let made = projections;
  return {
    live: () => live,
    beginRebuild: (names) => {
      discardBuild(database, projections, 'next');
      made = projections.filter(({ name }) => names?.includes(name) ?? true);
      return openProjectionTables(database, made, 'next');
    },
    swap: () => {
      swapBuilds(database, made);
      reopen();
    },
    reset: () => {
      live.discard();
      reopen();
    },
  };
}

function discardBuild(database: Database.Database, projections: readonly Projection[], build: 'live' | 'next'): void {
  const begun = database
    .prepare<[string], number>('SELECT count(*) FROM checkpoints WHERE build = ?')
    .pluck()
    .get(build);
  if (begun) openProjectionTables(database, projections, build).discard();
}

/** True when the tables were made over other categories. */
function readOver(database: Database.Database, prefixes: readonly string[]): boolean {
  const before = database.prepare<[], string>(`SELECT value FROM settings WHERE name = 'prefixes'`).pluck().get();
  return before !== undefined && before !== textOf(prefixes);
}

function rememberOver(database: Database.Database, prefixes: readonly string[]): void {
  database.prepare(`INSERT OR REPLACE INTO settings (name, value) VALUES ('prefixes', ?)`).run(textOf(prefixes));
}

function textOf(prefixes: readonly string[]): string {
  return JSON.stringify([...prefixes].sort());
}
