import type { DomainEvent } from '../../domain/decider';
import type { Position, StoredEvent } from '../../event-store/event-store';
import type { Aggregate } from '../aggregate';
import type { Application } from '../application';

/** What a stream had come to by a position of the log. */
export type StateAt<State> = (id: string, position: Position) => Promise<State>;

/**
 * States of streams as they stood at positions, for many questions about few streams: each stream is read once and
 * each of its states folded once, for as long as the answered function is kept.
 */
export function statesAt<State, Command, Event extends DomainEvent>(
  app: Pick<Application, 'store'>,
  aggregate: Aggregate<State, Command, Event>,
): StateAt<State> {
  const streams = new Map<string, Promise<readonly StoredEvent[]>>();
  const states = new Map<string, State>();
  return async (id, position) => {
    const reading = streams.get(id) ?? readAll(app, aggregate.stream(id));
    streams.set(id, reading);
    const events = (await reading).filter((event) => app.store.comparePositions(event.position, position) <= 0);
    const key = `${id} ${events.length}`;
    let state = states.get(key);
    if (state === undefined) {
      state = events.map(aggregate.read).reduce(aggregate.decider.evolve, aggregate.decider.initialState);
      states.set(key, state);
    }
    return state;
  };
}

async function readAll(app: Pick<Application, 'store'>, stream: string): Promise<readonly StoredEvent[]> {
  const events: StoredEvent[] = [];
  for await (const event of app.store.readStream(stream)) events.push(event);
  return events;
}
