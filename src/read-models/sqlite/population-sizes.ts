import { setImmediate as nextTurn } from 'node:timers/promises';
import type Database from 'better-sqlite3';
import { clock } from '../../../projections/clock';
import { facts } from '../../../projections/facts';
import { population } from '../../../projections/population';
import { type LateMove, LateMoves } from './population-late-moves';
import type { TablesState } from './remembered-answers';
import { tableName } from './table-names';

/** A group of people who stand alike, of a scope: a policy, or, negative, an organisation. */
export interface Group {
  readonly number: number;
  readonly segment: number;
  /** 0: none. */
  readonly state: number;
}

export interface PopulationSizes {
  /** How many people are in each group of a scope at an instant, as known after `n` events; empty ones left out. */
  sizesAt(scope: number, t: number, n: number): Promise<readonly (readonly [Group, number])[]>;
  /** Ids of the people who came to a group, and others who left it, between two instants, the first excluded. */
  passersBy(group: Group, after: number, until: number, n: number): readonly string[];
  /** Those who ever came to any of the groups, or left it; by registration. Undefined: more than can be named. */
  comers(groups: readonly Group[], until: number, n: number, after: number): readonly Comer[] | undefined;
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

interface StoredGroup extends Group {
  readonly t: number | null;
  readonly so_far: number | null;
}

/** With what is looked up at every question. */
interface GroupNow extends StoredGroup {
  /** Of the first move; later than all instants where there is none. */
  readonly first: number;
  /** Among the sums of late moves. */
  readonly slot: number;
}

interface Scope {
  readonly state: object;
  readonly slots: Slots;
  readonly groups: readonly GroupNow[];
}

/** Late moves read in one turn, before others get theirs. */
const MOVES_PER_TURN = 10_000;
/** Most late moves kept in memory, of all scopes; beyond them they are added up in the tables. */
const MAX_LATE_KEPT = 8_000_000;
const MAX_SCOPES = 1_000;
/** Most moves that are looked through for who came to groups. */
const MAX_COMINGS = 5_000;
const MAX_FIRSTS = 1_000_000;

export function populationSizes(database: Database.Database, state: TablesState): PopulationSizes {
  const table = (name: string) => tableName(population, name);
  const groupsOf = database.prepare<[number], StoredGroup>(
    `SELECT number, segment, state, t, so_far FROM ${table('groups')} AS each
     LEFT JOIN ${table('latest')} ON grouped = number WHERE scope = ? ORDER BY number`,
  );
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
  const firstMove = database
    .prepare<[number], number | null>(`SELECT min(t) FROM ${table('moves')} WHERE grouped = ?`)
    .pluck();
  const firsts = new Map<number, number>();
  const scopes = new Map<number, Scope>();
  const late = lateMovesOf(database, state);

  function scopeNow(scope: number, slots: Slots): Scope {
    const now = state();
    const known = scopes.get(scope);
    if (known?.state === now && known.slots === slots) return known;
    const groups = groupsOf.all(scope).map(({ number, segment, state: told, t, so_far }): GroupNow => {
      return { number, segment, state: told, t, so_far, first: firstOf(number), slot: slots.slotOf(number) };
    });
    const found = { state: now, slots, groups };
    if (scopes.size >= MAX_SCOPES) scopes.clear();
    scopes.set(scope, found);
    return found;
  }

  /** Moves as they happen are never put before others, so that the first stays the first. */
  function firstOf(group: number): number {
    const known = firsts.get(group);
    if (known !== undefined) return known;
    const first = firstMove.get(group) ?? Number.MAX_SAFE_INTEGER;
    if (firsts.size >= MAX_FIRSTS) firsts.clear();
    firsts.set(group, first);
    return first;
  }

  /** Moves as they happened come in the order of both axes: all that are known at `n` are of `bound` or before. */
  function moves({ number, t: last, so_far, first }: GroupNow, t: number, n: number, isHead: boolean, bound: number) {
    if (last === null || so_far === null || first > t) return 0;
    if (isHead) return last <= t ? so_far : (lastMove.get(number, t) ?? 0);
    return lastMoveKnown.get(number, Math.min(t, bound), bound < t ? n : Number.MAX_SAFE_INTEGER, n) ?? 0;
  }

  return {
    sizesAt: async (scope, t, n) => {
      const slots = await late.load(scope);
      const { groups } = scopeNow(scope, slots);
      const isHead = n >= state().n;
      const bound = isHead || anyFault.get(n) ? Number.MAX_SAFE_INTEGER : (liveUntil.get(n) ?? 0);
      const sums = slots.sumsAt(t, n);
      const sizes: [Group, number][] = [];
      for (const group of groups) {
        const size = moves(group, t, n, isHead, bound) + (sums[group.slot] ?? 0);
        if (size !== 0) sizes.push([group, size]);
      }
      return sizes;
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

type Slots = Pick<LateMoves, 'slotOf' | 'sumsAt'>;

/** The late moves of scopes, read when first asked for and followed from then on. */
function lateMovesOf(database: Database.Database, state: TablesState): { load(scope: number): Promise<Slots> } {
  const late = tableName(population, 'late');
  const next = database.prepare<number[], LateMove & { readonly person: number }>(
    `SELECT k, t, grouped, person, by FROM ${late} WHERE scope = ? AND (k, t, grouped, person) > (?, ?, ?, ?) AND k <= ?
     ORDER BY k, t, grouped, person LIMIT ?`,
  );
  const added = database.prepare<[number, number, number], { readonly grouped: number; readonly sum: number }>(
    `SELECT grouped, sum(by) AS sum FROM ${late} WHERE scope = ? AND k <= ? AND t <= ? GROUP BY grouped`,
  );
  const kept = new Map<number, LateMoves>();
  let reading: Promise<unknown> = Promise.resolve();

  /** False where they are too many to keep. */
  async function follow(moves: LateMoves, scope: number): Promise<boolean> {
    const { n } = state();
    let [k, t, grouped, person] = [moves.known, Number.MAX_SAFE_INTEGER, 0, 0];
    for (;;) {
      const found = next.all(scope, k, t, grouped, person, n, MOVES_PER_TURN);
      const last = found.at(-1);
      const whole = found.length < MOVES_PER_TURN;
      moves.take(found, whole ? n : (last?.k ?? n));
      if (!last || whole) return true;
      ({ k, t, grouped, person } = last);
      if ([...kept.values()].reduce((sum, { size }) => sum + size, 0) > MAX_LATE_KEPT) return false;
      await nextTurn();
    }
  }

  /** In the tables: groups stand in the order in which they are asked for. */
  function addedUp(scope: number): Slots {
    const slots = new Map<number, number>();
    return {
      slotOf: (group) => {
        const slot = slots.get(group) ?? slots.size;
        slots.set(group, slot);
        return slot;
      },
      sumsAt: (t, n) => {
        const sums = new Int32Array(slots.size);
        for (const { grouped, sum } of added.all(scope, n, t)) {
          const slot = slots.get(grouped);
          if (slot !== undefined) sums[slot] = sum;
        }
        return sums;
      },
    };
  }

  async function load(scope: number): Promise<Slots> {
    const { n } = state();
    let moves = kept.get(scope);
    // The tables were begun anew.
    if (moves && moves.known > n) moves = undefined;
    if (moves?.known === n) return moves;
    const fresh = moves ?? new LateMoves();
    kept.delete(scope);
    kept.set(scope, fresh);
    if (await follow(fresh, scope)) return fresh;
    kept.clear();
    return addedUp(scope);
  }

  return {
    load: (scope) => {
      const loaded = reading.then(() => load(scope));
      reading = loaded.catch(() => undefined);
      return loaded;
    },
  };
}
