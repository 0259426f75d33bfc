import type Database from 'better-sqlite3';
import { clock } from '../../../projections/clock';
import { facts } from '../../../projections/facts';
import { population } from '../../../projections/population';
import { type Group, type GroupsOfScope, populationGroups } from './population-groups';
import { loadedMoves, mostMovesInMemory } from './population-loading';
import type { TablesState } from './remembered-answers';
import { tableName } from './table-names';

export interface PopulationSizes {
  /** How many people are in each group of a scope at an instant, as known after `n` events. */
  sizesAt(scope: number, t: number, n: number): Promise<SizedGroups>;
  /** Ids of the people who came to a group, and others who left it, between two instants, the first excluded. */
  passersBy(group: Group, after: number, until: number, n: number): readonly string[];
  /** Those who ever came to any of the groups, or left it; by registration. Undefined: more than can be named. */
  comers(groups: readonly Group[], until: number, n: number, after: number): readonly Comer[] | undefined;
}

export interface SizedGroups extends GroupsOfScope {
  /** In the same order. */
  readonly sizes: Int32Array;
}

export interface Comer {
  readonly id: string;
  readonly n: number;
}

interface Passing {
  readonly grouped: number;
  readonly after: number;
  readonly until: number;
  readonly n: number;
}

/** Most moves that are looked through for who came to groups. */
const MAX_COMINGS = 5_000;

/** @param mostMoves kept in memory; by default as many as the memory of the machine allows */
export function populationSizes(
  database: Database.Database,
  state: TablesState,
  mostMoves = mostMovesInMemory(),
): PopulationSizes {
  const table = (name: string) => tableName(population, name);
  const passing = database
    .prepare<[Passing], string>(
      `SELECT substr(stream, ${'subject-'.length + 1}) FROM (SELECT DISTINCT fact.subject AS number
         FROM ${table('moves')} JOIN ${tableName(facts, 'facts')} AS fact ON fact.n = k
         WHERE grouped = @grouped AND t > @after AND t <= @until AND k <= @n)
       JOIN ${tableName(facts, 'streams')} USING (number)
       UNION
       SELECT id FROM (SELECT DISTINCT person AS number FROM ${table('late')}
         WHERE grouped = @grouped AND t > @after AND t <= @until AND k <= @n)
       JOIN ${table('people')} USING (number)`,
    )
    .pluck();
  const rowsUntil = database
    .prepare<[number, number, number, number], number>(
      `SELECT (SELECT count(*) FROM ${table('moves')} WHERE grouped = ? AND t <= ?)
         + (SELECT count(*) FROM ${table('late')} WHERE grouped = ? AND t <= ?)`,
    )
    .pluck();
  const placeOf = database.prepare<[string], number>(`SELECT number FROM ${table('people')} WHERE id = ?`).pluck();
  const groupsOf = populationGroups(database);
  const load = loadedMoves(database, state, groupsOf, mostMoves);
  const stored = storedMoves(database, state, groupsOf.slotOf);

  return {
    sizesAt: async (scope, t, n) => {
      const moves = await load(scope);
      const { groups, segments } = groupsOf.ofScope(scope);
      return { groups, segments, sizes: moves?.sizesAt(t, n, groups.length) ?? stored(scope, groups, t, n) };
    },
    comers: (groups, until, n, after) => {
      const ids = new Set<string>();
      let rows = 0;
      for (const { number: grouped } of groups) {
        rows += rowsUntil.get(grouped, until, grouped, until) ?? 0;
        if (rows > MAX_COMINGS) return undefined;
        for (const id of passing.all({ grouped, after: Number.MIN_SAFE_INTEGER, until, n })) ids.add(id);
      }
      const places = [...ids].map((id) => ({ id, n: placeOf.get(id) ?? 0 }));
      return places.filter((place) => place.n > after).sort((a, b) => a.n - b.n);
    },
    passersBy: ({ number: grouped }, after, until, n) => passing.all({ grouped, after, until, n }),
  };
}

/** Of a scope that has too many moves to be kept in memory: one search for each group, and all late moves added up. */
function storedMoves(database: Database.Database, state: TablesState, slotOf: (group: number) => number) {
  const table = (name: string) => tableName(population, name);
  const lastMove = database
    .prepare<[number, number], number>(
      `SELECT so_far FROM ${table('moves')} WHERE grouped = ? AND t <= ? ORDER BY t DESC, k DESC LIMIT 1`,
    )
    .pluck();
  const lastMoveKnown = database
    .prepare<[number, number, number, number], number>(
      `SELECT so_far FROM ${table('moves')} WHERE grouped = ? AND (t, k) <= (?, ?) AND k <= ?
       ORDER BY t DESC, k DESC LIMIT 1`,
    )
    .pluck();
  const liveUntil = database
    .prepare<[number], number>(`SELECT live_ms FROM ${tableName(clock, 'ticks')} WHERE n = ?`)
    .pluck();
  const anyFault = database
    .prepare<[number], number>(`SELECT 1 FROM ${tableName(clock, 'faults')} WHERE n <= ? LIMIT 1`)
    .pluck();

  const late = database.prepare<[number, number, number], { readonly grouped: number; readonly sum: number }>(
    `SELECT grouped, sum(by) AS sum FROM ${table('late')} WHERE scope = ? AND k <= ? AND t <= ? GROUP BY grouped`,
  );

  return (scope: number, groups: readonly Group[], t: number, n: number): Int32Array => {
    const isHead = n >= state().n;
    // As they happened, moves come in the order of both axes: all that are known at `n` are of the bound or before.
    const bound = isHead || anyFault.get(n) ? Number.MAX_SAFE_INTEGER : (liveUntil.get(n) ?? 0);
    const known = bound < t ? n : Number.MAX_SAFE_INTEGER;
    const sizes = Int32Array.from(groups, ({ number }) => {
      if (isHead) return lastMove.get(number, t) ?? 0;
      return lastMoveKnown.get(number, Math.min(t, bound), known, n) ?? 0;
    });
    for (const { grouped, sum } of late.iterate(scope, n, t)) {
      const slot = slotOf(grouped);
      sizes[slot] = (sizes[slot] ?? 0) + sum;
    }
    return sizes;
  };
}
