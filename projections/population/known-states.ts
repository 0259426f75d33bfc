import {
  type PersonState,
  type StateFact,
  stateOfText,
  type Teller,
  textOfState,
  withExpiry,
  withFact,
} from './person-state';
import { settledBy } from './settled-facts';
import type { Lore } from './version-lore';

/**
 * States are few and what follows from them is pure, so that each is worked out once and then known: one object for one
 * state, with its text and what became of it before. Of one set of tables, as versions have numbers there.
 */
export interface KnownStates {
  after(state: PersonState, fact: StateFact, teller: Teller): PersonState;
  onceExpired(state: PersonState, purpose: number, version: number, linked: boolean): PersonState;
  named(text: string): PersonState;
  nameOf(state: PersonState): string;
}

interface KnownState {
  readonly text: string;
  readonly next: Map<string, PersonState>;
}

/** Most states known at a time. */
const MAX_KNOWN = 20_000;
/** Most ways on that are remembered of one. */
const MAX_NEXT = 200;

export function knownStates(lore: Lore): KnownStates {
  let byText = new Map<string, PersonState>();
  let known = new WeakMap<PersonState, KnownState>();

  function remember(state: PersonState, text: string): PersonState {
    if (byText.size >= MAX_KNOWN) {
      byText = new Map();
      known = new WeakMap();
    }
    byText.set(text, state);
    known.set(state, { text, next: new Map() });
    return state;
  }

  function following(state: PersonState, name: string, make: () => PersonState): PersonState {
    const one = known.get(state) ? state : remember(state, textOfState(state));
    const next = known.get(one)?.next;
    const found = next?.get(name);
    if (found) return found;
    const made = make();
    const text = textOfState(made);
    const following = byText.get(text) ?? remember(made, text);
    if (next && next.size >= MAX_NEXT) next.clear();
    next?.set(name, following);
    return following;
  }

  return {
    after: (state, fact, teller) =>
      following(state, nameOfFact(fact, teller), () => {
        const told = withFact(state, fact, teller === 'visitor');
        return 'version' in fact ? settledBy(told, fact.version, lore, teller !== 'alone') : told;
      }),
    onceExpired: (state, purpose, version, linked) =>
      following(state, `expired ${purpose} ${version} ${linked}`, () => withExpiry(state, purpose, version, linked)),
    named: (text) => byText.get(text) ?? remember(stateOfText(text), text),
    nameOf: (state) => known.get(state)?.text ?? textOfState(state),
  };
}

function nameOfFact(fact: StateFact, teller: Teller): string {
  const about = 'purposes' in fact ? fact.purposes.join() : fact.kind === 'told' ? fact.step : fact.accepted;
  return `${fact.kind} ${'version' in fact ? fact.version : 0} ${about} ${teller}`;
}
