import { renameSync } from 'node:fs';
import Database from 'better-sqlite3';

/** The log's tables as releases made them before events had marks, with the leaves of every append in a run of its own. */
const FORMER_SCHEMA = `
  CREATE TABLE categories (category INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
  CREATE TABLE streams (
    stream INTEGER PRIMARY KEY,
    uuid BLOB NOT NULL,
    category INTEGER NOT NULL,
    UNIQUE (uuid, category)
  ) STRICT;
  CREATE TABLE event_types (event_type INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
  CREATE TABLE events (
    position INTEGER PRIMARY KEY,
    stream INTEGER NOT NULL,
    version INTEGER NOT NULL,
    category INTEGER NOT NULL,
    event_type INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    id BLOB NOT NULL,
    data TEXT NOT NULL,
    metadata TEXT NOT NULL,
    UNIQUE (stream, version)
  ) STRICT;
  CREATE INDEX events_by_category ON events (category);
  CREATE TABLE ledger_leaves (
    first INTEGER PRIMARY KEY,
    positions TEXT NOT NULL,
    leaves BLOB NOT NULL
  ) STRICT;
  CREATE TABLE ledger_nodes (node INTEGER PRIMARY KEY, hash BLOB NOT NULL) STRICT;
  CREATE TABLE ledger_settings (name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
`;
const EVENTS = 'position, stream, version, category, event_type, recorded_at, id, data, metadata';
const LEAF_BYTES = 64;
const BLOCK_LEAVES = 256;

/** Writes a closed log as a release before would have left it. @param together leaves that were appended together */
export function toFormerFormat(path: string, together: number): void {
  const draft = `${path}.former`;
  const log = new Database(draft);
  log.exec(FORMER_SCHEMA);
  log.pragma(`application_id = ${0x53414d54}`);
  log.pragma('user_version = 1');
  log.prepare('ATTACH ? AS now').run(path);
  for (const table of ['categories', 'streams', 'event_types', 'ledger_nodes', 'ledger_settings']) {
    log.exec(`INSERT INTO main.${table} SELECT * FROM now.${table}`);
  }
  log.exec(`INSERT INTO main.events (${EVENTS}) SELECT ${EVENTS} FROM now.events`);
  const runs = log
    .prepare<[], { first: number; positions: string; leaves: Buffer }>('SELECT * FROM now.ledger_leaves ORDER BY first')
    .all();
  const leaves = Buffer.concat(runs.map((run) => run.leaves));
  const positions = runs.flatMap((run) => {
    const given = run.positions.split(' ');
    const count = run.leaves.length / LEAF_BYTES;
    return given.length === count
      ? given
      : Array.from({ length: count }, (_, index) => String(Number(given[0]) + index));
  });
  const insert = log.prepare('INSERT INTO main.ledger_leaves VALUES (?, ?, ?)');
  for (let first = 0; first < positions.length; ) {
    const end = Math.min(first + together, positions.length, first - (first % BLOCK_LEAVES) + BLOCK_LEAVES);
    insert.run(first, positions.slice(first, end).join(' '), leaves.subarray(first * LEAF_BYTES, end * LEAF_BYTES));
    first = end;
  }
  log.exec('DETACH now');
  log.close();
  renameSync(draft, path);
}
