/**
 * How a person stands towards a policy: as much of their facts as the rules of states and obligations tell apart,
 * whichever version is in force and whatever becomes of versions later. People who stand alike share one state, so that
 * there are few, and a publication changes nobody's. Versions and purposes are numbers.
 *
 * States are made by letting facts come one by one, in the order (validFrom, place in the stream, id of the person).
 * What no rule can look at any more once a fact has come is left out.
 */
export interface PersonState {
  /** The furthest step of telling, by version; linked persons' records count like the person's own (rule D7). */
  readonly told: Readonly<Record<string, number>>;
  /** Last words on terms, the latest first, one for each version. */
  readonly words: Sides<readonly TermsWord[]>;
  readonly purposes: Readonly<Record<string, PurposeState>>;
  /** Latest first: deferrals, and versions shown since the first of them. Empty where nothing was deferred. */
  readonly asked: readonly Asked[];
  /**
   * The version that the person is done with: of facts on those before it only what may still matter is here, as long
   * as it stands and nothing has other roots than it was recorded with; 0: everything is here.
   */
  readonly settled: number;
}

/** Of the person's own stream, and of anonymous persons that turned out to be them. */
interface Sides<Of> {
  readonly own: Of;
  readonly linked: Of;
}

export type TermsWord = readonly [version: number, accepted: 0 | 1];
export type Asked = readonly ['S', version: number] | readonly ['D', version: number, purpose: number];

export interface PurposeState {
  readonly layers: Sides<Layers>;
  /** Decisions, and the lifting of objections among them, latest first. */
  readonly decisions: readonly Decision[];
}

export interface Layers {
  /** The last word on restricting. */
  readonly restricted?: boolean;
  /** The last word on objecting; a lifting stands among the decisions, as rules ask what came first. */
  readonly objected?: boolean;
}

/** G: given. X: given and expired. R: refused. W: withdrawn. L: an objection was lifted. */
export interface Decision {
  readonly kind: 'G' | 'X' | 'R' | 'W' | 'L';
  readonly version: number;
  readonly linked: boolean;
}

export const TOLD = { NOTIFIED: 1, SHOWN: 2, ACKNOWLEDGED: 3 } as const;

/** A fact as it changes a state. */
export type StateFact =
  | { readonly kind: 'told'; readonly step: number; readonly version: number }
  | { readonly kind: 'terms'; readonly accepted: boolean; readonly version: number }
  | { readonly kind: 'given' | 'refused' | 'deferred'; readonly version: number; readonly purposes: readonly number[] }
  | { readonly kind: 'withdrawn'; readonly purposes: readonly number[] }
  | { readonly kind: LayerKind; readonly purposes: readonly number[] };

export type LayerKind = 'objected' | 'objection-lifted' | 'restricted' | 'restriction-lifted';

export const NOTHING_TOLD: PersonState = {
  told: {},
  words: { own: [], linked: [] },
  purposes: {},
  asked: [],
  settled: 0,
};

/** Whose fact it is: of somebody who has no visitors, or of an account that has, or of one of those. */
export type Teller = 'alone' | 'account' | 'visitor';

/** @param linked whether it is a fact of an anonymous person linked to this one */
export function withFact(state: PersonState, fact: StateFact, linked: boolean): PersonState {
  switch (fact.kind) {
    case 'told':
      return toldMore(state, fact.version, fact.step);
    case 'terms': {
      const side = linked ? 'linked' : 'own';
      const others = state.words[side].filter(([version]) => version !== fact.version);
      const words: readonly TermsWord[] = [[fact.version, fact.accepted ? 1 : 0], ...others];
      return { ...state, words: { ...state.words, [side]: words } };
    }
    case 'deferred': {
      const deferrals = fact.purposes.map((purpose): Asked => ['D', fact.version, purpose]);
      const touched = fact.purposes.reduce((of, purpose) => withPurpose(of, purpose, (known) => known), state);
      return { ...touched, asked: tidyAsked([...deferrals, ...without(state.asked, deferrals)]) };
    }
    case 'given':
    case 'refused':
    case 'withdrawn': {
      const version = fact.kind === 'withdrawn' ? 0 : fact.version;
      const decision: Decision = { kind: LETTERS[fact.kind], version, linked };
      return fact.purposes.reduce(
        (of, purpose) => withPurpose(of, purpose, (known) => decided(known, decision)),
        state,
      );
    }
    default: {
      const { kind } = fact;
      return fact.purposes.reduce((of, purpose) => withPurpose(of, purpose, (p) => layered(p, kind, linked)), state);
    }
  }
}

const LETTERS = { given: 'G', refused: 'R', withdrawn: 'W' } as const;

/** The last yes to a version has expired; nothing where another decision made it of no account. */
export function withExpiry(state: PersonState, purpose: number, version: number, linked: boolean): PersonState {
  const known = state.purposes[purpose];
  const place = known ? lastYes(known, version, linked) : -1;
  const yes = known?.decisions[place];
  if (!known || !yes) return state;
  const decisions = known.decisions.with(place, { ...yes, kind: 'X' });
  return { ...state, purposes: { ...state.purposes, [purpose]: { ...known, decisions } } };
}

/** True where the last yes to a version still matters and has not expired. */
export function holdsYes(state: PersonState, purpose: number, version: number, linked: boolean): boolean {
  const known = state.purposes[purpose];
  return known?.decisions[lastYes(known, version, linked)]?.kind === 'G';
}

function lastYes({ decisions }: PurposeState, version: number, linked: boolean): number {
  return decisions.findIndex((each) => isYes(each) && each.version === version && each.linked === linked);
}

export function isYes({ kind }: Pick<Decision, 'kind'>): boolean {
  return kind === 'G' || kind === 'X';
}

function toldMore(state: PersonState, version: number, step: number): PersonState {
  const told = { ...state.told, [version]: Math.max(state.told[version] ?? 0, step) };
  if (step < TOLD.SHOWN || state.asked.length === 0) return { ...state, told };
  const shown: Asked = ['S', version];
  return { ...state, told, asked: tidyAsked([shown, ...without(state.asked, [shown])]) };
}

function without(asked: readonly Asked[], gone: readonly Asked[]): readonly Asked[] {
  const names = new Set(gone.map((each) => each.join()));
  return asked.filter((each) => !names.has(each.join()));
}

/** What was shown before all deferrals says no more than that it was shown; within a run the order says nothing. */
export function tidyAsked(several: readonly Asked[]): readonly Asked[] {
  const first = new Map(several.toReversed().map((each, place) => [each.join(), several.length - 1 - place]));
  const asked = several.filter((each, place) => first.get(each.join()) === place);
  const end = asked.findLastIndex(([kind]) => kind === 'D');
  const runs: Asked[][] = [];
  for (const each of asked.slice(0, end + 1)) {
    const run = runs.at(-1);
    if (run?.[0]?.[0] === each[0]) run.push(each);
    else runs.push([each]);
  }
  const byNumbers = (a: Asked, b: Asked) => a[1] - b[1] || (a[2] ?? 0) - (b[2] ?? 0);
  return runs.flatMap((run) => run.sort(byNumbers));
}

const NO_LAYERS: Sides<Layers> = { own: {}, linked: {} };

function withPurpose(state: PersonState, purpose: number, change: (known: PurposeState) => PurposeState): PersonState {
  const known = state.purposes[purpose] ?? { layers: NO_LAYERS, decisions: [] };
  return { ...state, purposes: { ...state.purposes, [purpose]: change(known) } };
}

function layered(known: PurposeState, kind: LayerKind, linked: boolean): PurposeState {
  const side = linked ? 'linked' : 'own';
  const set = (layers: Layers) => ({ ...known.layers, [side]: { ...known.layers[side], ...layers } });
  const notLifted = known.decisions.filter((each) => each.kind !== 'L' || each.linked !== linked);
  switch (kind) {
    case 'restricted':
    case 'restriction-lifted':
      return { ...known, layers: set({ restricted: kind === 'restricted' }) };
    case 'objected':
      return { layers: set({ objected: true }), decisions: notLifted };
    case 'objection-lifted':
      return { layers: set({ objected: false }), decisions: [{ kind: 'L', version: 0, linked }, ...notLifted] };
  }
}

/**
 * A withdrawal enters every root: no rule looks past it on its side (rule D1), and of an account that ever withdrew none
 * looks at what its visitors decided (rule D7).
 */
function decided({ layers, decisions }: PurposeState, decision: Decision): PurposeState {
  const isWithdrawn = decisions.some(({ kind, linked }) => kind === 'W' && !linked);
  if (decision.linked && isWithdrawn) return { layers, decisions };
  const isPast = (each: Decision) => each.kind !== 'L' && (each.linked || !decision.linked);
  const kept = decision.kind === 'W' ? decisions.filter((each) => !isPast(each)) : decisions;
  const all = [decision, ...kept];
  return { layers, decisions: thinned(thinned(all, false), true) };
}

/**
 * Of the decisions of one side those that may decide: the last of each kind and version, and after the last yes of each
 * the next of every kind and version, which tells whether that yes renewed another. A yes that is not the last to its
 * version counts only as having been one.
 */
export function thinned(
  decisions: readonly Decision[],
  linked: boolean,
  /** A name for decisions of which the last stands for all, and which count no more themselves. */
  alike: (decision: Decision) => string | undefined = () => undefined,
): readonly Decision[] {
  const ofSide = decisions.flatMap((each, place) => (each.linked === linked && each.kind !== 'L' ? [place] : []));
  const nameAt = (place: number) => {
    const decision = decisions[place];
    return decision ? (alike(decision) ?? nameOf(decision)) : '';
  };
  const last = new Set(firstOfEach(ofSide, nameAt));
  const kept = new Set(last);
  for (const [index, place] of ofSide.entries()) {
    const decision = decisions[place];
    if (!last.has(place) || !decision || !isYes(decision) || alike(decision) !== undefined) continue;
    for (const next of firstOfEach(ofSide.slice(index + 1), nameAt)) kept.add(next);
  }
  return decisions.flatMap((each, place) => {
    if (each.linked !== linked || each.kind === 'L' || last.has(place)) return [each];
    if (!kept.has(place)) return [];
    return [each.kind === 'X' ? { ...each, kind: 'G' as const } : each];
  });
}

function firstOfEach(places: readonly number[], nameAt: (place: number) => string): readonly number[] {
  const first = new Map<string, number>();
  for (const place of places) if (!first.has(nameAt(place))) first.set(nameAt(place), place);
  return [...first.values()];
}

function nameOf(decision: Decision): string {
  return `${isYes(decision) ? 'G' : decision.kind} ${decision.version}`;
}

/** The same text for the same state. */
export function textOfState({ told, words, purposes, asked, settled }: PersonState): string {
  const byNumber = <Of>(record: Readonly<Record<string, Of>>) =>
    Object.entries(record)
      .map(([key, value]) => [Number(key), value] as const)
      .sort(([a], [b]) => a - b);
  return JSON.stringify([
    byNumber(told),
    [words.own, words.linked],
    byNumber(purposes).map(([purpose, { layers, decisions }]) => [
      purpose,
      [flagsOf(layers.own), flagsOf(layers.linked)],
      decisions.map(({ kind, version, linked }) => [kind, version, linked ? 1 : 0]),
    ]),
    asked,
    settled,
  ]);
}

type Flag = 0 | 1 | null;
type StoredDecision = readonly [kind: Decision['kind'], version: number, linked: 0 | 1];
type Stored = readonly [
  told: readonly (readonly [number, number])[],
  words: readonly [own: readonly TermsWord[], linked: readonly TermsWord[]],
  purposes: readonly (readonly [number, readonly [readonly Flag[], readonly Flag[]], readonly StoredDecision[]])[],
  asked: readonly Asked[],
  settled: number,
];

/** @param text of {@link textOfState} */
export function stateOfText(text: string): PersonState {
  const [told, [own, linked], purposes, asked, settled] = JSON.parse(text) as Stored;
  const stored = purposes.map(([purpose, layers, decisions]) => [
    purpose,
    {
      layers: { own: layersOf(layers[0]), linked: layersOf(layers[1]) },
      decisions: decisions.map(([kind, version, side]) => ({ kind, version, linked: side === 1 })),
    },
  ]);
  return {
    told: Object.fromEntries(told),
    words: { own, linked },
    purposes: Object.fromEntries(stored),
    asked,
    settled,
  };
}

function flagsOf({ restricted, objected }: Layers): readonly Flag[] {
  return [flagOf(restricted), flagOf(objected)];
}

function flagOf(word: boolean | undefined): Flag {
  return word === undefined ? null : word ? 1 : 0;
}

function layersOf([restricted, objected]: readonly Flag[]): Layers {
  return {
    ...(restricted != null && { restricted: restricted === 1 }),
    ...(objected != null && { objected: objected === 1 }),
  };
}
