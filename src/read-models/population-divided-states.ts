import { NOTHING_TOLD, type PersonState, TOLD } from '../../projections/population/person-state';

/**
 * A state taken apart: notices, terms and each purpose are counted by rules that look at nothing of the others. States
 * that have a part in common share it as one object, and parts what they have in common.
 */
export interface DividedState {
  readonly notice: Part;
  readonly terms: Part;
  /** Those that any fact names. */
  readonly purposes: readonly { readonly purpose: number; readonly part: Part }[];
  /** Of any other purpose. */
  readonly untouched: Part;
  /** The version that people are done with, see {@link PersonState.settled}. */
  readonly settled: number;
  /** Versions that any fact names. */
  readonly versions: readonly number[];
}

/** A part, and what the rules of consent look at in it. */
export interface Part extends Numbered<PersonState> {
  /** Versions that were shown. */
  readonly shown: Numbered<readonly number[]>;
  readonly asked: Numbered<readonly Word[]>;
  readonly decided: Numbered<readonly Word[]>;
  readonly layers: Numbered<unknown>;
}

/** Equal ones are the same and have the same number: 0, 1, 2 … in the order in which they were met. */
export interface Numbered<Of> {
  readonly number: number;
  readonly of: Of;
}

/** What was done, and to which version; 0: to none. */
export type Word = readonly [what: string, version: number];

/** Most known at a time of one kind; those that come again after that have another number. */
const MAX_KNOWN = 100_000;

export function divider(): (whole: PersonState) => DividedState {
  const partOf = numbering((of: Partial<PersonState>, number) => laidOut({ ...NOTHING_TOLD, ...of }, number));
  const shownOf = numbering(numbered<readonly number[]>);
  const wordsOf = numbering(numbered<readonly Word[]>);
  const layersOf = numbering(numbered<unknown>);

  function laidOut(state: PersonState, number: number): Part {
    const purposes = Object.entries(state.purposes);
    const decisions = purposes.flatMap(([, each]) => each.decisions);
    return {
      number,
      of: state,
      shown: shownOf(Object.keys(state.told).map(Number)),
      asked: wordsOf(state.asked.map(([kind, version]): Word => [kind, version])),
      decided: wordsOf(decisions.map(({ kind, version, linked }): Word => [linked ? `${kind}1` : kind, version])),
      layers: layersOf(purposes.map(([purpose, { layers }]) => [purpose, layers])),
    };
  }

  return (whole) => {
    const told = Object.fromEntries(Object.entries(whole.told).filter(([, step]) => step >= TOLD.SHOWN));
    const purposes = Object.entries(whole.purposes).map(([key, state]) => {
      const purpose = Number(key);
      const asked = whole.asked.filter((each) => each[0] === 'S' || each[2] === purpose);
      return { purpose, part: partOf({ told, asked, purposes: { [key]: state } }) };
    });
    return {
      notice: partOf({ told: whole.told }),
      terms: partOf({ words: whole.words }),
      purposes,
      untouched: partOf({ told }),
      settled: whole.settled,
      versions: [...versionsOf(whole)],
    };
  };
}

function numbering<From, Made extends Numbered<unknown>>(
  make: (from: From, number: number) => Made,
): (from: From) => Made {
  const known = new Map<string, Made>();
  let met = 0;
  return (from) => {
    const text = JSON.stringify(from);
    const found = known.get(text);
    if (found) return found;
    if (known.size >= MAX_KNOWN) known.clear();
    const made = make(from, met);
    met += 1;
    known.set(text, made);
    return made;
  };
}

function numbered<Of>(of: Of, number: number): Numbered<Of> {
  return { number, of };
}

function versionsOf({ told, words, purposes, asked }: PersonState): ReadonlySet<number> {
  return new Set([
    ...Object.keys(told).map(Number),
    ...[...words.own, ...words.linked].map(([version]) => version),
    ...Object.values(purposes).flatMap(({ decisions }) => decisions.map(({ version }) => version)),
    ...asked.map(([, version]) => version),
  ]);
}
