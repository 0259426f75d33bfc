import { createContext, runInContext } from 'node:vm';
import type { JsonObject } from '../../../src/event-store/event-store';

/** An event as the server hands it to a projection. */
export interface ServerEvent {
  readonly streamId: string;
  readonly eventType: string;
  readonly sequenceNumber: number;
  readonly isJson: boolean;
  readonly data: JsonObject;
  readonly metadata: JsonObject;
}

type Handler = (state: unknown, event: ServerEvent) => unknown;
type Handlers = { readonly [eventType: string]: Handler };

/** What a source says: which events it reads, by what it splits its state, and its handlers. */
interface Definition {
  reads: (event: ServerEvent) => boolean;
  partition: (event: ServerEvent) => unknown;
  handlers: Handlers;
}

/**
 * Stands in for the part of EventStoreDB's projections that reads and keeps state. It has no emit, linkTo, transformBy
 * or outputState: a source that names one fails here. State goes through JSON between two events, as on the server.
 * Answers the state of every partition; '' is that of a projection that has none.
 */
export function runProjection(source: string, events: readonly ServerEvent[]): ReadonlyMap<string, unknown> {
  const { reads, partition, handlers } = definitionOf(source);
  const states = new Map<string, unknown>();
  for (const event of events) {
    const handler = handlers[event.eventType];
    if (!handler || !reads(event)) continue;
    const key = partition(event);
    if (key === undefined || key === null || (key === '' && partition !== whole)) continue;
    const before = states.has(String(key)) ? states.get(String(key)) : (handlers.$init?.(undefined, event) ?? {});
    states.set(String(key), throughJson(handler(throughJson(before), Object.freeze(event))));
  }
  return states;
}

const whole = () => '';

function definitionOf(source: string): Definition {
  const definition: Definition = { reads: () => true, partition: whole, handlers: {} };
  const from = (reads: Definition['reads']) => {
    definition.reads = reads;
    return selection;
  };
  const selection = {
    foreachStream: () => {
      definition.partition = (event) => event.streamId;
      return selection;
    },
    partitionBy: (by: Definition['partition']) => {
      definition.partition = by;
      return selection;
    },
    when: (handlers: Handlers) => {
      definition.handlers = handlers;
      return {};
    },
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
