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
/** Newest late moves, in no order of time, before they are sorted in. */
const LEAST_FRESH = 2_048;
/** To sort more of them in at once would keep everybody else waiting. */
const MOST_FRESH = 200_000;
const FIRST_CAPACITY = 1_024;

/**
 * The moves between the groups of one scope in memory. How many are in each group is one search and a short walk where
 * moves came as they happened; of those told of another time, all known of an earlier place in the log are walked, a
 * million in milliseconds. 20 bytes a move, and up to 32 for sums.
 */
export class ScopeMoves {
  readonly #live = new Line();
  readonly #late = new LateMoves();

  get size(): number {
    return this.#live.length + this.#late.size;
  }

  /**
   * @param move in the order of the log, after those that were taken before
   * @param isLive told as it happened
   */
  take(move: KnownMove, isLive: boolean, slots: number): void {
    // Clocks of nodes differ by moments: what steps back stands among the late ones.
    if (isLive && this.#live.isAfter(move)) this.#live.push(move, slots);
    else this.#late.take(move, slots);
  }

  /** After many were taken at once: what it takes now, no question will. */
  settle(slots: number): void {
    this.#late.settle(slots);
  }

  /** How many are in the group of each slot at an instant, as known after `n` events. */
  sizesAt(t: number, n: number, slots: number): Int32Array {
    // The first place is for those outside.
    const sizes = new Int32Array(slots + 1);
    this.#live.addTo(sizes, t, n);
    this.#late.addTo(sizes, t, n);
    return sizes.subarray(1);
  }
}

/** Moves in the order of both axes, so that all before two bounds are the first so many. */
class Line {
  #moves = columns(FIRST_CAPACITY);
  #length = 0;
  #sum = new Int32Array(0);
  #sums: Int32Array[] = [];
  /** How many moves each of the sums is of. */
  #ends: number[] = [];

  get length(): number {
    return this.#length;
  }

  isAfter({ t }: KnownMove): boolean {
    return this.#length === 0 || (this.#moves.t[this.#length - 1] ?? 0) <= t;
  }

  push(move: KnownMove, slots: number): void {
    if (this.#length === this.#moves.t.length) this.#moves = grown(this.#moves, this.#length * 2);
    put(this.#moves, this.#length, move);
    this.#length += 1;
    if (this.#sum.length <= slots) this.#sum = widened(this.#sum, slots * 2 + 1);
    add(this.#sum, this.#moves, this.#length - 1);
    if (this.#length - (this.#ends.at(-1) ?? 0) < strideOf(slots)) return;
    this.#sums.push(this.#sum.slice(0, slots + 1));
    this.#ends.push(this.#length);
  }

  /** @param sizes where nothing was added yet */
  addTo(sizes: Int32Array, t: number, n: number): void {
    const end = Math.min(placeAfter(this.#moves.t, t, this.#length), placeAfter(this.#moves.k, n, this.#length));
    const known = placeAfter(this.#ends, end);
    const sum = this.#sums[known - 1];
    if (sum) sizes.set(sum);
    for (let place = this.#ends[known - 1] ?? 0; place < end; place += 1) add(sizes, this.#moves, place);
  }
}

/** Moves told of another time: sorted by the instant they hold from, with sums of all that is known. */
class LateMoves {
  #sorted = columns(0);
  #fresh: KnownMove[] = [];
  #sums: Int32Array[] = [];
  #stride = LEAST_STRIDE;
  /** The last ordinal of the moves that each of the sums is of. */
  #lastKnown: number[] = [];

  get size(): number {
    return this.#sorted.t.length + this.#fresh.length;
  }

  take(move: KnownMove, slots: number): void {
    this.#fresh.push(move);
    const isDue = this.#fresh.length * 8 > this.#sorted.t.length || this.#fresh.length >= MOST_FRESH;
    if (this.#fresh.length > LEAST_FRESH && isDue) this.#sortIn(slots);
  }

  settle(slots: number): void {
    if (this.#fresh.length > LEAST_FRESH) this.#sortIn(slots);
  }

  addTo(sizes: Int32Array, t: number, n: number): void {
    this.#addSorted(sizes, t, n);
    for (const { t: from, k, leaves, enters } of this.#fresh) if (from <= t && k <= n) shift(sizes, leaves, enters);
  }

  /** From the last sum of moves that are all known at `n`, and before `t`, one by one. */
  #addSorted(sizes: Int32Array, t: number, n: number): void {
    const { t: instants, k } = this.#sorted;
    const end = placeAfter(instants, t);
    const strides = Math.min(Math.floor(end / this.#stride), placeAfter(this.#lastKnown, n));
    const before = this.#sums[strides - 1];
    if (before) for (let place = 0; place < before.length; place += 1) grow(sizes, place, before[place] ?? 0);
    for (let place = strides * this.#stride; place < end; place += 1) {
      if ((k[place] ?? 0) <= n) add(sizes, this.#sorted, place);
    }
  }

  #sortIn(slots: number): void {
    const fresh = this.#fresh.sort((a, b) => a.t - b.t || a.k - b.k);
    this.#fresh = [];
    const old = this.#sorted;
    const length = old.t.length;
    const all = columns(length + fresh.length);
    let [place, next] = [0, 0];
    for (const move of fresh) {
      const end = placeAfter(old.t, move.t);
      copy(old, next, end, all, place);
      place += end - next;
      next = end;
      put(all, place, move);
      place += 1;
    }
    copy(old, next, length, all, place);
    this.#sorted = all;
    this.#stride = strideOf(slots);
    this.#sums = sumsOf(all, this.#stride, slots);
    this.#lastKnown = lastOrdinals(all, this.#stride);
  }
}

function sumsOf(moves: Columns, stride: number, slots: number): Int32Array[] {
  const sums: Int32Array[] = [];
  const sum = new Int32Array(slots + 1);
  for (let place = 0; place < moves.t.length; place += 1) {
    add(sum, moves, place);
    if ((place + 1) % stride === 0) sums.push(sum.slice());
  }
  return sums;
}

function lastOrdinals({ k }: Columns, stride: number): number[] {
  const ordinals: number[] = [];
  let last = 0;
  for (let place = 0; place < k.length; place += 1) {
    last = Math.max(last, k[place] ?? 0);
    if ((place + 1) % stride === 0) ordinals.push(last);
  }
  return ordinals;
}

function strideOf(slots: number): number {
  return Math.max(LEAST_STRIDE, Math.ceil(slots / SLOTS_PER_MOVE));
}

function add(sizes: Int32Array, { leaves, enters }: Columns, place: number): void {
  shift(sizes, leaves[place] ?? OUTSIDE, enters[place] ?? OUTSIDE);
}

function shift(sizes: Int32Array, leaves: number, enters: number): void {
  grow(sizes, leaves + 1, -1);
  grow(sizes, enters + 1, 1);
}

function grow(sizes: Int32Array, place: number, by: number): void {
  sizes[place] = (sizes[place] ?? 0) + by;
}

function widened(sums: Int32Array, length: number): Int32Array<ArrayBuffer> {
  const wide = new Int32Array(length);
  wide.set(sums);
  return wide;
}

interface Columns {
  readonly t: Float64Array;
  readonly k: Uint32Array;
  readonly leaves: Int32Array;
  readonly enters: Int32Array;
}

function columns(length: number): Columns {
  return {
    t: new Float64Array(length),
    k: new Uint32Array(length),
    leaves: new Int32Array(length),
    enters: new Int32Array(length),
  };
}

function grown(from: Columns, length: number): Columns {
  const all = columns(length);
  copy(from, 0, from.t.length, all, 0);
  return all;
}

function put(into: Columns, place: number, { t, k, leaves, enters }: KnownMove): void {
  into.t[place] = t;
  into.k[place] = k;
  into.leaves[place] = leaves;
  into.enters[place] = enters;
}

function copy(from: Columns, start: number, end: number, to: Columns, place: number): void {
  to.t.set(from.t.subarray(start, end), place);
  to.k.set(from.k.subarray(start, end), place);
  to.leaves.set(from.leaves.subarray(start, end), place);
  to.enters.set(from.enters.subarray(start, end), place);
}
