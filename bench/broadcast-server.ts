/** The yardstick of `notice-sockets.ts`: sends the same bytes to every WebSocket that is open, and does nothing else. */
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { cpuMicroseconds, machineMs, obey } from './child-server';
import { type HeldMemory, heldMemory } from './people-server';

export type BroadcastOrder =
  | { readonly kind: 'open' | 'cpu' | 'memory' }
  | { readonly kind: 'broadcast'; readonly messages: readonly string[] };

export interface BroadcastReport {
  readonly address?: string;
  readonly cpuMicroseconds?: number;
  readonly memory?: HeldMemory;
  readonly startedMs?: number;
}

const sockets = new Set<WebSocket>();

obey(async (order: BroadcastOrder): Promise<BroadcastReport> => {
  switch (order.kind) {
    case 'open':
      return { address: await open() };
    case 'cpu':
      return { cpuMicroseconds: cpuMicroseconds() };
    case 'memory':
      return { memory: await heldMemory() };
    case 'broadcast':
      return { startedMs: broadcast(order.messages) };
  }
});

async function open(): Promise<string> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise((resolve) => server.once('listening', resolve));
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function broadcast(messages: readonly string[]): number {
  const startedMs = machineMs();
  const texts = messages.map((message) => Buffer.from(message));
  for (const socket of sockets) for (const text of texts) socket.send(text, { binary: false });
  return startedMs;
}
