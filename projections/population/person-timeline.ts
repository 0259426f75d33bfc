import type { KnownStates } from './known-states';
import type { Expiry, KnownFact, KnownProfile } from './person-facts';
import { holdsYes, NOTHING_TOLD, type PersonState } from './person-state';

/** What a person was to organisations, as far as the rules of populations tell people apart (rules O1, V1, D5). */
export interface Segment {
  /** That registered the person; its number. */
  readonly organisation: number;
  /** Number of the customer whose person it is; 0: none. */
  readonly customer: number;
  readonly exempt: boolean;
  readonly categories: readonly string[];
  /**
   * The last publication with a cohort date, of any policy of the organisation, that the person registered after; 0:
   * none. Whoever has the same one has the same dates (rule V1).
   */
  readonly era: number;
  /** The same of the customer's policies. */
  readonly customerEra: number;
}

/** Everything known of a person that a population depends on. Instants are in milliseconds. */
export interface KnownPerson {
  readonly id: string;
  readonly organisation: number;
  readonly registeredAt: number;
  /** As registered. */
  readonly profile: { readonly categories: readonly string[]; readonly customer: number; readonly exempt: boolean };
  readonly erasedAt: number | undefined;
  /** True for an anonymous person that an account stands for by now (rule D7). */
  readonly isLinked: boolean;
  readonly facts: readonly KnownFact[];
  readonly profiles: readonly KnownProfile[];
  /** Anonymous persons that are this account. */
  readonly linked: readonly LinkedPerson[];
}

export interface LinkedPerson {
  readonly id: string;
  readonly facts: readonly KnownFact[];
}

/** A value from an instant on; before the first there is none. */
export interface Piece<Of> {
  readonly from: number;
  readonly value: Of;
}

/** Where a person belongs; undefined: nowhere, as they are erased or another account stands for them. */
export function segmentTimeline(
  person: KnownPerson,
  customerNumber: (id: string) => number,
  erasOf: (organisation: number) => readonly number[],
): readonly Piece<Segment | undefined>[] {
  if (person.isLinked) return [];
  const { organisation, registeredAt, erasedAt } = person;
  const eraIn = (of: number) => Math.max(0, ...erasOf(of).filter((publishedAt) => publishedAt <= registeredAt));
  const era = eraIn(organisation);
  const segment = (profile: KnownPerson['profile']): Segment => {
    const { customer } = profile;
    return { ...profile, organisation, era, customerEra: customer === 0 ? 0 : eraIn(customer) };
  };
  let profile = person.profile;
  const pieces: Piece<Segment | undefined>[] = [{ from: registeredAt, value: segment(profile) }];
  for (const { validFrom, categories, customer, exempt } of person.profiles.toSorted(earliestFirst)) {
    profile = {
      categories: categories ?? profile.categories,
      customer: customer === undefined ? profile.customer : customer === null ? 0 : customerNumber(customer),
      exempt: exempt ?? profile.exempt,
    };
    pieces.push({ from: Math.max(validFrom, registeredAt), value: segment(profile) });
  }
  if (erasedAt === undefined) return pieces;
  return [...pieces.filter(({ from }) => from < erasedAt), { from: erasedAt, value: undefined }];
}

/** How a person stands towards one policy over time, and which yeses are still to expire after the last fact. */
export interface StateTimeline {
  readonly pieces: readonly Piece<PersonState>[];
  readonly pending: readonly Expiry[];
  /** The last instant from which a fact counts; 0: no fact does. */
  readonly since: number;
}

interface Placed {
  readonly fact: KnownFact;
  readonly id: string;
  readonly linked: boolean;
}

export function stateTimeline({ id, facts, linked }: KnownPerson, policy: number, states: KnownStates): StateTimeline {
  const own = facts.map((fact): Placed => ({ fact, id, linked: false }));
  const others = linked.flatMap((of) => of.facts.map((fact): Placed => ({ fact, id: of.id, linked: true })));
  const placed = [...own, ...others].filter(({ fact }) => fact.policy === policy).sort(inOrder);
  const account = placed.some(({ linked }) => linked) ? 'account' : 'alone';
  const since = Math.max(0, ...placed.map(({ fact }) => fact.validFrom));
  const pieces: Piece<PersonState>[] = [];
  let state = NOTHING_TOLD;
  let pending: readonly SidedExpiry[] = [];
  for (const { fact, linked: isLinked } of placed) {
    const { validFrom } = fact;
    const expired = expiring(state, pending, validFrom, states);
    pieces.push(...expired.pieces);
    state = states.after(expired.state, fact.fact, isLinked ? 'visitor' : account);
    pending = stillPending(state, expired.pending, fact, isLinked);
    const lapsed = expiring(state, pending, validFrom, states);
    ({ state, pending } = lapsed);
    if (pieces.at(-1)?.from === validFrom) pieces.pop();
    pieces.push({ from: validFrom, value: state });
  }
  const later = expiring(state, pending, Number.POSITIVE_INFINITY, states);
  return { pieces: [...pieces, ...later.pieces], pending, since };
}

export interface SidedExpiry extends Expiry {
  readonly linked: boolean;
}

interface Expired {
  readonly state: PersonState;
  readonly pieces: readonly Piece<PersonState>[];
  readonly pending: readonly SidedExpiry[];
}

/** What becomes of a state as the clock runs to an instant, that instant included (rule D3). */
export function expiring(
  state: PersonState,
  pending: readonly SidedExpiry[],
  until: number,
  states: KnownStates,
): Expired {
  if (!pending.some(({ at }) => at <= until)) return { state, pieces: [], pending };
  const due = pending.filter(({ at }) => at <= until);
  if (due.length > 1) due.sort((a, b) => a.at - b.at);
  let expired = state;
  const pieces: Piece<PersonState>[] = [];
  for (const { at, purpose, version, linked } of due) {
    expired = states.onceExpired(expired, purpose, version, linked);
    // What expires at once makes no group in between.
    if (pieces.at(-1)?.from === at) pieces.pop();
    pieces.push({ from: at, value: expired });
  }
  const later = due.length === pending.length ? [] : pending.filter(({ at }) => at > until);
  return { state: expired, pieces, pending: later };
}

/** Expiries of yeses that still matter after a fact, its own among them. */
export function stillPending(
  state: PersonState,
  pending: readonly SidedExpiry[],
  { fact, expiries }: KnownFact,
  linked: boolean,
): readonly SidedExpiry[] {
  const isAnew = (each: SidedExpiry) =>
    fact.kind === 'given' &&
    fact.version === each.version &&
    linked === each.linked &&
    fact.purposes.includes(each.purpose);
  const kept = pending.filter((each) => !isAnew(each) && holdsYes(state, each.purpose, each.version, each.linked));
  return fact.kind === 'given' ? [...kept, ...expiries.map((expiry) => ({ linked, ...expiry }))] : kept;
}

/** By (validFrom, place in the stream, id): the order in which rules read them, the other way round. */
function inOrder(a: Placed, b: Placed): number {
  return a.fact.validFrom - b.fact.validFrom || a.fact.place - b.fact.place || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}

function earliestFirst(a: KnownProfile, b: KnownProfile): number {
  return a.validFrom - b.validFrom || a.place - b.place;
}

/** Both at once, from the first instant at which either has a value. Of several from the same instant the last holds. */
export function joined<A, B>(
  a: readonly Piece<A>[],
  b: readonly Piece<B>[],
): readonly Piece<readonly [A | undefined, B | undefined]>[] {
  const instants = [...new Set([...a, ...b].map(({ from }) => from))].sort((x, y) => x - y);
  const [left, right] = [following(a), following(b)];
  return instants.map((from) => ({ from, value: [left(from), right(from)] }));
}

/** The value at each of a row of instants that never step back. */
function following<Of>(pieces: readonly Piece<Of>[]): (at: number) => Of | undefined {
  let next = 0;
  let value: Of | undefined;
  return (at) => {
    for (let piece = pieces[next]; piece !== undefined && piece.from <= at; piece = pieces[next]) {
      value = piece.value;
      next += 1;
    }
    return value;
  };
}

/** From one group to another; 0 is outside. */
export interface Move {
  readonly t: number;
  readonly leaves: number;
  readonly enters: number;
}

/** By which moves groups have other people when a person's way through them is another than was known; sorted. */
export function movesBetween(before: readonly Piece<number>[], after: readonly Piece<number>[]): readonly Move[] {
  const [was, is] = [before[0], after[0]];
  // Most facts move somebody once, from the same instant on.
  if (was && is && before.length === 1 && after.length === 1 && was.from === is.from) {
    return was.value === is.value ? [] : [{ t: is.from, leaves: was.value, enters: is.value }];
  }
  const jumps: Jump[] = [];
  addWay(before, -1, jumps);
  addWay(after, 1, jumps);
  const moves: Move[] = [];
  for (let first = 0; first < jumps.length; ) {
    let end = first + 1;
    while (jumps[end]?.t === jumps[first]?.t) end += 1;
    addMoves(jumps, first, end, moves);
    first = end;
  }
  return moves;
}

/** By how many a group grows or shrinks. */
interface Jump {
  readonly group: number;
  readonly t: number;
  by: number;
}

function addWay(pieces: readonly Piece<number>[], sign: 1 | -1, jumps: Jump[]): void {
  let group = 0;
  for (const { from, value } of pieces) {
    if (value === group) continue;
    addJump(group, from, -sign, jumps);
    addJump(value, from, sign, jumps);
    group = value;
  }
}

/** They are few, and sorted by instant and group. */
function addJump(group: number, t: number, by: number, jumps: Jump[]): void {
  if (group === 0) return;
  let place = jumps.length;
  for (let before = jumps[place - 1]; before; before = jumps[place - 1]) {
    if (before.t < t || (before.t === t && before.group < group)) break;
    if (before.t === t && before.group === group) {
      before.by += by;
      return;
    }
    place -= 1;
  }
  jumps.splice(place, 0, { group, t, by });
}

/** Jumps of one instant: a group that shrinks with one that grows, each as often as by how many. */
function addMoves(jumps: readonly Jump[], first: number, end: number, moves: Move[]): void {
  let [out, into] = [first, first];
  for (;;) {
    while (out < end && (jumps[out]?.by ?? 0) >= 0) out += 1;
    while (into < end && (jumps[into]?.by ?? 0) <= 0) into += 1;
    const [left, entered] = [out < end ? jumps[out] : undefined, into < end ? jumps[into] : undefined];
    if (!left && !entered) return;
    moves.push({ t: (left ?? entered)?.t ?? 0, leaves: left?.group ?? 0, enters: entered?.group ?? 0 });
    if (left) left.by += 1;
    if (entered) entered.by -= 1;
  }
}
