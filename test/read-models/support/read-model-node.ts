import { randomUUID } from 'node:crypto';
import type { EventStore, JsonObject, NewEvent, Position } from '../../../src/event-store/event-store';
import { openSqliteEventStore } from '../../../src/event-store/sqlite/sqlite-event-store';
import type { Prefix } from '../../../src/read-models/read-models';
import { type OpenReadModels, openReadModels } from '../../../src/read-models/sqlite/open-read-models';
import { within } from '../../support/event-store-samples';
import type { SampleFact } from './sample-facts';

/** A real store in memory whose clock the test sets, with the read models of a node over it. */
export interface ReadModelNode extends OpenReadModels {
  readonly store: EventStore;
  readonly clock: { nowMs: number };
  /** Appends facts to a stream at a recording time (else the clock's) and waits until they are applied. */
  record(stream: string, facts: readonly SampleFact[], recordedAt?: string): Promise<Prefix>;
}

export async function openNode(file = ':memory:', given?: EventStore): Promise<ReadModelNode> {
  const clock = { nowMs: Date.parse('2020-01-01T00:00:00.000Z') };
  const store = given ?? openSqliteEventStore({ clock: () => clock.nowMs });
  const node = openReadModels({ file, store, nowMs: () => clock.nowMs });
  node.runner.start();
  const close = async () => {
    await node.close();
    await store.close();
  };
  const record = async (stream: string, facts: readonly SampleFact[], recordedAt?: string) => {
    if (recordedAt !== undefined) clock.nowMs = Date.parse(recordedAt);
    const position = await appendFacts(store, stream, facts);
    await reach(node, position);
    return node.readModels.applied();
  };
  return { ...node, store, clock, record, close };
}

export async function reach({ runner }: Pick<OpenReadModels, 'runner'>, position: Position): Promise<void> {
  const reached = await within(runner.waitFor(position, 10_000), 'The read models');
  if (!reached) throw new Error(`The position was not applied: ${JSON.stringify(runner.state())}`);
}

/** Appends to the end of a stream. */
export async function appendFacts(
  store: EventStore,
  stream: string,
  facts: readonly SampleFact[],
  metadata: JsonObject = {},
): Promise<Position> {
  let expected = 0;
  for await (const event of store.readStream(stream, { backwards: true, limit: 1 })) expected = event.version;
  const { position } = await store.append(
    stream,
    facts.map((fact) => newEvent(fact, metadata)),
    expected,
  );
  return position;
}

export function newEvent(fact: SampleFact, metadata: JsonObject = {}): NewEvent {
  const data = JSON.parse(JSON.stringify(fact.data)) as JsonObject;
  return { id: randomUUID(), type: fact.type, data, metadata: { schemaVersion: 1, ...metadata } };
}

/** Settles once the runner is in a phase. */
export async function phaseOf({ runner }: Pick<OpenReadModels, 'runner'>, phase: string): Promise<void> {
  const reached = async () => {
    while (runner.state().phase !== phase) await new Promise((resolve) => setTimeout(resolve, 5));
  };
  await within(reached(), `Phase ${phase} (now ${JSON.stringify(runner.state())})`);
}
