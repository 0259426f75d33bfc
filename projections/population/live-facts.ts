import { insert, numberOf, type Row, type RowChange, textOf, update } from '../projection';
import { knownFact } from './person-facts';
import { moved, type Names, policyGroup, stateNumber, stateOfGroup, type Told } from './person-rows';
import { NOTHING_TOLD, type PersonState } from './person-state';
import { expiring, type Piece, type SidedExpiry, stillPending } from './person-timeline';

/**
 * A fact told as it happens, after everything known of the person: nothing that came before has to be looked at, only
 * where they stand. Undefined where that does not hold.
 */
export function liveMove(person: Row, row: Row, told: Told, names: Names): readonly RowChange[] | undefined {
  const { view, states } = names;
  const policy = numberOf(row, 'policy');
  const number = numberOf(person, 'number');
  const standing = view.get('standings', [number, policy]);
  const fact = knownFact(row);
  if (!fact || told.liveAt === undefined || !followsAll(person, standing, told.liveAt)) return undefined;
  const segment = numberOf(person, 'segment');
  const group = (state: PersonState) => policyGroup(policy, segment, stateNumber(state, names), names);
  const pieces = (from: number, state: PersonState, pending: readonly SidedExpiry[]): readonly Piece<number>[] => {
    const later = expiring(state, pending, Number.POSITIVE_INFINITY, states).pieces;
    return [{ from, value: group(state) }, ...later.map((piece) => ({ from: piece.from, value: group(piece.value) }))];
  };
  const stood: Stood = standing ? stoodIn(standing, names) : { state: NOTHING_TOLD, pending: [] };
  const then = expiring(stood.state, stood.pending, told.liveAt, states);
  const withIt = states.after(then.state, fact.fact, 'alone');
  const now = expiring(withIt, stillPending(withIt, then.pending, fact, false), told.liveAt, states);
  const before = pieces(told.liveAt, then.state, then.pending);
  const after = pieces(told.liveAt, now.state, now.pending);
  const pending = now.pending.map(({ at, purpose, version }) => `${at}:${purpose}:${version}`).join();
  const set = { since: told.liveAt, grouped: group(now.state), pending };
  const key = { person: number, policy };
  return [
    standing ? update('standings', key, set) : insert('standings', { ...key, ...set }),
    ...moved(
      { person: number, before: { scope: policy, pieces: before }, after: { scope: policy, pieces: after } },
      told,
    ),
  ];
}

/** True where everything known of the person holds from the instant or before, and in their own stream alone. */
function followsAll(person: Row, standing: Row | undefined, liveAt: number): boolean {
  if (person.account !== null || person.erased_at !== null || numberOf(person, 'linked') > 0) return false;
  return numberOf(person, 'since') <= liveAt && (standing === undefined || numberOf(standing, 'since') <= liveAt);
}

interface Stood {
  readonly state: PersonState;
  readonly pending: readonly SidedExpiry[];
}

function stoodIn(standing: Row, names: Names): Stood {
  const text = textOf(standing, 'pending');
  const pending = text === '' ? [] : text.split(',');
  return {
    state: stateOfGroup(numberOf(standing, 'grouped'), names),
    pending: pending.map((each) => {
      const [at = 0, purpose = 0, version = 0] = each.split(':').map(Number);
      return { at, purpose, version, linked: false };
    }),
  };
}
