import { totalmem } from 'node:os';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type Database from 'better-sqlite3';
import { population } from '../../../projections/population';
import type { PopulationGroups } from './population-groups';
import { ScopeMoves } from './population-moves';
import type { TablesState } from './remembered-answers';
import { tableName } from './table-names';

interface LiveRow {
  readonly k: number;
  readonly t: number;
  readonly grouped: number;
  readonly so_far: number;
}

interface LateRow {
  readonly k: number;
  readonly t: number;
  readonly grouped: number;
  readonly person: number;
  readonly by: number;
}

interface Kept {
  readonly moves: ScopeMoves;
  /** How many are in the group of each slot by the moves taken so far as they happened. */
  readonly soFar: number[];
  /** The ordinal up to which moves were taken. */
  known: number;
}

/** Moves read in one turn, before others get theirs. */
const MOVES_PER_TURN = 10_000;
const BYTES_PER_MOVE = 52;
/** Of the memory of the machine, or of the container, that may hold moves of all scopes. */
const SHARE_OF_MEMORY = 1 / 8;

/**
 * The moves of scopes in memory, read when first asked for and followed from then on.
 *
 * @param mostMoves of all scopes together
 * @returns undefined for a scope that has more than there is room for
 */
export function loadedMoves(
  database: Database.Database,
  state: TablesState,
  groups: PopulationGroups,
  mostMoves: number,
): (scope: number) => Promise<ScopeMoves | undefined> {
  const table = (name: string) => tableName(population, name);
  const lateAfter = database.prepare<number[], LateRow>(
    `SELECT k, t, grouped, person, by FROM ${table('late')}
     WHERE scope = ? AND (k, t, grouped, person) > (?, ?, ?, ?) AND k <= ? ORDER BY k, t, grouped, person LIMIT ?`,
  );
  const liveAfter = database.prepare<number[], LiveRow>(
    `SELECT k, t, grouped, so_far FROM ${table('moves')}
     WHERE scope = ? AND (k, so_far, grouped) > (?, ?, ?) AND k <= ? ORDER BY k, so_far, grouped LIMIT ?`,
  );
  const scopes = new Map<number, Kept>();
  const tooLarge = new Set<number>();
  let reading: Promise<unknown> = Promise.resolve();

  async function followLive(scope: number, { moves, soFar, known }: Kept, n: number): Promise<void> {
    let [k, sum, grouped] = [known, Number.MAX_SAFE_INTEGER, 0];
    for (;;) {
      const rows = liveAfter.all(scope, k, sum, grouped, n, MOVES_PER_TURN);
      const slots = groups.ofScope(scope).groups.length;
      for (const row of rows) {
        const slot = groups.slotOf(row.grouped);
        moves.takeLive({ k: row.k, t: row.t, slot, by: row.so_far - (soFar[slot] ?? 0) }, slots);
        soFar[slot] = row.so_far;
      }
      const last = rows.at(-1);
      if (!last || rows.length < MOVES_PER_TURN || !hasRoom()) return;
      [k, sum, grouped] = [last.k, last.so_far, last.grouped];
      await nextTurn();
    }
  }

  async function followLate(scope: number, { moves, known }: Kept, n: number): Promise<void> {
    let [k, t, grouped, person] = [known, Number.MAX_SAFE_INTEGER, 0, 0];
    for (;;) {
      const rows = lateAfter.all(scope, k, t, grouped, person, n, MOVES_PER_TURN);
      const slots = groups.ofScope(scope).groups.length;
      for (const row of rows) {
        moves.takeLate({ k: row.k, t: row.t, slot: groups.slotOf(row.grouped), by: row.by }, slots);
      }
      const last = rows.at(-1);
      if (!last || rows.length < MOVES_PER_TURN || !hasRoom()) return;
      ({ k, t, grouped, person } = last);
      await nextTurn();
    }
  }

  function hasRoom(): boolean {
    return [...scopes.values()].reduce((sum, { moves }) => sum + moves.size, 0) <= mostMoves;
  }

  async function load(scope: number): Promise<ScopeMoves | undefined> {
    const { n } = state();
    if (tooLarge.has(scope)) return undefined;
    const kept = scopes.get(scope) ?? { moves: new ScopeMoves(), soFar: [], known: 0 };
    if (kept.known === n) return kept.moves;
    scopes.set(scope, kept);
    await followLive(scope, kept, n);
    await followLate(scope, kept, n);
    kept.known = n;
    if (hasRoom()) return kept.moves;
    // Those of one scope alone are too many, or those of several together: these may come again.
    if (scopes.size === 1) tooLarge.add(scope);
    scopes.clear();
    return undefined;
  }

  return (scope) => {
    const loaded = reading.then(() => load(scope));
    reading = loaded.catch(() => undefined);
    return loaded;
  };
}

export function mostMovesInMemory(): number {
  const constrained = process.constrainedMemory();
  const bytes = constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
  return Math.floor((bytes * SHARE_OF_MEMORY) / BYTES_PER_MOVE);
}
