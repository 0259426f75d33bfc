import { Writable } from 'node:stream';
import { Registry } from 'prom-client';
import WebSocket from 'ws';
import { ANONYMOUS, type Caller, type RoleGrant } from '../../../src/api/auth/caller';
import { TokenRejected } from '../../../src/api/auth/tokens';
import type { PolicyPages } from '../../../src/api/pages/policy-page';
import { createServerLog } from '../../../src/api/server/server-log';
import type { RunningServer, ServerOptions } from '../../../src/api/server/server-options';
import { startServer } from '../../../src/api/server/start-server';
import { buildSmallSchema, createFeed, type Feed } from './small-schema';

export interface ServerUnderTest extends RunningServer {
  readonly feed: Feed;
  readonly registry: Registry;
  /** What was logged, line by line. */
  readonly logged: () => readonly Readonly<Record<string, unknown>>[];
  /** WebSockets and event streams, as the metrics say. */
  openConnections(): Promise<number>;
  ask(body: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer>;
}

export interface Answer {
  readonly status: number;
  readonly body: { readonly data?: unknown; readonly errors?: readonly AnsweredError[] };
  readonly headers: Headers;
}

export interface AnsweredError {
  readonly message: string;
  readonly extensions: Readonly<Record<string, unknown>>;
}

const NO_PAGES: PolicyPages = { find: async () => ({ kind: 'unknown' }) };

/** A real server on a free port of the loopback, over a hand-made schema. Tokens are written out: see {@link tokenFor}. */
export async function startTestServer(options: Partial<ServerOptions> = {}): Promise<ServerUnderTest> {
  const feed = createFeed();
  const lines: string[] = [];
  const destination = new Writable({
    write: (chunk, _encoding, done) => {
      lines.push(String(chunk));
      done();
    },
  });
  const registry = new Registry();
  const server = await startServer({
    host: '127.0.0.1',
    port: 0,
    schema: buildSmallSchema(),
    createContext: (request) => ({ ...request, feed }),
    authenticate: async (authorization) => callerIn(authorization),
    pages: NO_PAGES,
    health: async () => [{ name: 'STORE', ok: true }],
    log: createServerLog('debug', destination),
    metrics: registry,
    nowMs: Date.now,
    ide: false,
    introspection: true,
    ...options,
  });
  const logged = () => lines.flatMap((chunk) => chunk.trim().split('\n')).map((line) => JSON.parse(line));
  const openConnections = async () => {
    const figures = await registry.getSingleMetric('samtykke_connections')?.get();
    return (figures?.values ?? []).reduce((sum, { value }) => sum + value, 0);
  };
  return {
    ...server,
    feed,
    registry,
    logged,
    openConnections,
    ask: (body, headers) => ask(server.address, body, headers),
  };
}

/** A "token" of the tests: it says in clear who bears it, and until when it is good. */
export function tokenFor({ expiresAt = Date.now() + 60_000, role = 'operator' }: Partial<TestToken> = {}): string {
  return `test.${expiresAt}.${role}`;
}
interface TestToken {
  readonly expiresAt: number;
  readonly role: RoleGrant['role'];
}

function callerIn(authorization: unknown): Caller {
  if (authorization === undefined || authorization === null) return ANONYMOUS;
  const [, expiresAt, role] = /^(?:Bearer )?test\.(\d+)\.([a-z]+)$/.exec(String(authorization)) ?? [];
  if (expiresAt === undefined || role === undefined) throw new TokenRejected('malformed');
  if (Number(expiresAt) <= Date.now()) throw new TokenRejected('expired');
  const grant: RoleGrant = role === 'operator' ? { role } : { role: 'editor', organisation: 'skysoft' };
  return { kind: 'token', issuer: 'tests', actorClaim: 'Kari Nordmann', roles: [grant], expiresAt: Number(expiresAt) };
}

async function ask(address: string, body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
  const response = await fetch(`${address}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: response.status, headers: response.headers, body: await bodyOf(response) };
}

/** The JSON of an answer; GraphQL's is taken for granted, and whatever else it is the test then fails on it. */
export async function bodyOf(response: Response): Promise<Answer['body']> {
  return (await response.json()) as Answer['body'];
}

/** Status, and code of the first error. */
export async function refusalIn(response: Response): Promise<readonly [number, unknown]> {
  return [response.status, (await bodyOf(response)).errors?.[0]?.extensions.code];
}

export function codesOf({ body }: Answer): readonly unknown[] {
  return (body.errors ?? []).map(({ extensions }) => extensions.code);
}

/** A WebSocket of the protocol, by hand, to see every message and the close code. */
export interface RawSocket {
  readonly socket: WebSocket;
  send(message: unknown): void;
  /** The next message that has not been taken yet. */
  next(): Promise<{ type: string; id?: string; payload?: never } & Readonly<Record<string, unknown>>>;
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
}

export async function openSocket(
  address: string,
  { protocol = 'graphql-transport-ws', headers = {} }: { protocol?: string; headers?: Record<string, string> } = {},
): Promise<RawSocket> {
  const socket = new WebSocket(`${address.replace('http', 'ws')}/graphql`, protocol, { headers });
  const messages: string[] = [];
  let wake: (() => void) | undefined;
  socket.on('message', (data) => {
    messages.push(String(data));
    wake?.();
  });
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.on('close', (code, reason) => {
      resolve({ code, reason: String(reason) });
      wake?.();
    });
  });
  socket.on('error', () => undefined);
  await new Promise<void>((resolve, reject) => {
    socket.once('open', () => resolve());
    socket.once('error', reject);
  });
  return {
    socket,
    closed,
    send: (message) => socket.send(typeof message === 'string' ? message : JSON.stringify(message)),
    next: async () => {
      while (messages.length === 0) {
        if (socket.readyState === WebSocket.CLOSED) throw new Error('The socket is closed.');
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      return JSON.parse(messages.shift() ?? '');
    },
  };
}

/** A socket that has said who it is and was let in. */
export async function enterSocket(address: string, payload?: Readonly<Record<string, unknown>>): Promise<RawSocket> {
  const raw = await openSocket(address);
  raw.send({ type: 'connection_init', ...(payload === undefined ? {} : { payload }) });
  const acknowledged = await raw.next();
  if (acknowledged.type !== 'connection_ack') throw new Error(`Not let in: ${acknowledged.type}`);
  return raw;
}

/** Asks until it is so. */
export async function eventually(isSo: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (let tries = 0; tries < 500; tries += 1) {
    if (await isSo()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`It never came to this: ${what}`);
}
