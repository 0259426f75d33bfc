import { totalmem } from 'node:os';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type Database from 'better-sqlite3';
import { population } from '../../../projections/population';
import type { PopulationGroups } from './population-groups';
import { OUTSIDE } from './population-move-run';
import { ScopeMoves } from './population-moves';
import type { TablesState } from './remembered-answers';
import { tableName } from './table-names';

type MoveRow = readonly [
  k: number,
  person: number,
  place: number,
  t: number,
  leaves: number,
  enters: number,
  live: number,
];

interface Kept {
  readonly moves: ScopeMoves;
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
  // Millions of rows may be read: as lists, which are made sooner than objects.
  const movesAfter = database
    .prepare<number[], MoveRow>(
      `SELECT k, person, place, t, leaves, enters, live FROM ${tableName(population, 'moves')}
       WHERE scope = ? AND (k, person, place) > (?, ?, ?) AND k <= ? ORDER BY k, person, place LIMIT ?`,
    )
    .raw();
  const scopes = new Map<number, Kept>();
  const tooLarge = new Set<number>();
  let reading: Promise<unknown> = Promise.resolve();

  async function follow(scope: number, { moves, known }: Kept, n: number): Promise<void> {
    const slotOf = (group: number) => (group === 0 ? OUTSIDE : groups.slotOf(group));
    let [k, person, place] = [known, Number.MAX_SAFE_INTEGER, 0];
    for (;;) {
      const rows = movesAfter.all(scope, k, person, place, n, MOVES_PER_TURN);
      const slots = groups.ofScope(scope).length;
      for (const [knownFrom, , , t, leaves, enters, live] of rows) {
        moves.take({ k: knownFrom, t, leaves: slotOf(leaves), enters: slotOf(enters) }, live === 1, slots);
      }
      const last = rows.at(-1);
      if (!last || rows.length < MOVES_PER_TURN || !hasRoom()) return;
      [k, person, place] = last;
      await nextTurn();
    }
  }

  function hasRoom(): boolean {
    return [...scopes.values()].reduce((sum, { moves }) => sum + moves.size, 0) <= mostMoves;
  }

  async function load(scope: number): Promise<ScopeMoves | undefined> {
    const { n } = state();
    if (tooLarge.has(scope)) return undefined;
    const kept = scopes.get(scope) ?? { moves: new ScopeMoves(), known: 0 };
    if (kept.known === n) return kept.moves;
    scopes.set(scope, kept);
    try {
      await follow(scope, kept, n);
    } catch (error) {
      // Some of them were taken: the next one to ask begins anew, so that none is taken twice.
      scopes.delete(scope);
      throw error;
    }
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
