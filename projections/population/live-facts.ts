import { existing, insert, numberOf, type Row, type RowChange, textOf, update } from '../projection';
import { type ToldFact, textOfFact } from './person-facts';
import {
  isAlone,
  knownGroup,
  moved,
  type Names,
  pendingText,
  policyGroup,
  stateNumber,
  type Told,
} from './person-rows';
import { NOTHING_TOLD, type PersonState } from './person-state';
import { expiring, type Piece, type SidedExpiry, stillPending } from './person-timeline';

/**
 * A fact told as it happens, after everything known of the person: nothing that came before has to be looked at, only
 * where they stand. Undefined where that does not hold.
 */
export function liveMove(
  { known, stored }: ToldFact,
  id: string,
  told: Told,
  names: Names,
): readonly RowChange[] | undefined {
  const { liveAt } = told;
  const { policy } = known;
  if (liveAt === undefined) return undefined;
  const { states, view, found } = names;
  const person = existing(found.people.find(id), 'person');
  const row = view.get('standings', [person, policy]);
  const stood = row ? stoodIn(row, names) : newcomer(person, names);
  if (!stood || stood.since > liveAt) return undefined;
  const { segment } = stood;
  const then = expiring(stood.state, stood.pending, liveAt, states);
  const withIt = states.after(then.state, known.fact, 'alone');
  const now = expiring(withIt, stillPending(withIt, then.pending, known, false), liveAt, states);
  const way = (state: PersonState, pending: readonly SidedExpiry[]): readonly Piece<number>[] => {
    const pieces = [{ from: liveAt, value: policyGroup(policy, segment, stateNumber(state, names), names) }];
    if (pending.length === 0) return pieces;
    for (const { from, value } of expiring(state, pending, Number.POSITIVE_INFINITY, states).pieces) {
      pieces.push({ from, value: policyGroup(policy, segment, stateNumber(value, names), names) });
    }
    return pieces;
  };
  const pending = pendingText(now.pending);
  // What was told before, as a text that is shown at every visit, moves nobody.
  const isNothingNew = now.state === then.state && pending === pendingText(then.pending);
  const before = isNothingNew ? [] : way(then.state, then.pending);
  const after = isNothingNew ? [] : way(now.state, now.pending);
  const grouped = policyGroup(policy, segment, stateNumber(now.state, names), names);
  const set = { since: liveAt, grouped, pending, told: told.n };
  const fact = { n: told.n, before: row ? numberOf(row, 'told') : 0, fact: textOfFact(stored) };
  return [
    insert('facts', fact),
    row ? update('standings', { person, policy }, set) : insert('standings', { person, policy, ...set }),
    ...moved({ person, before: { scope: policy, pieces: before }, after: { scope: policy, pieces: after } }, told),
  ];
}

interface Stood {
  readonly segment: number;
  readonly since: number;
  readonly state: PersonState;
  readonly pending: readonly SidedExpiry[];
}

/** Undefined: whether they are in any group is not known from here. */
function stoodIn(row: Row, names: Names): Stood | undefined {
  const grouped = numberOf(row, 'grouped');
  if (grouped === 0) return undefined;
  const { segment, state } = knownGroup(grouped, names);
  return {
    segment,
    since: numberOf(row, 'since'),
    state,
    pending: pendingOf(textOf(row, 'pending')),
  };
}

/** Of whom no fact on the policy is known. */
function newcomer(number: number, { view }: Names): Stood | undefined {
  const person = existing(view.get('people', [number]), 'person');
  if (!isAlone(person)) return undefined;
  return {
    segment: numberOf(person, 'segment'),
    since: numberOf(person, 'since'),
    state: NOTHING_TOLD,
    pending: [],
  };
}

function pendingOf(text: string): readonly SidedExpiry[] {
  if (text === '') return [];
  return text.split(',').map((each) => {
    const [at = 0, purpose = 0, version = 0] = each.split(':').map(Number);
    return { at, purpose, version, linked: false };
  });
}
