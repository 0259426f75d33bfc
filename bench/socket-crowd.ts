/**
 * Many WebSockets in one process: the clients of `notice-sockets.ts`. They count what comes and read nothing of it.
 */
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { machineMs, obey } from './child-server';

export type CrowdOrder =
  | {
      readonly kind: 'connect';
      readonly address: string;
      /** Token of each; null: nobody in particular. */
      readonly tokens: readonly (string | null)[];
      /** Absent: says nothing and only listens. */
      readonly query?: string;
      /** So many items come to each at once. */
      readonly itemsFirst: number;
    }
  /** From now on counts; answered at once, since nothing may be sent before. */
  | { readonly kind: 'expect'; readonly items: number }
  /** Waits until so many items have come to each. */
  | { readonly kind: 'await' }
  | { readonly kind: 'leave' };

export interface CrowdReport {
  /** When the last of them came, on the clock of the machine. */
  readonly lastMs: number;
  /** What came to the first of the crowd. */
  readonly sample: readonly string[];
}

/** Opened at a time: the server is to be measured while they are open, not while they come. */
const OPENED_AT_ONCE = 50;
const NEXT = Buffer.from('"type":"next"');

const crowd: WebSocket[] = [];
let expected = 0;
let seen = 0;
let sample: string[] = [];
let all: Promise<CrowdReport> = Promise.reject(new Error('Nothing was expected.'));
all.catch(() => undefined);
let told: (report: CrowdReport) => void = () => undefined;

obey(async (order: CrowdOrder): Promise<CrowdReport> => {
  switch (order.kind) {
    case 'connect':
      return connect(order);
    case 'expect':
      all = itemsOf(order.items);
      return { lastMs: machineMs(), sample: [] };
    case 'await':
      return all;
    case 'leave':
      await Promise.all(crowd.splice(0).map(leave));
      return { lastMs: machineMs(), sample: [] };
  }
});

async function connect({ address, tokens, query, itemsFirst }: Extract<CrowdOrder, { kind: 'connect' }>) {
  const first = itemsOf(itemsFirst, tokens.length);
  for (let place = 0; place < tokens.length; place += OPENED_AT_ONCE) {
    const some = tokens.slice(place, place + OPENED_AT_ONCE);
    await Promise.all(some.map((token) => join(address, token, query)));
  }
  if (itemsFirst > 0) return first;
  return { lastMs: machineMs(), sample: [] };
}

function itemsOf(items: number, clients = crowd.length): Promise<CrowdReport> {
  expected = items * clients;
  seen = 0;
  sample = [];
  return new Promise((resolve) => {
    told = resolve;
  });
}

async function join(address: string, token: string | null, query: string | undefined): Promise<void> {
  const socket = new WebSocket(address, query === undefined ? [] : ['graphql-transport-ws'], {
    perMessageDeflate: false,
  });
  const isFirst = crowd.push(socket) === 1;
  await once(socket, 'open');
  if (query !== undefined) await subscribe(socket, token, query);
  socket.on('message', (data: Buffer) => count(data, isFirst));
  socket.on('close', (code) => {
    if (crowd.includes(socket)) throw new Error(`A socket was closed with ${code}.`);
  });
}

async function subscribe(socket: WebSocket, token: string | null, query: string): Promise<void> {
  socket.send(JSON.stringify({ type: 'connection_init', ...(token && { payload: { authorization: token } }) }));
  await once(socket, 'message');
  socket.send(JSON.stringify({ id: 'one', type: 'subscribe', payload: { query } }));
}

function count(data: Buffer, isFirst: boolean): void {
  if (data.indexOf(NEXT) < 0) throw new Error(`This is no item: ${data.toString()}`);
  if (isFirst) sample.push(data.toString());
  seen += 1;
  if (seen === expected) told({ lastMs: machineMs(), sample });
}

async function leave(socket: WebSocket): Promise<void> {
  socket.terminate();
  if (socket.readyState !== WebSocket.CLOSED) await once(socket, 'close');
  await delay(0);
}
