import { NOTHING_TOLD, type PersonState, TOLD } from '../../projections/population/person-state';

/**
 * States taken apart: notices, terms and each purpose are counted by rules that look at nothing of the others. Pieces
 * that are equal have the same number, whichever states they are of; a state is a row of numbers, as all of them are
 * gone through for every interval between two versions.
 */
export interface DividedStates {
  /** Takes a state apart, if it was not yet. @returns where its row begins in {@link rows}, see {@link ROW} */
  rowOf(state: number): number;
  readonly rows: Int32Array;
  /** How many numbers there are in {@link rows}. */
  readonly held: number;
  /** The state that was taken apart. */
  whole(state: number): PersonState;
  /** Versions that any fact of a state names. */
  readonly versions: readonly (readonly number[])[];
  readonly shown: readonly (readonly number[])[];
  readonly asked: readonly (readonly Word[])[];
  readonly decided: readonly (readonly Word[])[];
}

/** Columns of a row; then come as many purposes as it says. */
export const ROW = { settled: 0, versions: 1, told: 2, words: 3, shown: 4, purposes: 5, firstPurpose: 6 } as const;
/** Columns of a purpose that any fact names; of another one all but the first are 0. */
export const OF_PURPOSE = { purpose: 0, asked: 1, decided: 2, layers: 3, width: 4 } as const;

/** What was done, and to which version; 0: to none. */
export type Word = readonly [what: string, version: number];

const FIRST_CAPACITY = 4_096;

/** @param read a state by its number; 0: nothing was told */
export function dividedStates(read: (state: number) => PersonState): DividedStates {
  let rows = new Int32Array(FIRST_CAPACITY);
  let end = 0;
  const begins: number[] = [];
  const versions = pieces<readonly number[]>([]);
  const told = pieces<PersonState['told']>({});
  const words = pieces<PersonState['words']>(NOTHING_TOLD.words);
  const shown = pieces<readonly number[]>([]);
  const asked = pieces<readonly Word[]>([]);
  const decided = pieces<readonly Word[]>([]);
  const layers = pieces<unknown>([]);

  function add(values: readonly number[]): void {
    if (end + values.length > rows.length) {
      const wide = new Int32Array(rows.length * 2);
      wide.set(rows);
      rows = wide;
    }
    rows.set(values, end);
    end += values.length;
  }

  function divide(state: PersonState): void {
    const purposes = Object.entries(state.purposes);
    const seen = Object.entries(state.told).flatMap(([key, step]) => (step >= TOLD.SHOWN ? [Number(key)] : []));
    add([
      state.settled,
      versions.numberOf([...versionsOf(state)]),
      told.numberOf(state.told),
      words.numberOf(state.words),
      shown.numberOf(seen),
      purposes.length,
    ]);
    for (const [key, { decisions, layers: laid }] of purposes) {
      const purpose = Number(key);
      const about = state.asked.filter((each) => each[0] === 'S' || each[2] === purpose);
      const decisionWords = decisions.map(({ kind, version, linked }): Word => [linked ? `${kind}1` : kind, version]);
      const askedWords = about.map(([kind, version]): Word => [kind, version]);
      add([purpose, asked.numberOf(askedWords), decided.numberOf(decisionWords), layers.numberOf(laid)]);
    }
  }

  return {
    rowOf: (state) => {
      const known = begins[state];
      if (known !== undefined) return known;
      const begin = end;
      divide(read(state));
      begins[state] = begin;
      return begin;
    },
    get rows() {
      return rows;
    },
    get held() {
      return end;
    },
    whole: read,
    versions: versions.all,
    shown: shown.all,
    asked: asked.all,
    decided: decided.all,
  };
}

/** @param first that has the number 0 */
function pieces<Piece>(first: Piece) {
  const all: Piece[] = [first];
  const numbers = new Map([[JSON.stringify(first), 0]]);
  const numberOf = (piece: Piece): number => {
    const text = JSON.stringify(piece);
    const known = numbers.get(text);
    if (known !== undefined) return known;
    const number = all.push(piece) - 1;
    numbers.set(text, number);
    return number;
  };
  return { all, numberOf };
}

function versionsOf({ told, words, purposes, asked }: PersonState): ReadonlySet<number> {
  return new Set([
    ...Object.keys(told).map(Number),
    ...[...words.own, ...words.linked].map(([version]) => version),
    ...Object.values(purposes).flatMap(({ decisions }) => decisions.map(({ version }) => version)),
    ...asked.map(([, version]) => version),
  ]);
}
