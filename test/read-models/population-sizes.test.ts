import { population } from '../../projections/population';
import { epochMsOf, type Instant } from '../../src/domain/time';
import { type KnownMove, OUTSIDE } from '../../src/read-models/sqlite/population-move-run';
import { ScopeMoves } from '../../src/read-models/sqlite/population-moves';
import { RunningCounts } from '../../src/read-models/sqlite/population-running-counts';
import { populationSizes } from '../../src/read-models/sqlite/population-sizes';
import { tableName } from '../../src/read-models/sqlite/table-names';
import { tablesOfHistory } from '../projections/support/tables-of-history';
import { crowdHistory } from '../support/crowd-story';
import { randomInstant, ToldLog } from '../support/told-log';
import { seededRandom } from './support/random-history';

/** How many people are in each group is the same wherever moves are kept. TEST_SEED replays what failed. */
const seed = Number(process.env.TEST_SEED ?? Math.floor(Math.random() * 2 ** 31));
const PEOPLE = 60;
const MOMENTS = 200;

test('sizes of groups are the same from memory and from the tables, at any instant on both axes', async () => {
  const { events, policies } = crowdHistory(seededRandom(seed), PEOPLE);
  const { database } = tablesOfHistory(events);
  const state = { n: events.length };
  const inMemory = populationSizes(database, () => state);
  const inTables = populationSizes(database, () => state, 0);
  const dice = new ToldLog(seededRandom(-seed));
  const scopes = [-1, ...policies.map((_, place) => place + 1)];
  let people = 0;
  for (let moment = 0; moment < MOMENTS; moment += 1) {
    const n = moment % 2 === 0 ? events.length : dice.below(events.length + 1);
    const t = epochMsOf(randomInstant(dice, events));
    for (const scope of scopes) {
      const kept = await inMemory.sizesAt(scope, t, n);
      const stored = await inTables.sizesAt(scope, t, n);
      expect({ seed, scope, t, n, sizes: [...stored.sizes] }).toEqual({ seed, scope, t, n, sizes: [...kept.sizes] });
      people += kept.sizes.reduce((sum, size) => sum + size, 0);
    }
  }
  expect(people).toBeGreaterThan(MOMENTS);
  database.close();
});

test('after moves could not be read to the end, none of them counts twice', async () => {
  const { events, policies } = crowdHistory(seededRandom(seed), PEOPLE);
  const { database } = tablesOfHistory(events);
  const state = { n: events.length };
  const sizes = populationSizes(database, () => state);
  const t = epochMsOf(events.at(-1)?.at ?? ('' as Instant));
  const groups = tableName(population, 'groups');
  const scope = policies.length;
  const gone = database
    .prepare<[number], StoredGroup>(
      `SELECT * FROM ${groups} WHERE number >= (SELECT max(number) FROM ${groups} WHERE scope = ?)`,
    )
    .all(scope);
  for (const { number } of gone) database.prepare(`DELETE FROM ${groups} WHERE number = ?`).run(number);
  await expect(sizes.sizesAt(scope, t, state.n)).rejects.toThrow('a group that there is not');
  for (const row of gone) database.prepare(`INSERT INTO ${groups} VALUES (@number, @scope, @segment, @state)`).run(row);
  const kept = await sizes.sizesAt(scope, t, state.n);
  const stored = await populationSizes(database, () => state, 0).sizesAt(scope, t, state.n);
  expect({ seed, sizes: [...kept.sizes] }).toEqual({ seed, sizes: [...stored.sizes] });
  database.close();
});

interface StoredGroup {
  readonly number: number;
  readonly scope: number;
  readonly segment: number;
  readonly state: number;
}

test('moves in memory add up to what looking at each of them gives, also where clocks step back', () => {
  const random = seededRandom(seed);
  const below = (bound: number) => Math.floor(random() * bound);
  const moves = new ScopeMoves();
  const all: KnownMove[] = [];
  let slots = 1;
  for (let k = 1; k <= 12_000; k += 1) {
    if (random() < 0.02) slots += 1;
    const move = { k, t: k * 10 + below(40), leaves: below(slots + 1) - 1, enters: below(slots + 1) - 1 };
    const late = { k, t: below(150_000), leaves: below(slots + 1) - 1, enters: below(slots + 1) - 1 };
    moves.take(move, true, slots);
    moves.take(late, false, slots);
    all.push(move, late);
    if (k % 500 !== 0) continue;
    for (let question = 0; question < 4; question += 1) {
      const [t, n] = [below(160_000), question === 0 ? k : below(k + 1)];
      const expected = new Int32Array(slots);
      const add = (slot: number, by: number) => {
        if (slot !== OUTSIDE) expected[slot] = (expected[slot] ?? 0) + by;
      };
      for (const each of all.filter((move) => move.t <= t && move.k <= n)) {
        add(each.leaves, -1);
        add(each.enters, 1);
      }
      expect({ seed, t, n, sizes: [...moves.sizesAt(t, n, slots)] }).toEqual({ seed, t, n, sizes: [...expected] });
    }
  }
  expect(moves.size).toBe(all.length);
});

test('counts along the moves are those of the groups, whatever was told before and after the interval', () => {
  const random = seededRandom(seed);
  const below = (bound: number) => Math.floor(random() * bound);
  const CLASSES = 7;
  const classOf = (slot: number) => slot % CLASSES;
  const bounds = [Number.NEGATIVE_INFINITY, 30_000, 60_000, 130_000, Number.POSITIVE_INFINITY];
  let held = 0;
  const intervals = bounds.slice(1).map((until, place) => {
    const from = bounds[place] ?? 0;
    const running = new RunningCounts(from, until, classOf, (count) => {
      held += count;
    });
    return { from: Math.max(from, 0), until: Math.min(until, 160_000), running };
  });
  const moves = new ScopeMoves();
  let slots = 1;
  for (let k = 1; k <= 15_000; k += 1) {
    if (random() < 0.02) slots += 1;
    const slot = () => below(slots + 1) - 1;
    moves.take({ k, t: k * 8 + below(20), leaves: slot(), enters: slot() }, true, slots);
    moves.take({ k, t: below(150_000), leaves: slot(), enters: slot() }, false, slots);
    if (k % 300 !== 0) continue;
    for (const { from, until, running } of intervals) {
      // Some are asked of seldom, and have much to catch up with.
      if (random() < 0.5) continue;
      while (!running.follow(moves, slots)) expect(held).toBeGreaterThan(0);
      const t = from + below(until - from);
      const expected = new Array<number>(CLASSES).fill(0);
      for (const [place, size] of moves.sizesAt(t, k, slots).entries()) {
        expected[classOf(place)] = (expected[classOf(place)] ?? 0) + size;
      }
      const counts = running.at(t, moves);
      const found = expected.map((_, place) => counts[place] ?? 0);
      expect({ seed, k, t, from, found }).toEqual({ seed, k, t, from, found: expected });
    }
  }
  expect(held).toBeGreaterThan(0);
});
