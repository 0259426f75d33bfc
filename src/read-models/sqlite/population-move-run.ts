import { placeAfter } from '../place-after';

/** A person goes from the group of one slot to that of another, from an instant `t` on, as known from the event `k` on. */
export interface KnownMove {
  readonly k: number;
  readonly t: number;
  readonly leaves: number;
  readonly enters: number;
}

/** The slot of no group. */
export const OUTSIDE = -1;

/** Moves between two remembered sums, at least: what a question adds up one by one. */
const LEAST_STRIDE = 512;
/** Sums take no more than twice the memory of the moves that they are of. */
const SLOTS_PER_MOVE = 8;
const FIRST_CAPACITY = 1_024;

/** Moves in the order of the instants that they hold from, with sums of how many are in the group of each slot. */
export class MoveRun {
  #moves = columns(FIRST_CAPACITY);
  #length = 0;
  /** True as long as moves stand in the order of the log, too: all before two bounds are then the first so many. */
  #isInLogOrder = true;
  #firstKnown = 0;
  #lastKnown = 0;
  readonly #sums: Int32Array[] = [];
  /** Of how many moves each of the sums is, and the last ordinal of those. */
  readonly #ends: number[] = [];
  readonly #known: number[] = [];

  get length(): number {
    return this.#length;
  }

  /** So many as {@link length}, and unused room after them. */
  get moves(): MoveColumns {
    return this.#moves;
  }

  /** How many moves hold at an instant. */
  lengthAt(t: number): number {
    return placeAfter(this.#moves.t, t, this.#length);
  }

  isNext({ t }: Pick<KnownMove, 't'>): boolean {
    return this.#length === 0 || (this.#moves.t[this.#length - 1] ?? 0) <= t;
  }

  /** @param move that {@link isNext} */
  push({ t, k, leaves, enters }: KnownMove, slots: number): void {
    if (this.#length === this.#moves.t.length) this.#moves = grown(this.#moves, this.#length * 2);
    const place = this.#length;
    const moves = this.#moves;
    moves.t[place] = t;
    moves.k[place] = k;
    moves.leaves[place] = leaves;
    moves.enters[place] = enters;
    this.#length += 1;
    this.#firstKnown = place === 0 ? k : Math.min(k, this.#firstKnown);
    if (k < this.#lastKnown) this.#isInLogOrder = false;
    else this.#lastKnown = k;
    const from = this.#ends.at(-1) ?? 0;
    if (this.#length - from < Math.max(LEAST_STRIDE, Math.ceil(slots / SLOTS_PER_MOVE))) return;
    const sum = new Int32Array(slots + 1);
    sum.set(this.#sums.at(-1) ?? []);
    this.#addEach(sum, from, this.#length, Number.POSITIVE_INFINITY);
    this.#sums.push(sum);
    this.#ends.push(this.#length);
    this.#known.push(this.#lastKnown);
  }

  /** Adds who is in the group of each slot at an instant, as known after `n` events; those outside come first. */
  addTo(sizes: Int32Array, t: number, n: number): void {
    if (this.#firstKnown > n) return;
    const before = this.lengthAt(t);
    const end = this.#isInLogOrder ? Math.min(before, placeAfter(this.#moves.k, n, this.#length)) : before;
    const strides = Math.min(placeAfter(this.#ends, end), placeAfter(this.#known, n));
    const sum = this.#sums[strides - 1];
    if (sum) for (let slot = 0; slot < sum.length; slot += 1) sizes[slot] = (sizes[slot] ?? 0) + (sum[slot] ?? 0);
    this.#addEach(sizes, this.#ends[strides - 1] ?? 0, end, n);
  }

  /** Both as one. */
  mergedWith(other: MoveRun, slots: number): MoveRun {
    const merged = new MoveRun();
    merged.#moves = columns(this.#length + other.#length);
    let theirs = 0;
    for (let own = 0; own < this.#length; own += 1) {
      const [t, k] = [this.#moves.t[own] ?? 0, this.#moves.k[own] ?? 0];
      while (theirs < other.#length && isBefore(other.#moves, theirs, t, k)) merged.#take(other, theirs++, slots);
      merged.#take(this, own, slots);
    }
    while (theirs < other.#length) merged.#take(other, theirs++, slots);
    return merged;
  }

  #take({ moves: { t, k, leaves, enters } }: MoveRun, place: number, slots: number): void {
    const move = { t: t[place] ?? 0, k: k[place] ?? 0, leaves: leaves[place] ?? 0, enters: enters[place] ?? 0 };
    this.push(move, slots);
  }

  #addEach(sizes: Int32Array, from: number, end: number, n: number): void {
    const { k, leaves, enters } = this.#moves;
    for (let place = from; place < end; place += 1) {
      if ((k[place] ?? 0) > n) continue;
      const left = (leaves[place] ?? OUTSIDE) + 1;
      const entered = (enters[place] ?? OUTSIDE) + 1;
      sizes[left] = (sizes[left] ?? 0) - 1;
      sizes[entered] = (sizes[entered] ?? 0) + 1;
    }
  }
}

export interface MoveColumns {
  readonly t: Float64Array;
  readonly k: Uint32Array;
  readonly leaves: Int32Array;
  readonly enters: Int32Array;
}

function columns(length: number): MoveColumns {
  return {
    t: new Float64Array(length),
    k: new Uint32Array(length),
    leaves: new Int32Array(length),
    enters: new Int32Array(length),
  };
}

function grown(from: MoveColumns, length: number): MoveColumns {
  const all = columns(length);
  all.t.set(from.t);
  all.k.set(from.k);
  all.leaves.set(from.leaves);
  all.enters.set(from.enters);
  return all;
}

function isBefore({ t, k }: MoveColumns, place: number, instant: number, ordinal: number): boolean {
  const own = t[place] ?? 0;
  return own < instant || (own === instant && (k[place] ?? 0) < ordinal);
}
