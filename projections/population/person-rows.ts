import type { Numbering } from '../numbers';
import { existing, insert, numberOf, type Row, type RowChange, textOf, type View } from '../projection';
import { type KnownStates, knownStates } from './known-states';
import { knownFact, knownProfile } from './person-facts';
import { NOTHING_TOLD, type PersonState, textOfState } from './person-state';
import {
  joined,
  type KnownPerson,
  movesBetween,
  type Piece,
  type Segment,
  segmentTimeline,
  stateTimeline,
} from './person-timeline';
import { loreIn } from './version-lore';

const EMPTY = textOfState(NOTHING_TOLD);

/** A person as their rows say, or as they will say once an event is applied. */
export interface PersonRows {
  readonly person: Row;
  readonly facts: readonly Row[];
  readonly linked: readonly { readonly person: Row; readonly facts: readonly Row[] }[];
}

export function rowsOfPerson(person: Row, view: View): PersonRows {
  const factsOf = (number: number) => view.rows('facts', { person: number });
  const number = numberOf(person, 'number');
  const links = numberOf(person, 'linked') > 0 ? view.rows('links', { account: number }) : [];
  const linked = links.flatMap(({ anonymous }) => {
    const row = view.get('people', [anonymous as number]);
    return row ? [{ person: row, facts: factsOf(numberOf(row, 'number')) }] : [];
  });
  return { person, facts: factsOf(number), linked };
}

/** Looks up and gives numbers, and what an organisation published with a cohort date. */
export interface Names {
  readonly numbers: Numbering;
  readonly view: View;
  readonly states: KnownStates;
  readonly found: Found;
  erasOf(organisation: number): readonly number[];
}

/** What was found in one view: states and groups are few, and asked for at every fact. */
interface Found {
  readonly states: KnownStates;
  readonly numbers: WeakMap<PersonState, number>;
  /** By scope and segment, then by the number of the state. */
  readonly groups: Map<string, number[]>;
  readonly statesOfGroups: Map<number, PersonState>;
}

/** Most segments of a scope of which groups are kept. */
const MAX_SEGMENTS = 10_000;
const MAX_GROUPS = 20_000;

const foundIn = new WeakMap<View, Found>();

function foundOf(view: View): Found {
  const known = foundIn.get(view);
  if (known) return known;
  const states = knownStates(loreIn(view));
  const found = { states, numbers: new WeakMap(), groups: new Map(), statesOfGroups: new Map() };
  foundIn.set(view, found);
  return found;
}

export function namesIn(view: View, numbers: Numbering): Names {
  const eras = new Map<number, readonly number[]>();
  const erasOf = (organisation: number) => {
    const known =
      eras.get(organisation) ?? view.rows('cohorts', { organisation }).map((row) => numberOf(row, 'published_at'));
    eras.set(organisation, known);
    return known;
  };
  const found = foundOf(view);
  return { numbers, view, erasOf, states: found.states, found };
}

/** A person's way through the groups of one scope. */
export interface Way {
  readonly scope: number;
  readonly pieces: readonly Piece<number>[];
}

export interface Ways {
  readonly base: Way;
  /** By policy; and from the last fact on what live facts go on from. */
  readonly policies: ReadonlyMap<number, Way & { readonly standing: Row }>;
  /** The last part of the profile: from when, and as what. */
  readonly last: { readonly since: number; readonly segment: number };
}

/** Where a person stood and stands, from all that is known of them: as far as these policies go. */
export function waysOf(rows: PersonRows, policies: Iterable<number>, names: Names): Ways {
  const person = knownPerson(rows, names);
  const number = numberOf(rows.person, 'number');
  const customerNumber = (id: string) => names.numbers.of('organisations', { organisation: id });
  const segments = segmentTimeline(person, customerNumber, names.erasOf).map(
    ({ from, value }): Piece<number> => ({ from, value: value ? segmentNumber(value, names.numbers) : 0 }),
  );
  const scope = -person.organisation;
  const base = joined(segments, []).map(({ from, value: [segment = 0] }) => ({
    from,
    value: segment === 0 ? 0 : names.numbers.of('groups', { scope, segment, state: 0 }),
  }));
  const last = segments.at(-1) ?? { from: person.registeredAt, value: 0 };
  const ways = [...policies].map((policy) => {
    const states = stateTimeline(person, policy, names.states);
    const numbered = states.pieces.map(({ from, value }) => ({ from, value: stateNumber(value, names) }));
    const pieces = joined(segments, numbered).map(({ from, value: [segment = 0, state = 0] }) => ({
      from,
      value: policyGroup(policy, segment, state, names),
    }));
    const since = Math.max(states.since, last.from);
    const grouped = pieces.findLast(({ from }) => from <= since)?.value ?? 0;
    const pending = states.pending
      .filter(({ at }) => at > since)
      .map(({ at, purpose, version }) => `${at}:${purpose}:${version}`)
      .join();
    return [policy, { scope: policy, pieces, standing: { person: number, policy, since, grouped, pending } }] as const;
  });
  return { base: { scope, pieces: base }, policies: new Map(ways), last: { since: last.from, segment: last.value } };
}

/** Policies that any fact of a person, or of an anonymous person linked to them, is about. */
export function policiesOf({ facts, linked }: PersonRows): ReadonlySet<number> {
  const rows = [...facts, ...linked.flatMap((each) => each.facts)];
  return new Set(rows.map((row) => numberOf(row, 'policy')).filter((policy) => policy !== 0));
}

function knownPerson({ person, facts, linked }: PersonRows, { view }: Names): KnownPerson {
  const segment = segmentOf(numberOf(person, 'first_segment'), view);
  const known = (rows: readonly Row[]) => rows.flatMap((row) => knownFact(row) ?? []);
  return {
    id: textOf(person, 'id'),
    organisation: segment.organisation,
    registeredAt: numberOf(person, 'registered_at'),
    profile: { categories: segment.categories, customer: segment.customer, exempt: segment.exempt },
    erasedAt: person.erased_at === null ? undefined : numberOf(person, 'erased_at'),
    isLinked: person.account !== null,
    facts: known(facts),
    profiles: facts.flatMap((row) => knownProfile(row) ?? []),
    linked: linked.map((each) => ({ id: textOf(each.person, 'id'), facts: known(each.facts) })),
  };
}

export function segmentOf(number: number, view: View): Segment {
  const [row] = view.rows('segments', { number });
  if (!row) throw new Error('A person is in a segment that there is not.');
  return {
    organisation: numberOf(row, 'organisation'),
    customer: numberOf(row, 'customer'),
    exempt: row.exempt === 1,
    era: numberOf(row, 'era'),
    customerEra: numberOf(row, 'customer_era'),
    categories: JSON.parse(textOf(row, 'categories')) as readonly string[],
  };
}

export function segmentNumber(segment: Segment, numbers: Numbering): number {
  const { organisation, customer, exempt, era, customerEra, categories } = segment;
  return numbers.of('segments', {
    organisation,
    customer,
    exempt: Number(exempt),
    era,
    customer_era: customerEra,
    categories: JSON.stringify(categories),
  });
}

/** 0: nothing was told. */
export function stateNumber(state: PersonState, { numbers, states, found }: Names): number {
  const known = found.numbers.get(state);
  if (known !== undefined) return known;
  const text = states.nameOf(state);
  const number = text === EMPTY ? 0 : numbers.of('states', { state: text });
  found.numbers.set(state, number);
  return number;
}

/** Of the people who have facts on the policy; 0: no group. */
export function policyGroup(scope: number, segment: number, state: number, { numbers, found }: Names): number {
  if (segment === 0 || state === 0) return 0;
  const key = `${scope} ${segment}`;
  const groups = found.groups.get(key) ?? [];
  const known = groups[state];
  if (known !== undefined) return known;
  const number = numbers.of('groups', { scope, segment, state });
  if (found.groups.size >= MAX_SEGMENTS) found.groups.clear();
  groups[state] = number;
  found.groups.set(key, groups);
  return number;
}

export function stateOfGroup(number: number, { view, states, found }: Names): PersonState {
  if (number === 0) return NOTHING_TOLD;
  const known = found.statesOfGroups.get(number);
  if (known) return known;
  const group = existing(view.rows('groups', { number })[0], 'group');
  const row = existing(view.rows('states', { number: numberOf(group, 'state') })[0], 'state');
  const state = states.named(textOf(row, 'state'));
  if (found.statesOfGroups.size >= MAX_GROUPS) found.statesOfGroups.clear();
  found.statesOfGroups.set(number, state);
  return state;
}

export interface Told {
  readonly n: number;
  /** The instant from which a live fact counts; undefined: a late one, or a correction. */
  readonly liveAt: number | undefined;
}

/** A person's way through the groups of a scope as it was known and as it is known now. */
export interface OtherWay {
  readonly person: number;
  readonly before: Way | undefined;
  readonly after: Way;
}

/** Rows for another way. */
export function moved({ person, before, after }: OtherWay, { n, liveAt }: Told): readonly RowChange[] {
  const { scope } = after;
  return movesBetween(before?.pieces ?? [], after.pieces).map((move, place) =>
    insert('moves', { scope, k: n, person, place, ...move, live: move.t === liveAt ? 1 : 0 }),
  );
}
