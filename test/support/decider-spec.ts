import type { Decider, DomainEvent } from '../../src/domain/decider';
import { Refusal } from '../../src/domain/refusal';

/**
 * A rule told as given events, when a command, then events or a refusal.
 *
 *   spec(decider).given(created).when(edit).thenEvents(edited)
 *   spec(decider).given(created).when(edit).refused('STALE_VERSION')
 */
export function spec<State, Command, Event extends DomainEvent>(decider: Decider<State, Command, Event>) {
  return {
    given: (...events: readonly Event[]) => {
      const state = events.reduce(decider.evolve, decider.initialState);
      return { state, when: (command: Command) => outcomeOf(decider, state, command) };
    },
  };
}

function outcomeOf<State, Command, Event extends DomainEvent>(
  decider: Decider<State, Command, Event>,
  state: State,
  command: Command,
) {
  return {
    /** The events decided; fails when the command is refused. */
    events: () => decider.decide(command, state),
    thenEvents: (...expected: readonly Event[]) => expect(decider.decide(command, state)).toEqual(expected),
    refused: (code: string): Refusal => {
      const refusal = refusalOf(() => decider.decide(command, state));
      expect(refusal.code).toBe(code);
      return refusal;
    },
  };
}

function refusalOf(decide: () => unknown): Refusal {
  let events: unknown;
  try {
    events = decide();
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
  throw new Error(`Nothing was refused; it decided ${JSON.stringify(events)}.`);
}
