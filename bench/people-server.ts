/** A node with people in a process of its own, for the benchmarks that measure one over the network. */
import { setTimeout as delay } from 'node:timers/promises';
import { giveServerRoom } from '../src/engine-memory';
import { cpuMicroseconds, obey } from './child-server';
import { openPeopleNode, type PeopleNode, type ShownVersion } from './people-node';

export type PeopleOrder =
  | { readonly kind: 'open'; readonly directory: string; readonly people: number; readonly tokens: boolean }
  | { readonly kind: 'cpu' | 'memory' | 'draft' | 'publish' | 'settle' };

/** What each order is answered with; absent: nothing came of it. */
export interface PeopleReport {
  readonly opened?: OpenedPeople;
  readonly cpuMicroseconds?: number;
  readonly memory?: HeldMemory;
  /** When the publication was asked for, on the clock of the machine. */
  readonly startedMs?: number;
}

export interface OpenedPeople {
  readonly address: string;
  readonly serviceToken: string;
  readonly subjects: readonly string[];
  /** Of each person; none where none were asked for. */
  readonly subjectTokens: readonly string[];
  readonly shown: ShownVersion;
}

/** Bytes after what nobody needs any more was collected. */
export interface HeldMemory {
  readonly resident: number;
  /** JavaScript objects and the buffers that they hold. */
  readonly objects: number;
}

let node: PeopleNode | undefined;

if (require.main === module) obey(carryOut);

async function carryOut(order: PeopleOrder): Promise<PeopleReport> {
  switch (order.kind) {
    case 'open':
      giveServerRoom();
      node = await openPeopleNode(order.directory, order.people);
      return { opened: await opened(node, order.tokens) };
    case 'cpu':
      return { cpuMicroseconds: cpuMicroseconds() };
    case 'memory':
      return { memory: await heldMemory() };
    case 'draft':
      await open().draft();
      return {};
    case 'publish':
      return { startedMs: await open().publish() };
    case 'settle':
      await open().settle();
      return {};
  }
}

function open(): PeopleNode {
  if (!node) throw new Error('The node was not opened.');
  return node;
}

async function opened(of: PeopleNode, tokens: boolean): Promise<OpenedPeople> {
  const { address, serviceToken, subjects } = of;
  return { address, serviceToken, subjects, subjectTokens: tokens ? await of.subjectTokens() : [], shown: of.shown() };
}

/** The collector gives pages back behind the program's back, for so long at the most. */
const GIVEN_BACK_MS = 500;

export async function heldMemory(): Promise<HeldMemory> {
  for (let time = 0; time < 3; time += 1) {
    if (!global.gc) throw new Error('Start it with --expose-gc.');
    global.gc();
    await delay(GIVEN_BACK_MS);
  }
  const { rss, heapUsed, external } = process.memoryUsage();
  return { resident: rss, objects: heapUsed + external };
}
