/** A move told of another time than it was recorded at: late, or to come. */
export interface LateMove {
  readonly k: number;
  readonly t: number;
  readonly grouped: number;
  readonly by: number;
}

/** Moves between two remembered sums: what a question adds up one by one. */
const STRIDE = 512;
/** Newest moves, in no order of time, before they are sorted in. */
const LEAST_FRESH = 2_048;

/**
 * The late moves of one scope in memory, by the instant they hold from, with sums remembered every {@link STRIDE}: with
 * all that is known a question is one search and a short walk. At an earlier place in the log all those of earlier
 * instants are walked, a million in milliseconds. 20 bytes a move.
 */
export class LateMoves {
  #sorted = columns(0);
  #fresh: LateMove[] = [];
  #sums: Int32Array[] = [];
  readonly #slots = new Map<number, number>();
  /** The ordinal up to which moves were taken in, and that up to which they were sorted in. */
  #known = 0;
  #sortedUntil = 0;

  get known(): number {
    return this.#known;
  }

  get size(): number {
    return this.#sorted.t.length + this.#fresh.length;
  }

  /** @param moves recorded after those known, up to `known` */
  take(moves: readonly LateMove[], known: number): void {
    for (const move of moves) {
      this.slotOf(move.grouped);
      this.#fresh.push(move);
    }
    this.#known = known;
    if (this.#fresh.length > LEAST_FRESH && this.#fresh.length * 8 > this.#sorted.t.length) this.#sortIn();
  }

  /** Where the sum of a group stands in {@link sumsAt}. */
  slotOf(group: number): number {
    const known = this.#slots.get(group);
    if (known !== undefined) return known;
    const slot = this.#slots.size;
    this.#slots.set(group, slot);
    return slot;
  }

  /** By how many each group has grown by an instant, as known after `n` events; by {@link slotOf}. */
  sumsAt(t: number, n: number): Int32Array {
    const sums = new Int32Array(this.#slots.size);
    if (n >= this.#sortedUntil) this.#addAll(sums, t);
    else this.#addUntil(sums, t, n);
    for (const move of this.#fresh) {
      if (move.t <= t && move.k <= n) add(sums, this.slotOf(move.grouped), move.by);
    }
    return sums;
  }

  #addAll(sums: Int32Array, t: number): void {
    const { t: instants, slot, by } = this.#sorted;
    const end = placeAfter(instants, t);
    const stride = Math.floor(end / STRIDE);
    const before = this.#sums[stride - 1];
    if (before) sums.set(before);
    for (let place = stride * STRIDE; place < end; place += 1) add(sums, slot[place] ?? 0, by[place] ?? 0);
  }

  #addUntil(sums: Int32Array, t: number, n: number): void {
    const { t: instants, k, slot, by } = this.#sorted;
    const end = placeAfter(instants, t);
    for (let place = 0; place < end; place += 1) {
      if ((k[place] ?? 0) <= n) add(sums, slot[place] ?? 0, by[place] ?? 0);
    }
  }

  #sortIn(): void {
    const fresh = this.#fresh.sort((a, b) => a.t - b.t || a.k - b.k);
    this.#fresh = [];
    this.#sortedUntil = this.#known;
    const old = this.#sorted;
    const all = columns(old.t.length + fresh.length);
    let [place, next] = [0, 0];
    for (const move of fresh) {
      const end = placeAfter(old.t, move.t);
      copy(old, next, end, all, place);
      place += end - next;
      next = end;
      all.t[place] = move.t;
      all.k[place] = move.k;
      all.slot[place] = this.slotOf(move.grouped);
      all.by[place] = move.by;
      place += 1;
    }
    copy(old, next, old.t.length, all, place);
    this.#sorted = all;
    this.#sums = this.#sumUp(all);
  }

  #sumUp({ slot, by }: Columns): Int32Array[] {
    const sums: Int32Array[] = [];
    const sum = new Int32Array(this.#slots.size);
    for (let place = 0; place < slot.length; place += 1) {
      add(sum, slot[place] ?? 0, by[place] ?? 0);
      if ((place + 1) % STRIDE === 0) sums.push(sum.slice());
    }
    return sums;
  }
}

function add(sums: Int32Array, slot: number, by: number): void {
  sums[slot] = (sums[slot] ?? 0) + by;
}

interface Columns {
  readonly t: Float64Array;
  readonly k: Float64Array;
  readonly slot: Uint32Array;
  readonly by: Int32Array;
}

function columns(length: number): Columns {
  return {
    t: new Float64Array(length),
    k: new Float64Array(length),
    slot: new Uint32Array(length),
    by: new Int32Array(length),
  };
}

function copy(from: Columns, start: number, end: number, to: Columns, place: number): void {
  to.t.set(from.t.subarray(start, end), place);
  to.k.set(from.k.subarray(start, end), place);
  to.slot.set(from.slot.subarray(start, end), place);
  to.by.set(from.by.subarray(start, end), place);
}

/** The place after every instant that is not later. */
function placeAfter(instants: Float64Array, t: number): number {
  let low = 0;
  let high = instants.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((instants[middle] ?? 0) <= t) low = middle + 1;
    else high = middle;
  }
  return low;
}
