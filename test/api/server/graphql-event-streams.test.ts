import { request as httpRequest, type IncomingMessage } from 'node:http';
import { createClient } from 'graphql-sse';
import {
  type AnsweredError,
  eventually,
  refusalIn,
  type ServerUnderTest,
  startTestServer,
  tokenFor,
} from './running-server';

const servers: ServerUnderTest[] = [];
async function start(...args: Parameters<typeof startTestServer>) {
  const server = await startTestServer(...args);
  servers.push(server);
  return server;
}
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

interface StreamRequest {
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly method?: string;
  readonly body?: string;
}

function open(
  server: ServerUnderTest,
  { query = 'subscription { ticks }', headers, method, body }: StreamRequest = {},
) {
  return fetch(`${server.address}/graphql/stream`, {
    method: method ?? 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream', ...headers },
    ...(method === 'GET' || method === 'PUT' ? {} : { body: body ?? JSON.stringify({ query }) }),
  });
}

/** Every event of a stream that has ended, heartbeats left out. */
function eventsIn(text: string): readonly { event: string; data?: { errors?: AnsweredError[]; data?: unknown } }[] {
  return [...text.matchAll(/event: (\w+)\ndata:(.*)\n\n/g)].map(([, event = '', data = '']) => ({
    event,
    ...(data === '' ? {} : { data: JSON.parse(data) }),
  }));
}

describe('subscriptions as event streams', () => {
  test('a client of the protocol gets the items in order', async () => {
    const server = await start();
    const client = createClient({ url: `${server.address}/graphql/stream`, retryAttempts: 0 });
    const items = client.iterate({ query: 'subscription { ticks }' });
    const first = items.next();
    await eventually(() => server.feed.listeners === 1, 'it listens');
    server.feed.push('a');
    server.feed.push('b');
    expect((await first).value).toEqual({ data: { ticks: 'a' } });
    expect((await items.next()).value).toEqual({ data: { ticks: 'b' } });
    await items.return?.();
    client.dispose();
    await eventually(() => server.feed.listeners === 0, 'its source was ended');
  });

  test('a source that ends is completed', async () => {
    const response = await open(await start(), { query: 'subscription { one }' });
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(eventsIn(await response.text())).toEqual([
      { event: 'next', data: { data: { one: 'only' } } },
      { event: 'complete' },
    ]);
  });

  test('a subscription may be asked for by address', async () => {
    const server = await start();
    const query = encodeURIComponent('subscription { one }');
    const response = await fetch(`${server.address}/graphql/stream?query=${query}&variables=%7B%7D`, {
      headers: { accept: 'text/event-stream' },
    });
    expect(eventsIn(await response.text())).toHaveLength(2);
  });

  test('a client that leaves ends its source, also while nothing happens', async () => {
    const server = await start();
    const leave = new AbortController();
    const response = await fetch(`${server.address}/graphql/stream`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
      body: JSON.stringify({ query: 'subscription { ticks }' }),
      signal: leave.signal,
    });
    await eventually(() => server.feed.listeners === 1, 'it listens');
    leave.abort();
    await response.text().catch(() => undefined);
    await eventually(() => server.feed.listeners === 0, 'its source was ended');
    await eventually(async () => (await server.openConnections()) === 0, 'its place is free');
  });

  test('an idle stream shows that it is alive', async () => {
    const server = await start({ limits: { keepAliveMs: 20 } });
    const response = await open(server);
    const reader = response.body?.getReader();
    let text = '';
    while (text.length < 9) text += new TextDecoder().decode((await reader?.read())?.value);
    expect(text).toBe(':\n\n:\n\n:\n\n');
    await reader?.cancel();
  });

  test('a fault ends the stream with an id and nothing else', async () => {
    const events = eventsIn(await (await open(await start(), { query: 'subscription { broken }' })).text());
    expect(events.map(({ event }) => event)).toEqual(['next', 'next', 'complete']);
    expect(events[1]?.data?.errors?.[0]?.extensions).toEqual({ code: 'INTERNAL_SERVER_ERROR', id: expect.any(String) });
    expect(JSON.stringify(events)).not.toContain('secret');
  });

  test('a refused subscription says why, and is completed', async () => {
    const events = eventsIn(await (await open(await start(), { query: 'subscription { denied }' })).text());
    expect(events[0]?.data?.errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED');
    expect(events[1]?.event).toBe('complete');
  });

  test.each(['{ hello }', 'mutation { change }'])('%s is sent elsewhere', async (query) => {
    const events = eventsIn(await (await open(await start(), { query })).text());
    expect(events[0]?.data?.errors?.[0]?.extensions.code).toBe('BAD_REQUEST');
    expect(events[0]?.data?.data).toBeUndefined();
  });
});

describe('streams that the server ends', () => {
  const last = async (response: Response) => {
    const events = eventsIn(await response.text());
    expect(events.at(-1)?.event).toBe('complete');
    return events.at(-2)?.data?.errors?.[0]?.extensions;
  };

  test.each([
    ['bad', 'Bearer nonsense'],
    ['expired', `Bearer ${tokenFor({ expiresAt: 1_000 })}`],
  ])('for a token that is %s', async (_name, authorization) => {
    const response = await open(await start(), { headers: { authorization } });
    expect(await last(response)).toEqual({ code: 'UNAUTHENTICATED', closeCode: 4401 });
  });

  test('for a token that runs out', async () => {
    const server = await start();
    const authorization = `Bearer ${tokenFor({ expiresAt: Date.now() + 1_500 })}`;
    const response = await open(server, { headers: { authorization } });
    expect(await last(response)).toEqual({ code: 'UNAUTHENTICATED', closeCode: 4401 });
    expect(server.feed.listeners).toBe(0);
  });

  test('for one too many of an address, WebSockets counted with them', async () => {
    const server = await start({ limits: { maxConnectionsPerAddress: 1 } });
    const first = await open(server);
    expect(await last(await open(server))).toEqual({ code: 'RATE_LIMITED', closeCode: 4429 });
    await first.body?.cancel();
  });

  test('for one too many of a token', async () => {
    const server = await start({ limits: { maxConnectionsPerToken: 1 } });
    const headers = { authorization: `Bearer ${tokenFor()}` };
    const first = await open(server, { headers });
    expect(await last(await open(server, { headers }))).toEqual({ code: 'RATE_LIMITED', closeCode: 4429 });
    await first.body?.cancel();
  });

  test('for a slow reader, whose source is not asked for more than it takes', async () => {
    const server = await start({ limits: { slowReaderMs: 150, closeGraceMs: 5_000 } });
    const response = await pausedStream(server);
    await eventually(() => server.feed.listeners === 1, 'it listens');
    for (let count = 0; count < 40; count += 1) server.feed.push('x'.repeat(1_000_000));
    await eventually(() => server.feed.listeners === 0, 'it was given up');
    let text = '';
    for await (const chunk of response) text += chunk;
    expect(text.length).toBeLessThan(20_000_000);
    const events = eventsIn(text);
    expect(events.at(-2)?.data?.errors?.[0]?.extensions).toEqual({ code: 'SLOW_READER', closeCode: 4508 });
    expect(events.at(-1)?.event).toBe('complete');
  });

  test('at the end of the server, without complete, so that the client comes again', async () => {
    const server = await start();
    const response = await open(server);
    await eventually(() => server.feed.listeners === 1, 'it listens');
    await server.close();
    expect(eventsIn(await response.text())).toEqual([]);
    expect(server.feed.listeners).toBe(0);
  });
});

describe('bad requests', () => {
  test.each([
    ['no JSON', { body: '{' }, 400],
    ['no query', { body: '{}' }, 400],
    ['a query that is no text', { body: '{"query":[]}' }, 400],
    ['variables that are no object', { body: '{"query":"subscription { one }","variables":[]}' }, 400],
    ['another content type', { headers: { 'content-type': 'text/plain' } }, 415],
    ['an answer wanted as JSON', { headers: { accept: 'application/json' } }, 406],
    ['another method', { method: 'PUT' }, 405],
    ['nothing asked by address', { method: 'GET' }, 400],
  ])('%s is answered with a documented code', async (_name, request, status) => {
    const response = await open(await start(), request);
    expect(await refusalIn(response)).toEqual([status, 'BAD_REQUEST']);
  });

  test('variables by address that are no JSON', async () => {
    const server = await start();
    const response = await fetch(`${server.address}/graphql/stream?query=subscription%7Bone%7D&variables=%7B`);
    expect(await refusalIn(response)).toEqual([400, 'BAD_REQUEST']);
  });
});

/** A stream whose answer is not read until somebody iterates over it. */
function pausedStream(server: ServerUnderTest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', accept: 'text/event-stream' };
    const sent = httpRequest(`${server.address}/graphql/stream`, { method: 'POST', headers }, resolve);
    sent.on('error', reject);
    sent.end(JSON.stringify({ query: 'subscription { ticks }' }));
  });
}
