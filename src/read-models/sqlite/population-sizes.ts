import type Database from 'better-sqlite3';
import { population } from '../../../projections/population';
import { type Group, populationGroups } from './population-groups';
import { loadedMoves, mostMovesInMemory } from './population-loading';
import type { ScopeMoves } from './population-moves';
import type { TablesState } from './remembered-answers';
import { tableName } from './table-names';

export interface PopulationSizes {
  /** How many people are in each group of a scope at an instant, as known after `n` events. */
  sizesAt(scope: number, t: number, n: number): Promise<SizedGroups>;
  groupsOf(scope: number): readonly Group[];
  /** As far as the tables go by now. Undefined where there are too many to keep in memory. */
  movesOf(scope: number): Promise<ScopeMoves | undefined>;
  /** Ids of the people who came to a group, and others who left it, between two instants, the first excluded. */
  passersBy(group: Group, after: number, until: number, n: number): readonly string[];
  /** Those who ever came to any of the groups, or left it; by registration. Undefined: more than can be named. */
  comers(groups: readonly Group[], until: number, n: number, after: number): readonly Comer[] | undefined;
}

export interface SizedGroups {
  /** By slot. */
  readonly groups: readonly Group[];
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
      `SELECT id FROM ${table('people')} WHERE number IN (
         SELECT person FROM ${table('moves')} WHERE enters = @grouped AND t > @after AND t <= @until AND k <= @n
         UNION
         SELECT person FROM ${table('moves')} WHERE leaves = @grouped AND t > @after AND t <= @until AND k <= @n)`,
    )
    .pluck();
  const rowsUntil = database
    .prepare<[number, number, number, number], number>(
      `SELECT (SELECT count(*) FROM ${table('moves')} WHERE enters = ? AND t <= ?)
         + (SELECT count(*) FROM ${table('moves')} WHERE leaves = ? AND t <= ?)`,
    )
    .pluck();
  const placeOf = database.prepare<[string], number>(`SELECT number FROM ${table('people')} WHERE id = ?`).pluck();
  const groupsOf = populationGroups(database);
  const load = loadedMoves(database, state, groupsOf, mostMoves);
  const stored = storedMoves(database, groupsOf.slotOf);

  return {
    groupsOf: groupsOf.ofScope,
    movesOf: load,
    sizesAt: async (scope, t, n) => {
      const moves = await load(scope);
      const groups = groupsOf.ofScope(scope);
      return { groups, sizes: moves?.sizesAt(t, n, groups.length) ?? stored(scope, groups, t, n) };
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

/** Of a scope that has too many moves to be kept in memory: all of them are added up. */
function storedMoves(database: Database.Database, slotOf: (group: number) => number) {
  const moves = tableName(population, 'moves');
  const sums = database.prepare<[{ scope: number; t: number; n: number }], { grouped: number; size: number }>(
    `SELECT grouped, sum(by) AS size FROM (
       SELECT enters AS grouped, 1 AS by FROM ${moves} WHERE scope = @scope AND k <= @n AND t <= @t
       UNION ALL
       SELECT leaves, -1 FROM ${moves} WHERE scope = @scope AND k <= @n AND t <= @t)
     WHERE grouped <> 0 GROUP BY grouped`,
  );
  return (scope: number, groups: readonly Group[], t: number, n: number): Int32Array => {
    const sizes = new Int32Array(groups.length);
    for (const { grouped, size } of sums.iterate({ scope, t, n })) sizes[slotOf(grouped)] = size;
    return sizes;
  };
}
