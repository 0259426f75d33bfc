import type { DoorRow, StatementDoor } from '../../event-store/append-sink';
import type { Position } from '../../event-store/event-store';
import { LEAF_BYTES } from '../leaf';
import { LedgerDiverged } from '../ledger-faults';

/** Leaves of a block that were written together: what stands in them, and where their events are. */
export interface LeafRun {
  readonly first: number;
  readonly leaves: Uint8Array;
  readonly positions: string;
}

/** Rows of runs, by their first leaf. A row for every leaf would take twice the time of an append. */
export interface LeafRuns {
  insert(run: LeafRun): void;
  last(): LeafRun | undefined;
  /** The run that a leaf is in. @throws LedgerDiverged it is not there any more */
  around(index: number): LeafRun;
  /** Runs from the one that holds `from` on, up to those that begin before `to`, at most {@link PAGE_RUNS}. */
  page(from: number, to: number): readonly LeafRun[];
}

export const PAGE_RUNS = 256;

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS ledger_leaves (
    first INTEGER PRIMARY KEY,
    positions TEXT NOT NULL,
    leaves BLOB NOT NULL
  ) STRICT`;

export function openLeafRuns(door: StatementDoor): LeafRuns {
  door.exec(SCHEMA);
  const columns = 'SELECT first, positions, leaves FROM ledger_leaves';
  const insert = door.prepare('INSERT INTO ledger_leaves (first, positions, leaves) VALUES (?, ?, ?)');
  const last = door.prepare(`${columns} ORDER BY first DESC LIMIT 1`);
  const around = door.prepare(`${columns} WHERE first <= ? ORDER BY first DESC LIMIT 1`);
  const page = door.prepare(`
    ${columns} WHERE first < ? AND first >= (
      SELECT coalesce(max(first), 0) FROM ledger_leaves WHERE first <= ?
    ) ORDER BY first LIMIT ${PAGE_RUNS}`);
  return {
    insert: ({ first, positions, leaves }) => insert.run(first, positions, leaves),
    last: () => runOf(last.get()),
    around: (index) => {
      const run = runOf(around.get(index));
      if (run === undefined || index >= endOf(run)) throw leafGone(index);
      return run;
    },
    page: (from, to) => page.all(to, from).flatMap((row) => runOf(row) ?? []),
  };
}

function runOf(row: DoorRow | undefined): LeafRun | undefined {
  if (row === undefined) return undefined;
  const { first, positions, leaves } = row;
  if (typeof first !== 'number' || typeof positions !== 'string' || !(leaves instanceof Uint8Array)) throw misshapen();
  const count = leaves.length / LEAF_BYTES;
  if (!Number.isSafeInteger(count) || count === 0 || !POSITIONS.test(positions)) throw misshapen();
  const given = positions.split(' ').length;
  if (given !== 1 && given !== count) throw misshapen();
  return { first, positions, leaves };
}

/** A position, or several with a space between. */
const POSITIONS = /^[^ ]+( [^ ]+)*$/;

function misshapen(): LedgerDiverged {
  return new LedgerDiverged('TREE_ALTERED', 'A row of leaves has not the form it was written in.');
}

export function leafGone(index: number): LedgerDiverged {
  return new LedgerDiverged('TREE_ALTERED', `The tree has lost leaf ${index}.`);
}

/** The leaf after a run's last. */
export function endOf({ first, leaves }: LeafRun): number {
  return first + leaves.length / LEAF_BYTES;
}

export function leafIn(run: LeafRun, index: number): Uint8Array {
  const offset = (index - run.first) * LEAF_BYTES;
  return run.leaves.subarray(offset, offset + LEAF_BYTES);
}

/** Positions as text: of numbers that follow each other only the first, else all of them with spaces between. */
export function packPositions(positions: readonly (Position | number)[]): string {
  const [first = ''] = positions;
  const start = Number(first);
  const follow = positions.every((position, place) => Number(position) === start + place);
  return follow && Number.isSafeInteger(start + positions.length) ? String(first) : positions.join(' ');
}

/** Positions of a run's leaves, in their order. */
export function positionsIn({ positions, leaves }: LeafRun): readonly Position[] {
  const all = positions.split(' ');
  const count = leaves.length / LEAF_BYTES;
  if (all.length === count) return all as Position[];
  return Array.from({ length: count }, (_, place) => String(Number(positions) + place) as Position);
}
