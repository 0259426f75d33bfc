import { type Aggregate, organisations, policies, templates } from '../application/aggregate';
import type { Application } from '../application/application';
import { loadFold } from '../application/handle-command';
import type { DomainEvent } from '../domain/decider';
import type { Organisation } from '../domain/organisation/organisation.decider';
import type { Policy } from '../domain/policy/policy.state';
import type { Template } from '../domain/template/template.decider';
import type { Prefix } from '../read-models/read-models';

/** The policy with its draft as it stood at the end of a prefix (rule S1); undefined when it was not there. */
export async function policyAt(app: Application, id: string, prefix: Prefix): Promise<Policy | undefined> {
  const state = await stateAt(app, policies, id, prefix);
  return state.status === 'existing' ? state : undefined;
}

/** The template as it stood at the end of a prefix; undefined when it was not there. */
export async function templateAt(app: Application, id: string, prefix: Prefix): Promise<Template | undefined> {
  const state = await stateAt(app, templates, id, prefix);
  return state.status === 'existing' ? state : undefined;
}

/** The organisation with its settings as they stood at the end of a prefix; undefined when it was not there. */
export async function organisationAt(app: Application, id: string, prefix: Prefix): Promise<Organisation | undefined> {
  const state = await stateAt(app, organisations, id, prefix);
  return state.status === 'registered' ? state : undefined;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

async function stateAt<State, Command, Event extends DomainEvent>(
  app: Application,
  aggregate: Aggregate<State, Command, Event>,
  id: string,
  prefix: Prefix,
): Promise<State> {
  let state = aggregate.decider.initialState;
  if (prefix.n === 0 || !UUID.test(id)) return state;
  const isWithin = (position: Prefix['position']) => app.store.comparePositions(position, prefix.position) <= 0;
  const stream = aggregate.stream(id);
  const fold = await loadFold(app, aggregate, stream);
  if (fold.position === undefined || isWithin(fold.position)) return fold.state;
  // Something was written since; the fold that is kept knows too much.
  for await (const event of app.store.readStream(stream)) {
    if (!isWithin(event.position)) break;
    state = aggregate.decider.evolve(state, aggregate.read(event));
  }
  return state;
}
