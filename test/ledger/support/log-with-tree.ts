import { createHash } from 'node:crypto';
import type { AppendSink, LogDoor } from '../../../src/event-store/append-sink';
import type { EventStore, NewEvent, StoredEvent } from '../../../src/event-store/event-store';
import { openSqliteEventStore } from '../../../src/event-store/sqlite/sqlite-event-store';
import { leafOf } from '../../../src/ledger/leaf';
import type { LedgerTree } from '../../../src/ledger/ledger-tree';
import { createTree, type GrowingTree, hashLeaf, rootOf } from '../../../src/ledger/merkle-tree';
import { openTreeInLog } from '../../../src/ledger/sqlite/tree-in-log';
import { collect } from '../../support/event-store-samples';

/** Categories of which the tests' events are leaves. */
export const LEAF_PREFIXES = ['log-', 'policy-', 'subject-'];

export interface LogWithTree {
  readonly store: EventStore;
  readonly tree: LedgerTree;
}

/** A SQLite log with the tree in it, as a node has it. */
export function openLogWithTree(
  directory?: string,
  around: (sink: AppendSink, door: LogDoor) => AppendSink = (sink) => sink,
  clock: () => number = Date.now,
): LogWithTree {
  return openTreeInLog(LEAF_PREFIXES, (sink) =>
    openSqliteEventStore({ directory, clock, sink: (door) => around(sink(door), door) }),
  );
}

/** The tree kept is that of the log: its size and root, and every leaf with the place of its event. */
export async function expectTreeOfLog({ store, tree }: LogWithTree): Promise<void> {
  const expected = await treeOfLog(store);
  expect(tree.size()).toBe(expected.events.length);
  expect(hex(rootOf(tree, tree.size()))).toBe(hex(rootOf(expected.tree, tree.size())));
  const kept = [...tree.leaves(0, tree.size())].map(({ leaf, position }) => [hex(leaf), position]);
  expect(kept).toEqual(expected.events.map((event) => [hex(leafOf(event)), event.position]));
  expect(expected.events.map((_, index) => tree.positionOf(index))).toEqual(
    expected.events.map(({ position }) => position),
  );
}

/** The tree over a log as the definitions have it, from what the store gives back. */
export async function treeOfLog(store: EventStore): Promise<{ tree: GrowingTree; events: StoredEvent[] }> {
  const tree = createTree();
  const events = await collect(store.readAll({ prefixes: LEAF_PREFIXES }));
  for (const event of events) tree.append(hashLeaf(leafOf(event)));
  return { tree, events };
}

export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** A UUID that follows from a name. */
export function uuidOf(name: string): string {
  const digits = createHash('sha256').update(name).digest('hex');
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-5${digits.slice(13, 16)}-8${digits.slice(17, 20)}-${digits.slice(20, 32)}`;
}

export function tagOf(stream: string): string {
  return createHash('sha256').update(`tag of ${stream}`).digest('base64url');
}

/** An event as the application writes it, of a stream's version. */
export function factOf(stream: string, version: number, type = 'SampleRecorded'): NewEvent {
  return {
    id: uuidOf(`${stream} ${version}`),
    type,
    data: { version, text: 'æ\u2028"\n'.repeat(version % 7) },
    metadata: { commandId: uuidOf(`command ${stream} ${version}`), schemaVersion: 1, streamTag: tagOf(stream) },
  };
}

export function factsOf(stream: string, seen: number, count: number): NewEvent[] {
  return Array.from({ length: count }, (_, index) => factOf(stream, seen + index + 1));
}
