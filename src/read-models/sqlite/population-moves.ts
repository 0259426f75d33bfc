import { type KnownMove, MoveRun } from './population-move-run';

/** Newest moves in no order of time, which every question looks at, before they are sorted. */
const MOST_FRESH = 4_096;
/** A run is merged with the one before it when that one is no more than so many times as long. */
const RUN_RATIO = 8;
/**
 * Runs do not grow beyond this: a question about an earlier place in the log passes by what was not known then in one
 * of them, as those before were known and those after were not.
 */
const MOST_IN_RUN = 1_000_000;

/**
 * The moves between the groups of one scope in memory. How many are in each group is a few searches and short walks
 * where everything is known that the log holds; at an earlier place in the log, what was not known there by then is
 * walked past, a million in milliseconds. 20 bytes a move, and up to 32 for sums.
 */
export class ScopeMoves {
  readonly #live = new MoveRun();
  /** Told of a time that was past, and of one to come: of the latter nearly all are known when their time has come. */
  readonly #late = new ScatteredMoves();
  readonly #ahead = new ScatteredMoves();
  #known = 0;

  get size(): number {
    return this.#live.length + this.#late.size + this.#ahead.size;
  }

  /** Ordinal of the last event that moved anybody. */
  get known(): number {
    return this.#known;
  }

  /** In the order of time each; the others are {@link fresh}. A run that was asked for once may go on at its end. */
  get runs(): readonly MoveRun[] {
    return [this.#live, ...this.#late.runs, ...this.#ahead.runs];
  }

  get fresh(): readonly (readonly KnownMove[])[] {
    return [this.#late.fresh, this.#ahead.fresh];
  }

  /**
   * @param move in the order of the log, after those that were taken before
   * @param isLive told as it happened
   */
  take(move: KnownMove, isLive: boolean, slots: number): void {
    this.#known = move.k;
    const isNext = this.#live.isNext(move);
    // Clocks of nodes differ by moments: what steps back stands among the late ones.
    if (isLive && isNext) this.#live.push(move, slots);
    else if (isNext) this.#ahead.take(move, slots);
    else this.#late.take(move, slots);
  }

  /** How many are in the group of each slot at an instant, as known after `n` events. */
  sizesAt(t: number, n: number, slots: number): Int32Array {
    // The first place is for those outside.
    const sizes = new Int32Array(slots + 1);
    for (const run of this.runs) run.addTo(sizes, t, n);
    for (const moves of this.fresh) {
      for (const { t: from, k, leaves, enters } of moves) {
        if (from > t || k > n) continue;
        sizes[leaves + 1] = (sizes[leaves + 1] ?? 0) - 1;
        sizes[enters + 1] = (sizes[enters + 1] ?? 0) + 1;
      }
    }
    return sizes.subarray(1);
  }
}

/** Moves in no order of time: in runs that follow each other in the log, the last ones shorter, and the newest unsorted. */
class ScatteredMoves {
  #runs: readonly MoveRun[] = [];
  #fresh: KnownMove[] = [];

  get size(): number {
    return this.#runs.reduce((sum, { length }) => sum + length, this.#fresh.length);
  }

  get runs(): readonly MoveRun[] {
    return this.#runs;
  }

  get fresh(): readonly KnownMove[] {
    return this.#fresh;
  }

  take(move: KnownMove, slots: number): void {
    this.#fresh.push(move);
    if (this.#fresh.length >= MOST_FRESH) this.#sortIn(slots);
  }

  #sortIn(slots: number): void {
    const run = new MoveRun();
    for (const move of this.#fresh.sort((a, b) => a.t - b.t || a.k - b.k)) run.push(move, slots);
    this.#fresh = [];
    const runs = [...this.#runs, run];
    for (;;) {
      const [before, last] = runs.slice(-2);
      if (!before || !last || before.length > RUN_RATIO * last.length) break;
      if (before.length + last.length > MOST_IN_RUN) break;
      runs.splice(-2, 2, before.mergedWith(last, slots));
    }
    this.#runs = runs;
  }
}
