import { type PersonState, type StateFact, stateOfText, textOfState, withExpiry, withFact } from './person-state';

/**
 * States are few and what follows from them is pure, so that each is worked out once and then known: one object for one
 * state, with its text and what became of it before.
 */
interface KnownState {
  readonly text: string;
  readonly next: Map<string, PersonState>;
}

/** Most states known at a time. */
const MAX_KNOWN = 20_000;
/** Most ways on that are remembered of one. */
const MAX_NEXT = 200;

let byText = new Map<string, PersonState>();
let known = new WeakMap<PersonState, KnownState>();

export function stateAfter(state: PersonState, fact: StateFact, linked: boolean): PersonState {
  return following(state, nameOf(fact, linked), () => withFact(state, fact, linked));
}

export function stateOnceExpired(state: PersonState, purpose: number, version: number, linked: boolean): PersonState {
  return following(state, `expired ${purpose} ${version} ${linked}`, () => withExpiry(state, purpose, version, linked));
}

export function stateNamed(text: string): PersonState {
  return byText.get(text) ?? remember(stateOfText(text), text);
}

export function nameOfState(state: PersonState): string {
  return known.get(state)?.text ?? textOfState(state);
}

function following(state: PersonState, name: string, make: () => PersonState): PersonState {
  const { next } = known.get(state) ?? remembered(state);
  const found = next.get(name);
  if (found) return found;
  const made = make();
  const text = textOfState(made);
  const one = byText.get(text) ?? remember(made, text);
  if (next.size >= MAX_NEXT) next.clear();
  next.set(name, one);
  return one;
}

function remembered(state: PersonState): KnownState {
  const entry = { text: textOfState(state), next: new Map() };
  known.set(state, entry);
  return entry;
}

function remember(state: PersonState, text: string): PersonState {
  if (byText.size >= MAX_KNOWN) {
    byText = new Map();
    known = new WeakMap();
  }
  byText.set(text, state);
  known.set(state, { text, next: new Map() });
  return state;
}

function nameOf(fact: StateFact, linked: boolean): string {
  const about = 'purposes' in fact ? fact.purposes.join() : fact.kind === 'told' ? fact.step : fact.accepted;
  return `${fact.kind} ${'version' in fact ? fact.version : 0} ${about} ${linked}`;
}
