import { type FoundNumbers, foundNumbers, type Numbering } from '../numbers';
import { existing, insert, numberOf, type Row, type RowChange, textOf, type View } from '../projection';
import { type KnownStates, knownStates } from './known-states';
import { type Expiry, knownFact, knownProfile } from './person-facts';
import { type FactOnPolicy, factsOfPerson, NEVER } from './person-standings';
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
  readonly facts: readonly FactOnPolicy[];
  readonly linked: readonly { readonly person: Row; readonly facts: readonly FactOnPolicy[] }[];
}

export function rowsOfPerson(person: Row, view: View): PersonRows {
  const factsOf = (row: Row) => factsOfPerson(numberOf(row, 'number'), view);
  const links = numberOf(person, 'linked') > 0 ? view.rows('links', { account: numberOf(person, 'number') }) : [];
  const linked = links.flatMap(({ anonymous }) => {
    const row = view.get('people', [anonymous as number]);
    return row ? [{ person: row, facts: factsOf(row) }] : [];
  });
  return { person, facts: factsOf(person), linked };
}

export function personNamed(id: string, view: View): Row {
  return existing(view.rows('people', { id })[0], 'person');
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
  readonly known: Map<number, KnownGroup>;
  readonly policies: FoundNumbers;
  readonly versions: FoundNumbers;
  readonly purposes: FoundNumbers;
  readonly people: FoundNumbers;
}

export interface KnownGroup {
  readonly segment: number;
  readonly state: PersonState;
}

/** Most segments of a scope of which groups are kept. */
const MAX_SEGMENTS = 10_000;
const MAX_GROUPS = 20_000;

const foundIn = new WeakMap<View, Found>();

function foundOf(view: View): Found {
  const known = foundIn.get(view);
  if (known) return known;
  const states = knownStates(loreIn(view));
  const found = {
    states,
    numbers: new WeakMap(),
    groups: new Map(),
    known: new Map(),
    policies: foundNumbers(view, 'policies', 'policy'),
    versions: foundNumbers(view, 'versions', 'version'),
    purposes: foundNumbers(view, 'purposes', 'purpose'),
    people: foundNumbers(view, 'people', 'id'),
  };
  foundIn.set(view, found);
  return found;
}

export function namesIn(view: View, numbers: Numbering): Names {
  let eras: Map<number, readonly number[]> | undefined;
  const erasOf = (organisation: number) => {
    eras ??= new Map();
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

/** Where live facts go on from: in which group, from when on, and which yeses are still to expire. */
export interface Standing {
  readonly since: number;
  readonly grouped: number;
  readonly pending: string;
}

export interface Ways {
  readonly base: Way;
  /** By policy; and from the last fact on what live facts go on from. */
  readonly policies: ReadonlyMap<number, Way & { readonly standing: Standing }>;
  /** The last part of the profile: from when, and as what. */
  readonly last: { readonly since: number; readonly segment: number };
}

/** Where a person stood and stands, from all that is known of them: as far as these policies go. */
export function waysOf(rows: PersonRows, policies: Iterable<number>, names: Names): Ways {
  const person = knownPerson(rows, names);
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
    const pending = pendingText(states.pending.filter(({ at }) => at > since));
    const standing = isAlone(rows.person) ? { since, grouped, pending } : { since: NEVER, grouped, pending: '' };
    return [policy, { scope: policy, pieces, standing }] as const;
  });
  return { base: { scope, pieces: base }, policies: new Map(ways), last: { since: last.from, segment: last.value } };
}

/** True where only facts of the person's own stream tell how they stand. */
export function isAlone(person: Row): boolean {
  return person.account === null && person.erased_at === null && person.linked === 0;
}

export function pendingText(pending: readonly Expiry[]): string {
  let text = '';
  for (const { at, purpose, version } of pending) text += `${text === '' ? '' : ','}${at}:${purpose}:${version}`;
  return text;
}

/** Policies that any fact of a person, or of an anonymous person linked to them, is about. */
export function policiesOf({ facts, linked }: PersonRows): ReadonlySet<number> {
  const all = [...facts, ...linked.flatMap((each) => each.facts)];
  return new Set(all.map(({ policy }) => policy).filter((policy) => policy !== 0));
}

function knownPerson({ person, facts, linked }: PersonRows, { view }: Names): KnownPerson {
  const segment = segmentOf(numberOf(person, 'first_segment'), view);
  const known = (told: readonly FactOnPolicy[]) =>
    told.flatMap(({ policy, stored }) => knownFact(stored, policy) ?? []);
  return {
    id: textOf(person, 'id'),
    organisation: segment.organisation,
    registeredAt: numberOf(person, 'registered_at'),
    profile: { categories: segment.categories, customer: segment.customer, exempt: segment.exempt },
    erasedAt: person.erased_at === null ? undefined : numberOf(person, 'erased_at'),
    isLinked: person.account !== null,
    facts: known(facts),
    profiles: facts.flatMap(({ stored }) => knownProfile(stored) ?? []),
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

export function knownGroup(number: number, { view, states, found }: Names): KnownGroup {
  const known = found.known.get(number);
  if (known) return known;
  const group = existing(view.rows('groups', { number })[0], 'group');
  const row = existing(view.rows('states', { number: numberOf(group, 'state') })[0], 'state');
  const made = { segment: numberOf(group, 'segment'), state: states.named(textOf(row, 'state')) };
  if (found.known.size >= MAX_GROUPS) found.known.clear();
  found.known.set(number, made);
  return made;
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
  return movesBetween(before?.pieces ?? [], after.pieces).map(({ t, leaves, enters }, place) =>
    insert('moves', { scope, k: n, person, place, t, leaves, enters, live: t === liveAt ? 1 : 0 }),
  );
}
