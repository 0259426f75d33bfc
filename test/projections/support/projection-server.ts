import { createContext, runInContext } from 'node:vm';
import type { JsonObject } from '../../../src/event-store/event-store';

/** An event as the server hands it to a projection. */
export interface ServerEvent {
  readonly streamId: string;
  readonly eventType: string;
  readonly sequenceNumber: number;
  readonly isJson: boolean;
  /** Absent where the event holds no JSON. */
  readonly data: JsonObject | undefined;
  readonly metadata: JsonObject;
}

type Handler = (state: unknown, event: ServerEvent) => unknown;
type Handlers = { readonly $init?: () => unknown } & { readonly [eventType: string]: Handler };

/** What a source says: which events it reads, by what it splits its state, and its handlers. */
interface Definition {
  reads: (event: ServerEvent) => boolean;
  partition: (event: ServerEvent) => unknown;
  handlers: Handlers;
}

/**
 * Stands in for the part of EventStoreDB's projections that reads and keeps state. It has no emit, linkTo, transformBy
 * or outputState: a source that names one fails here. State goes through JSON between two events, as on the server
 * between two checkpoints. An event whose partition is no text or number is passed over. test/event-store/eventstoredb-projection-answers.test.ts holds it against the server.
 *
 * @returns the state of every partition; '' names that of a projection without any
 * @throws on a partition named '', at which the server stops a projection for good
 */
export function runProjection(source: string, events: readonly ServerEvent[]): ReadonlyMap<string, unknown> {
  const { reads, partition, handlers } = definitionOf(source);
  const states = new Map<string, unknown>();
  for (const event of events) {
    const handler = handlers[event.eventType];
    if (!handler || !reads(event)) continue;
    const key = partition(event);
    if (typeof key !== 'string' && typeof key !== 'number') continue;
    if (key === '' && partition !== whole) throw new Error('A partition has no name.');
    const state = throughJson(states.has(String(key)) ? states.get(String(key)) : (handlers.$init?.() ?? {}));
    // A handler that answers nothing has changed the state it was given, or nothing.
    states.set(String(key), throughJson(handler(state, Object.freeze(event)) ?? state));
  }
  return states;
}

const whole = () => '';

/** @throws whatever the source throws, and where it names what the stand-in does not have */
export function definitionOf(source: string): Definition {
  const definition: Definition = { reads: () => true, partition: whole, handlers: {} };
  const when = (handlers: Handlers) => {
    definition.handlers = handlers;
    return {};
  };
  const from = (reads: Definition['reads']) => {
    definition.reads = reads;
    return selection;
  };
  const selection = {
    foreachStream: () => {
      definition.partition = (event) => event.streamId;
      return { when };
    },
    partitionBy: (by: Definition['partition']) => {
      definition.partition = by;
      return { when };
    },
    when,
  };
  const names = {
    fromAll: () => from(() => true),
    fromCategory: (category: string) => from(({ streamId }) => streamId.startsWith(`${category}-`)),
    fromStream: (stream: string) => from(({ streamId }) => streamId === stream),
    fromStreams: (...streams: readonly (string | readonly string[])[]) =>
      from(({ streamId }) => streams.flat().includes(streamId)),
  };
  runInContext(`'use strict';\n${source}`, createContext(names), { timeout: 1_000 });
  return definition;
}

function throughJson(state: unknown): unknown {
  return JSON.parse(JSON.stringify(state));
}
