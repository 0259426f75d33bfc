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
  #slots = new Map<number, number>();
  readonly #groups: number[] = [];
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
    this.#fresh.push(...moves);
    this.#known = known;
    if (this.#fresh.length > LEAST_FRESH && this.#fresh.length * 8 > this.#sorted.t.length) this.#sortIn();
  }

  /** By how many each group has grown by an instant, as known after `n` events. */
  sumsAt(t: number, n: number): ReadonlyMap<number, number> {
    const sums = n >= this.#sortedUntil ? this.#sumsOfAll(t) : this.#sumsUntil(t, n);
    for (const move of this.#fresh) {
      if (move.t > t || move.k > n) continue;
      const slot = this.#slot(move.grouped);
      sums[slot] = (sums[slot] ?? 0) + move.by;
    }
    const found = new Map<number, number>();
    for (const [slot, group] of this.#groups.entries()) {
      const sum = sums[slot] ?? 0;
      if (sum !== 0) found.set(group, sum);
    }
    return found;
  }

  #sumsOfAll(t: number): number[] {
    const { t: instants, slot, by } = this.#sorted;
    const end = placeAfter(instants, t);
    const sums = Array.from(this.#sums[Math.floor(end / STRIDE) - 1] ?? []);
    for (let place = Math.floor(end / STRIDE) * STRIDE; place < end; place += 1) {
      const at = slot[place] ?? 0;
      sums[at] = (sums[at] ?? 0) + (by[place] ?? 0);
    }
    return sums;
  }

  #sumsUntil(t: number, n: number): number[] {
    const { t: instants, k, slot, by } = this.#sorted;
    const sums = new Int32Array(this.#groups.length);
    const end = placeAfter(instants, t);
    for (let place = 0; place < end; place += 1) {
      if ((k[place] ?? 0) > n) continue;
      const at = slot[place] ?? 0;
      sums[at] = (sums[at] ?? 0) + (by[place] ?? 0);
    }
    return Array.from(sums);
  }

  #slot(group: number): number {
    const known = this.#slots.get(group);
    if (known !== undefined) return known;
    const slot = this.#groups.push(group) - 1;
    this.#slots.set(group, slot);
    return slot;
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
      all.slot[place] = this.#slot(move.grouped);
      all.by[place] = move.by;
      place += 1;
    }
    copy(old, next, old.t.length, all, place);
    this.#sorted = all;
    this.#sums = this.#sumUp(all);
  }

  #sumUp({ slot, by }: Columns): Int32Array[] {
    const sums: Int32Array[] = [];
    const sum = new Int32Array(this.#groups.length);
    for (let place = 0; place < slot.length; place += 1) {
      const at = slot[place] ?? 0;
      sum[at] = (sum[at] ?? 0) + (by[place] ?? 0);
      if ((place + 1) % STRIDE === 0) sums.push(sum.slice());
    }
    return sums;
  }
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
