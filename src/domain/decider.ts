/**
 * A decider holds the rules of one aggregate as three pure things. Time, ids and whatever else comes from outside
 * arrive in the command; nothing here reads a clock, a store or a random source.
 */
export interface Decider<State, Command, Event> {
  readonly initialState: State;
  /** The events that follow from the command. @throws Refusal when a rule forbids it; nothing is then changed. */
  decide(command: Command, state: State): readonly Event[];
  evolve(state: State, event: Event): State;
}

/** What every stored event looks like to the domain: a type that never changes, and its data. */
export interface DomainEvent<Type extends string = string, Data = unknown> {
  readonly type: Type;
  readonly data: Data;
}
