import { type MoveRun, OUTSIDE } from './population-move-run';
import type { ScopeMoves } from './population-moves';

/** Moves between two remembered counts: what a question adds up one by one. */
const STRIDE = 128;
/** Moves added up before others get their turn. */
const MOVES_PER_TURN = 200_000;

/** Groups that are one to whoever counts, by slot of the group. */
export type ClassOf = (slot: number) => number;

interface CountsOfRun {
  /** How many moves there were before the interval when it was first asked about; it may be more by now. */
  readonly first: number;
  /** How many moves of the run were added up. */
  done: number;
  readonly current: Counts;
  /** After the first so many moves, and after every {@link STRIDE} more. */
  readonly counts: Int32Array[];
}

/**
 * How many people there are of each class of groups, at any instant of an interval and as known by now: added up along
 * the moves once, so that a question is a search and a short walk however many groups there are.
 */
export class RunningCounts {
  // Whoever has merged a run into another lets go of it, and of these.
  readonly #ofRuns = new WeakMap<MoveRun, CountsOfRun>();

  /**
   * @param from the first instant of the interval, in milliseconds
   * @param until the first one after it
   * @param classOf the same for the same slot as long as there is this
   * @param hold told how many numbers are kept more
   */
  constructor(
    private readonly from: number,
    private readonly until: number,
    private readonly classOf: ClassOf,
    private readonly hold: (count: number) => void,
  ) {}

  /** Adds up what is not yet, some moves at a time. @returns true when there is no more */
  follow(moves: ScopeMoves, slots: number): boolean {
    let left = MOVES_PER_TURN;
    for (const run of moves.runs) {
      const counts = this.#ofRuns.get(run) ?? this.#begin(run, slots);
      const end = Math.min(run.lengthAt(this.until - 1), counts.done + left);
      left -= end - counts.done;
      this.#addUntil(end, counts, run);
      if (left <= 0) return false;
    }
    return true;
  }

  /**
   * @param moves that were followed to the end
   * @returns by class; those that are missing at the end have nobody
   */
  at(t: number, moves: ScopeMoves): Int32Array {
    const sum = new Counts();
    for (const run of moves.runs) {
      const known = this.#ofRuns.get(run);
      if (!known) throw new Error('Moves are counted that were not followed.');
      const end = run.lengthAt(t);
      const strides = Math.min(Math.floor((end - known.first) / STRIDE), known.counts.length - 1);
      sum.addAll(known.counts[strides]);
      this.#addEach(sum, run, known.first + strides * STRIDE, end);
    }
    for (const fresh of moves.fresh) {
      for (const { t: from, leaves, enters } of fresh) if (from <= t) this.#shift(sum, leaves, enters);
    }
    return sum.counts;
  }

  #begin(run: MoveRun, slots: number): CountsOfRun {
    const sizes = new Int32Array(slots + 1);
    run.addTo(sizes, this.from - 1, Number.POSITIVE_INFINITY);
    const current = new Counts();
    for (let slot = 0; slot < slots; slot += 1) {
      const size = sizes[slot + 1] ?? 0;
      if (size !== 0) current.add(this.classOf(slot), size);
    }
    const first = run.lengthAt(this.from - 1);
    const begun = { first, done: first, current, counts: [this.#held(current)] };
    this.#ofRuns.set(run, begun);
    return begun;
  }

  #addUntil(end: number, counts: CountsOfRun, run: MoveRun): void {
    while (counts.done < end) {
      const next = counts.first + counts.counts.length * STRIDE;
      const stop = Math.min(next, end);
      this.#addEach(counts.current, run, counts.done, stop);
      counts.done = stop;
      if (stop === next) counts.counts.push(this.#held(counts.current));
    }
  }

  #held({ counts }: Counts): Int32Array {
    this.hold(counts.length);
    return counts.slice();
  }

  #addEach(counts: Counts, { moves: { leaves, enters } }: MoveRun, from: number, end: number): void {
    for (let place = from; place < end; place += 1) {
      this.#shift(counts, leaves[place] ?? OUTSIDE, enters[place] ?? OUTSIDE);
    }
  }

  #shift(counts: Counts, leaves: number, enters: number): void {
    if (leaves !== OUTSIDE) counts.add(this.classOf(leaves), -1);
    if (enters !== OUTSIDE) counts.add(this.classOf(enters), 1);
  }
}

/** As many as there is a class for that was met. */
class Counts {
  counts = new Int32Array(0);

  add(place: number, by: number): void {
    if (place >= this.counts.length) this.#widen(place + 1);
    this.counts[place] = (this.counts[place] ?? 0) + by;
  }

  addAll(others: Int32Array | undefined): void {
    if (!others) return;
    if (others.length > this.counts.length) this.#widen(others.length);
    for (let place = 0; place < others.length; place += 1) {
      this.counts[place] = (this.counts[place] ?? 0) + (others[place] ?? 0);
    }
  }

  #widen(length: number): void {
    const wide = new Int32Array(length);
    wide.set(this.counts);
    this.counts = wide;
  }
}
